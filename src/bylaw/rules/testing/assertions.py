"""What a test asserts, by line: of results, or of how mocks were called."""

from __future__ import annotations

from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.model.evaluate import evaluate
from bylaw.model.project import Project
from bylaw.model.roles import TEST

_RAISING = frozenset({"raises", "warns"})
_ASSERTING = ("assert", "check", "verify", "expect")
_ON_MOCKS = (
    "assert_called", "assert_not_called", "assert_any_call", "assert_has_calls",
    "assert_awaited", "assert_not_awaited", "assert_any_await", "assert_has_awaits",
)  # fmt: skip


class Assertion(NamedTuple):
    """One assertion.

    Attributes:
        line: first line.
        end: last line.
        about_calls: whether it only asks a mock how it was called.
    """

    line: int
    end: int
    about_calls: bool


def assertions_of(project: Project, number: int) -> list[Assertion]:
    """Assertions of one function, in order: ``assert``, unittest's methods, mocks' methods.

    A helper that says by its name that it asserts or checks something counts as one.
    """
    function = project.functions[number]
    found = [Assertion(*each) for each in function[F.F_ASSERTS]]
    for call in function[F.F_CALLS]:
        name = call[F.C_PATH].rpartition(".")[2].lstrip("_=~#")
        line, end = call[F.C_LINE], call[F.C_END]
        if name.startswith(_ON_MOCKS):
            found.append(Assertion(line, end, True))
        elif (
            name in _RAISING
            or name.lower().startswith(_ASSERTING)
            or is_asserting_helper(project, project.function_home[number], call[F.C_PATH])
        ):
            found.append(Assertion(line, end, False))
    return sorted(found)


def is_asserting_helper(project: Project, module: int, path: str) -> bool:
    """Whether a call is of a function among the tests that asserts something itself."""
    value = evaluate(project, module, path)
    if value is None or value[0] != "F":
        return False
    asserts = project.functions[value[1]][F.F_ASSERTS]
    return bool(asserts) and project.roles[project.function_home[value[1]]] == TEST
