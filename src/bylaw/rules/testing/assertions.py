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
_BARE = frozenset({"assert_called", "assert_called_once", "assert_awaited", "assert_awaited_once"})


class Assertion(NamedTuple):
    """One assertion.

    Attributes:
        line: first line.
        end: last line.
        about_calls: whether it only asks a mock how it was called.
        says_what: whether it asks what the mock was called with, or that it was not called.
    """

    line: int
    end: int
    about_calls: bool
    says_what: bool = False


def assertions_of(project: Project, number: int) -> list[Assertion]:
    """Assertions of one function, in order: ``assert``, unittest's methods, mocks' methods.

    A helper that says by its name that it asserts or checks something counts as one.
    """
    function = project.functions[number]
    found = [Assertion(*each) for each in function[F.F_ASSERTS]]
    known: dict[str, str] = project.derived.setdefault("asserting paths", {})
    for call in function[F.F_CALLS]:
        path = call[F.C_PATH]
        kind = known.get(path)
        if kind is None:
            kind = known[path] = _kind(project, path)
        if kind and (
            kind != "helper" or is_asserting_helper(project, project.function_home[number], path)
        ):
            says_what = kind == "calls" and path.rpartition(".")[2] not in _BARE
            found.append(Assertion(call[F.C_LINE], call[F.C_END], kind == "calls", says_what))
    return sorted(found)


def _kind(project: Project, path: str) -> str:
    """What a call asserts by its name: ``calls`` of mocks, ``results``; it may be a ``helper``."""
    last = path.rpartition(".")[2]
    name = last.lstrip("_=~#")
    if name.startswith(_ON_MOCKS):
        return "calls"
    if name in _RAISING or name.lower().startswith(_ASSERTING):
        return "results"
    called = last.rpartition("|")[2].lstrip("=~#")
    return "helper" if "(" in called or called in _asserting(project) else ""


def _asserting(project: Project) -> frozenset[str]:
    """Names that functions of tests which assert something are called by."""
    known: frozenset[str] | None = project.derived.get("asserting")
    if known is None:
        names = {
            function[F.F_NAME].rpartition(".")[2]
            for number, function in enumerate(project.functions)
            if function[F.F_ASSERTS] and project.roles[project.function_home[number]] == TEST
        }
        names |= {
            record[F.I_ALIAS]
            for facts in project.facts
            for record in facts[F.IMPORTS]
            if record[F.I_ALIAS] != record[F.I_NAME] and record[F.I_NAME] in names
        }
        known = project.derived["asserting"] = frozenset(names)
    return known


def is_asserting_helper(project: Project, module: int, path: str) -> bool:
    """Whether a call is of a function among the tests that asserts something itself."""
    value = evaluate(project, module, path)
    if value is None or value[0] != "F":
        return False
    asserts = project.functions[value[1]][F.F_ASSERTS]
    return bool(asserts) and project.roles[project.function_home[value[1]]] == TEST
