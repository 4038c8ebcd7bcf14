"""Roads that no run takes: what guards a line was decided by a constant, or by the caller."""

from __future__ import annotations

from typing import Any

from bylaw.facts import schema as F
from bylaw.model.call_graph import Edge
from bylaw.model.evaluate import evaluate
from bylaw.model.parameters import given_constant, passed
from bylaw.model.project import Project

_DETOUR = 3
"""Calls a road is longer by where a parameter guards it: a function is entered once per sink, and
a step that every caller takes stands for more of them."""
_FALSE = frozenset({":None", ":False", ":0", "'"})


class ParameterGuards:
    """Answers whether a call can get its callee to a line; each call is read once."""

    __slots__ = ("_given", "_project")

    def __init__(self, project: Project) -> None:
        self._project = project
        self._given: dict[tuple[int, Edge, str], str | None] = {}

    def detour(self, function: int, line: int) -> int:
        """How much longer a road counts for standing behind a guard of its function."""
        guards = self._project.functions[function][F.F_GUARDS]
        covered = any(_covers(each, line) and not _asks(each) for each in guards)
        return _DETOUR if covered else 0

    def keep_from(self, caller: int, edge: Edge, line: int) -> bool:
        """Whether constants of a call, or its own guard, keep the function it calls from a line.

        Args:
            caller: number of the calling function.
            edge: the call.
            line: where the called function would go on.
        """
        for guard in self._project.functions[edge.callee][F.F_GUARDS]:
            if not _covers(guard, line):
                continue
            if _asks(guard):
                if self._asked_before(caller, edge, guard):
                    return True
            else:
                given = self._constant(caller, edge, guard[F.U_NAME])
                if given is not None and _holds(given, guard) is not guard[F.U_HOLDS]:
                    return True
        return False

    def is_doubtful(self, caller: int, edge: Edge, line: int) -> bool:
        """Whether a line runs only where a parameter is empty that a call gives a value."""
        for guard in self._project.functions[edge.callee][F.F_GUARDS]:
            absent = guard[F.U_VALUE] == (":None" if guard[F.U_HOLDS] else "")
            if absent and _covers(guard, line):
                given = passed(self._project, caller, edge, guard[F.U_NAME])
                if given and given[0] not in "':" and ("." in given or given.endswith("()")):
                    return True
        return False

    def _asked_before(self, caller: int, edge: Edge, guard: tuple[Any, ...]) -> bool:
        """Whether the call stands where its caller's same test of the same value had the other end.

        A test that remembers what it was asked may answer anew.
        """
        project = self._project
        own = [
            each
            for each in project.functions[caller][F.F_GUARDS]
            if _asks(each)
            and each[F.U_HOLDS] is not guard[F.U_HOLDS]
            and _covers(each, edge.place[0])
        ]
        if not own:
            return False
        given = passed(project, caller, edge, guard[F.U_NAME])
        names = [
            name
            for name, annotation, _ in project.functions[caller][F.F_PARAMS]
            if given in (f"={name}", f"{annotation}!")
        ]
        test = self._test(edge.callee, guard)
        return test is not None and any(
            names == [each[F.U_NAME]] and self._test(caller, each) == test for each in own
        )

    def _test(self, function: int, guard: tuple[Any, ...]) -> tuple[str, Any] | None:
        """What a guard asks with; None where that is unknown, or writes."""
        project = self._project
        value = evaluate(project, project.function_home[function], guard[F.U_VALUE][1:])
        if value is None or value[0] not in "FXB":
            return None
        if value[0] == "F" and project.functions[value[1]][F.F_WRITES]:
            return None
        return value[0], value[1]

    def _constant(self, caller: int, edge: Edge, name: str) -> str | None:
        key = (caller, edge, name)
        if key not in self._given:
            self._given[key] = given_constant(self._project, caller, edge, name)
        return self._given[key]


def _asks(guard: tuple[Any, ...]) -> bool:
    """Whether a guard is the answer of a call."""
    return bool(guard[F.U_VALUE][:1] == "(")


def _covers(guard: tuple[Any, ...], line: int) -> bool:
    return bool(guard[F.U_FIRST] <= line and (line <= guard[F.U_LAST] or not guard[F.U_LAST]))


def _holds(given: str, guard: tuple[Any, ...]) -> bool:
    if guard[F.U_VALUE]:
        return bool(given == guard[F.U_VALUE])
    return given not in _FALSE
