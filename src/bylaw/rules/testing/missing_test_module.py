"""``missing-test-module``: a module that no test names, imports or calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.import_graph import import_edges
from bylaw.model.project import Project
from bylaw.model.roles import CODE, TEST
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="missing-test-module",
    summary="A module with code of its own has no test that is named after it, imports it or calls "
    "into it.",
    clauses=("CON-QG", "FS-7.1", "FS-7.2", "FS-7.3"),
    severity="note",
    how="model",
    family="testing",
    default=False,
    mend="write the test module: tests/<package>/test_<module>.py",
)
_REQUESTED = frozenset(
    {
        "views", "view", "urls", "routes", "router", "routers", "endpoints", "admin", "handlers",
        "schema", "resolvers",
    }
)  # fmt: skip
"""Modules that tests reach by a request: tests of their package count."""
_NAMELESS = frozenset({"test", "tests", "unit", "integration", "api", "app", "src", ""})


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per module, at its first line; one for all where there are no tests."""
    project = context.project
    asked = [
        module
        for module, role in enumerate(project.roles)
        if role == CODE and _has_work(project, module)
    ]
    tests = [module for module, role in enumerate(project.roles) if role == TEST]
    if not asked:
        return
    if not any(project.facts[each][F.FILE_FLAGS] & F.HAS_TESTS for each in tests) and not any(
        project.facts[each][F.CLASSES] for each in tests
    ):
        yield _finding(context, asked[0], f"no tests at all for {len(asked)} modules with code")
        return
    reached = _reached(context, tests)
    names = _names(project.paths[each] for each in tests)
    for module in asked:
        if module not in reached and not _is_named(project, module, names):
            yield _finding(
                context, module, "no test is named after it, imports it or calls into it"
            )


def _has_work(project: Project, module: int) -> bool:
    """Whether a module has a function that does something, and is no package's doorstep."""
    if project.paths[module].endswith("__init__.py"):
        return False
    return any(
        function[F.F_PARENT] >= 0
        and not function[F.F_FLAGS] & (F.EMPTY | F.LAMBDA | F.ABSTRACT)
        and (function[F.F_CALLS] or function[F.F_RAISES] or function[F.F_FLAGS] & F.BRANCHING)
        for function in project.facts[module][F.FUNCTIONS]
    )


def _reached(context: RuleContext, tests: Iterable[int]) -> frozenset[int]:
    """Modules that tests import, and those whose functions run when tests call something."""
    project, graph = context.project, context.graph
    of_tests = set(tests)
    found = {edge.imported for edge in import_edges(project) if edge.importer in of_tests}
    pending = [number for number, home in enumerate(project.function_home) if home in of_tests]
    seen = set(pending)
    while pending:
        for edge in graph.edges[pending.pop()]:
            if edge.callee not in seen:
                seen.add(edge.callee)
                pending.append(edge.callee)
    return frozenset(found | {project.function_home[number] for number in seen})


class _Names(NamedTuple):
    """How the test files are called.

    Attributes:
        tested: names without what says that they are tests.
        inside: the same names by each folder above them.
    """

    tested: frozenset[str]
    inside: dict[str, set[str]]


def _names(paths: Iterable[str]) -> _Names:
    tested: set[str] = set()
    inside: dict[str, set[str]] = {}
    for path in paths:
        *folders, name = path.split("/")
        bare = name.rpartition(".")[0].removeprefix("test_").removesuffix("_test")
        tested.add(bare)
        for folder in folders:
            inside.setdefault(folder, set()).add(bare)
    return _Names(frozenset(tested), inside)


def _is_named(project: Project, module: int, names: _Names) -> bool:
    """Whether a test file is called like the module, alone or with the package in front."""
    *folders, name = project.paths[module].split("/")
    stem = name.rpartition(".")[0].strip("_")
    package = folders[-1] if folders else ""
    titles = {stem, f"{package}_{stem}", f"{stem}s", stem.removesuffix("s")}
    if package in _NAMELESS:
        return not names.tested.isdisjoint(titles)
    titles |= {package, package.removesuffix("s")}
    around = names.inside.get(package, ())
    if not names.tested.isdisjoint(titles) or (stem in _REQUESTED and around):
        return True
    return any(tested.startswith(stem) for tested in around)


def _finding(context: RuleContext, module: int, message: str) -> Finding:
    body = context.project.module_body(module)
    return make_finding(INFO, context.project, body, (1, 1, 1), message, confidence=1, sink="test")
