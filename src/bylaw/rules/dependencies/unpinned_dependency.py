"""``unpinned-dependency``: what is installed depends on the day."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.manifests.command import below, program
from bylaw.manifests.dependencies import DEV, Declared, Dependency
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.dependencies.declared import units
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="unpinned-dependency",
    summary="A dependency file without a lock leaves versions open.",
    clauses=("CON-V",),
    severity="warning",
    how="tree",
    family="dependencies",
    mend="pin each version, or lock them: uv lock, pip-compile",
    options=(("developers", False, "whether files for developers count too"),),
    needs=frozenset({"manifests"}),
)

_SHOWN = 3


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per requirements file, at its first open line."""
    developers = context.option(INFO, "developers")
    for unit in units(context).values():
        if unit.locks:
            continue
        for declared in unit.declared:
            if declared.path.endswith((".toml", ".in")):
                continue
            if _is_compiled(context, declared) or not (
                developers or _is_installed(context, declared)
            ):
                continue
            loose = [each for each in declared.dependencies if not each.pinned]
            if loose and (developers or any(each.group != DEV for each in loose)):
                yield _finding(declared, loose)


def _is_compiled(context: RuleContext, declared: Declared) -> bool:
    """Whether a lock of pip-tools stands beside an abstract file: ``x.txt`` is made from it."""
    folder, _, name = declared.path.rpartition("/")
    prefix = f"{folder}/" if folder else ""
    locked = ("lock", "locked", "frozen", "constraints")
    names = context.repository.listing(folder)
    return name in locked or any(
        each.partition(".")[0].endswith(locked) and each.endswith(".txt") for each in names
    ) or context.repository.exists(f"{prefix}constraints.txt")  # fmt: skip


def _is_installed(context: RuleContext, declared: Declared) -> bool:
    """Whether the file is for production: at the top, or installed by an image."""
    if not declared.dependencies or declared.dependencies[0].group == DEV:
        return False
    name = declared.path.rpartition("/")[2]
    if name == "requirements.txt" and declared.path.count("/") <= 1:
        return True
    for command in context.repository.commands("dockerfile"):
        words = program(command.argv)
        if "install" in words and any(word.endswith(declared.path) for word in words):
            return True
    return below("", declared.path) in ("requirements/base.txt", "requirements/production.txt")


def _finding(declared: Declared, loose: list[Dependency]) -> Finding:
    names = ", ".join(each.name for each in loose[:_SHOWN])
    more = f" and {len(loose) - _SHOWN} more" if len(loose) > _SHOWN else ""
    return file_finding(
        INFO, declared.path, loose[0].line,
        f"no version of {names}{more} is fixed, and there is no lock file", sink="open",
    )  # fmt: skip
