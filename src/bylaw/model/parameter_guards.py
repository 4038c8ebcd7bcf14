"""Roads that no run takes: lines guarded by a parameter that a call gives another constant."""

from __future__ import annotations

from typing import Any

from bylaw.facts import schema as F
from bylaw.model.call_graph import Edge
from bylaw.model.parameters import given_constant
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
        return _DETOUR if guards and any(_covers(guard, line) for guard in guards) else 0

    def keep_from(self, caller: int, edge: Edge, line: int) -> bool:
        """Whether the constants of a call keep the function it calls from a line.

        Args:
            caller: number of the calling function.
            edge: the call.
            line: where the called function would go on.
        """
        for guard in self._project.functions[edge.callee][F.F_GUARDS]:
            if _covers(guard, line):
                given = self._constant(caller, edge, guard[F.U_NAME])
                if given is not None and _holds(given, guard) is not guard[F.U_HOLDS]:
                    return True
        return False

    def _constant(self, caller: int, edge: Edge, name: str) -> str | None:
        key = (caller, edge, name)
        if key not in self._given:
            self._given[key] = given_constant(self._project, caller, edge, name)
        return self._given[key]


def _covers(guard: tuple[Any, ...], line: int) -> bool:
    return bool(guard[F.U_FIRST] <= line and (line <= guard[F.U_LAST] or not guard[F.U_LAST]))


def _holds(given: str, guard: tuple[Any, ...]) -> bool:
    if guard[F.U_VALUE]:
        return bool(given == guard[F.U_VALUE])
    return given not in _FALSE
