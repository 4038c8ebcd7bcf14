"""``multiple-behaviours-in-test``: a test that acts and asserts, then acts and asserts again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding, Step
from bylaw.model.evaluate import evaluate
from bylaw.model.project import Project
from bylaw.model.roles import TEST
from bylaw.model.test_fixtures import is_test
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo
from bylaw.rules.testing.assertions import Assertion, assertions_of

INFO = RuleInfo(
    name="multiple-behaviours-in-test",
    summary="One test exercises several acts, each with assertions of its own.",
    clauses=("CON-T",),
    severity="warning",
    how="file",
    family="testing",
    mend="make each act a test, and what they share a fixture",
    default=False,
)
_REQUESTS = frozenset({"get", "post", "put", "patch", "delete", "request"})
_READING = re.compile(
    r"_*(get|read|load|list|find|fetch|page|count|query|exists|refresh|is|has|select|from|make|"
    r"create|build|to)(_|$)"
)
"""How a function is called that shows the outcome of an act, or prepares one."""
_CLIENTS = ("client", "api", "app")


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per test, at the second act."""
    project = context.project
    for number in range(len(project.functions)):
        if project.roles[project.function_home[number]] != TEST or not is_test(project, number):
            continue
        asserted = assertions_of(project, number)
        acts = _acts_with_outcome(_acts(context, number, asserted), asserted)
        if len(acts) > 1:
            yield _finding(context, number, acts)


def _acts(
    context: RuleContext, number: int, asserted: list[Assertion]
) -> list[tuple[int, tuple[Any, ...]]]:
    """Calls of production code, in order of their lines."""
    project = context.project
    found = []
    for call in project.functions[number][F.F_CALLS]:
        line = call[F.C_LINE]
        inside = any(each.line <= line <= each.end for each in asserted)
        if not inside and _is_act(project, project.function_home[number], call):
            found.append((line, call))
    return sorted(found, key=lambda each: each[0])


def _is_act(project: Project, module: int, call: tuple[Any, ...]) -> bool:
    path: str = call[F.C_PATH]
    base, _, name = path.rpartition(".")
    if name in _REQUESTS and base.rpartition(".")[2].lower().lstrip("=").endswith(_CLIENTS):
        return True
    value = evaluate(project, module, path)
    if value is None or value[0] != "F" or _READING.match(name.rpartition("|")[2]):
        return False
    return project.roles[project.function_home[value[1]]] != TEST


def _acts_with_outcome(
    acts: list[tuple[int, tuple[Any, ...]]], asserted: list[Assertion]
) -> list[tuple[int, tuple[Any, ...]]]:
    """The last act before each run of assertions, where assertions stand between two acts."""
    found = []
    for index, (line, call) in enumerate(acts):
        following = acts[index + 1][0] if index + 1 < len(acts) else 1 << 60
        if any(line < each.line < following for each in asserted):
            found.append((line, call))
    return found


def _finding(context: RuleContext, number: int, acts: list[tuple[int, tuple[Any, ...]]]) -> Finding:
    project = context.project
    path = project.path_of(number)
    witness = tuple(
        Step(path, line, project.symbol(number), f"acts: {_called(call)}, and asserts")
        for line, call in acts
    )
    line, call = acts[1]
    return make_finding(
        INFO,
        project,
        number,
        (line, call[F.C_COL], call[F.C_END]),
        f"this test acts and asserts {len(acts)} times",
        confidence=1,
        sink="acts",
        witness=witness,
    )


def _called(call: tuple[Any, ...]) -> str:
    name: str = call[F.C_PATH].rpartition(".")[2]
    return f"{name.rpartition('|')[2].lstrip('=')}()"
