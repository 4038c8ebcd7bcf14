"""``shadowed-package``: a stale folder can satisfy the import of a package."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.finding import Finding, Step
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="shadowed-package",
    summary="Two folders of one project can satisfy the same import, and one of them is stale.",
    clauses=("DC-5.1",),
    severity="error",
    how="tree",
    family="deploy",
    mend="remove the stale folder",
    needs=frozenset({"manifests"}),
)

_COMMON = frozenset({
    "tests", "test", "migrations", "docs", "scripts", "conftest", "examples", "alembic", "versions",
    "setup", "main", "conf", "benchmarks", "tools",
})  # fmt: skip
_ASIDE = frozenset({
    "tests", "test", "docs", "examples", "example", "fixtures", "templates", "template", "testdata",
    "benchmarks", "samples", "demo", "scripts",
})  # fmt: skip
_METADATA = ("pyproject.toml", "setup.py", "setup.cfg")


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per stale copy of a top-level package."""
    project = context.project
    for name, claims in sorted(project.by_name.items()):
        if "." in name or name in _COMMON or len(claims) < 2:
            continue
        packages = [
            each for each in claims
            if project.modules[each].is_package and _is_judged(project.paths[each])
        ]  # fmt: skip
        by_project: dict[str, list[int]] = {}
        for each in packages:
            by_project.setdefault(_home(context, project.modules[each].root), []).append(each)
        for group in by_project.values():
            if len(group) > 1:
                yield from _stale(context, name, group)


def _is_judged(path: str) -> bool:
    return _ASIDE.isdisjoint(path.split("/")[:-2])


def _home(context: RuleContext, root: str) -> str:
    """The folder at or above an import root that says what is installed: copies must share it."""
    while True:
        prefix = f"{root}/" if root else ""
        if not root or any(context.repository.exists(prefix + name) for name in _METADATA):
            return root
        root = root.rpartition("/")[0]


def _stale(context: RuleContext, name: str, group: list[int]) -> Iterator[Finding]:
    """The copy that others import, or the larger one, counts; the rest is stale.

    Copies are told from namesakes by what is in them: they share modules, or one holds hardly
    anything.
    """
    project = context.project
    modules = {each: _modules(context, name, project.modules[each].root) for each in group}
    kept = max(group, key=lambda each: (len(modules[each]), -len(project.paths[each])))
    for each in group:
        shared = modules[each] & modules[kept]
        if each == kept or not (shared or modules[each] == {"__init__.py"}):
            continue
        if not _on_one_path(project.modules[each].root, project.modules[kept].root):
            continue
        body = project.module_body(each)
        step = Step(project.paths[kept], 1, name, f"the package {name} that counts")
        message = f"this folder is a second {name}: which one is imported depends on the start"
        yield make_finding(
            INFO, project, body, (1, 1, 1), message, confidence=1, sink=name, witness=(step,)
        )


def _modules(context: RuleContext, name: str, root: str) -> set[str]:
    prefix = f"{root}/{name}/" if root else f"{name}/"
    return {path[len(prefix) :] for path in context.project.paths if path.startswith(prefix)
            and not path.endswith("/__init__.py")} - {"__init__.py"} or {"__init__.py"}  # fmt: skip


def _on_one_path(first: str, second: str) -> bool:
    """Whether one start can reach both: one root lies above the other, or beside it."""
    shorter, longer = sorted((first, second), key=len)
    above = not shorter or longer == shorter or longer.startswith(f"{shorter}/")
    return above or first.rpartition("/")[0] == second.rpartition("/")[0]
