"""``missing-lockfile``: an application declares dependencies and locks none of them."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.manifests.dependencies import DEV
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.dependencies.declared import Unit, units
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="missing-lockfile",
    summary="An application declares its dependencies in pyproject.toml and locks none of them.",
    clauses=("CON-V",),
    severity="warning",
    how="tree",
    family="dependencies",
    mend="commit a lock: uv lock, poetry lock, pdm lock, or pip-compile",
    options=(("libraries", False, "whether a package that nothing here deploys needs one too"),),
    needs=frozenset({"manifests"}),
)

_SERVED = frozenset({
    "fastapi", "django", "flask", "starlette", "litestar", "sanic", "quart", "aiohttp", "uvicorn",
    "gunicorn", "hypercorn", "daphne", "celery", "granian", "falcon", "bottle", "tornado",
})  # fmt: skip


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per pyproject.toml."""
    for unit in units(context).values():
        main = [each for each in unit.all() if each.group != DEV]
        metadata = [each for each in unit.declared if each.path.endswith("pyproject.toml")]
        owned = [each for each in metadata
                 if any(one.group != DEV for one in each.dependencies)]  # fmt: skip
        if not owned or unit.locks or all(each.pinned for each in main) or _is_pinned(unit):
            continue
        if not (context.option(INFO, "libraries") or _is_deployed(context, unit)):
            continue
        message = f"{len(main)} dependencies are declared here and none of them is locked"
        yield file_finding(INFO, owned[0].path, owned[0].line, message, sink="lock")


def _is_pinned(unit: Unit) -> bool:
    """Whether a requirements file fixes every version: that is a lock by another name."""
    files = [each for each in unit.declared if not each.path.endswith(".toml")]
    return any(each.dependencies and all(one.pinned for one in each.dependencies) for each in files)


def _is_deployed(context: RuleContext, unit: Unit) -> bool:
    """Whether the package is an application: it needs a server, and something here runs it."""
    served = any(each.name in _SERVED and each.group != DEV for each in unit.all())
    prefix = f"{unit.folder}/" if unit.folder else ""
    files = context.repository.names("dockerfile", "compose", "procfile")
    return served and any(path.startswith(prefix) or not unit.folder or "/" not in path
                          for path in files)  # fmt: skip
