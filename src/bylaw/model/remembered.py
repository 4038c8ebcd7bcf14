"""Functions that work once and remember the answer, and what the import of their module warms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.model.call_graph import HERE, CallGraph, Edge, Seed
from bylaw.model.evaluate import evaluate
from bylaw.model.project import Project

_MEMOISERS = frozenset({"functools.lru_cache", "functools.cache", "functools.cached_property"})
_SOMETIMES = F.IN_CONDITION | F.IN_HANDLER | F.IN_LOOP | F.SKIPS | F.IN_TYPE_CHECKING | F.IN_MAIN

_Key = tuple[int, tuple[str, ...]]
"""A function and the constants it is called with; none for one that fills a variable."""


def outside_decorators(project: Project, number: int) -> Iterator[str]:
    """Names of the decorators of a function that are not the project's own."""
    module = project.function_home[number]
    for path, _, _ in project.functions[number][F.F_DECORATORS]:
        value = evaluate(project, module, path.removesuffix("()")) if path != "?" else None
        if value is not None and value[0] in "XB":
            yield value[1]


def fills_variable(project: Project, number: int) -> bool:
    """Whether a function fills a variable where it finds it empty."""
    writes = project.functions[number][F.F_WRITES]
    return any(write[F.W_LAZY] == F.FILLED_ONCE for write in writes)


def is_remembered(project: Project, number: int) -> bool:
    """Whether a function does its work once: cached, or filling a variable on first use."""
    if fills_variable(project, number):
        return True
    return any(value in _MEMOISERS for value in outside_decorators(project, number))


class Warmed:
    """Answers whether a call gets what the import of the callee's module has left behind.

    A module that calls its own cached function in its body has read when anybody can call it: the
    next call with the same arguments looks the answer up.

    Attributes:
        any_answered: whether any call did so far.
    """

    __slots__ = ("_calls", "_graph", "_once", "_warm", "any_answered")

    def __init__(self, graph: CallGraph) -> None:
        self._graph = graph
        self._once: dict[int, str] = {}
        self._warm: dict[int, dict[_Key, tuple[int, Edge]]] = {}
        self._calls: dict[int, dict[Any, tuple[str, ...]]] = {}
        self.any_answered = False

    def answers(self, caller: int, edge: Edge) -> bool:
        """Whether a call does nothing but look up what was remembered before.

        Args:
            caller: number of the calling function.
            edge: the call.
        """
        project = self._graph.project
        key = self._key(caller, edge)
        if key is None:
            return False
        home = project.function_home[edge.callee]
        if home not in self._warm:
            self._warm[home] = self._warmed_by(project.module_body(home))
        first = self._warm[home].get(key)
        if first is None or first == (caller, edge):
            return False
        self.any_answered = True
        return True

    def _key(self, caller: int, edge: Edge) -> _Key | None:
        """What a remembering function is asked for; None where it remembers nothing of it."""
        how = self._once.get(edge.callee)
        if how is None:
            how = self._once[edge.callee] = self._how(edge.callee)
        if not how or edge.mode != HERE:
            return None
        if how == "variable":
            return edge.callee, ()
        given = self._given(caller, edge)
        return None if given is None else (edge.callee, given)

    def _how(self, number: int) -> str:
        project = self._graph.project
        if project.functions[number][F.F_CLASS] >= 0 or project.functions[number][F.F_PARENT]:
            return ""
        if any(value in _MEMOISERS for value in outside_decorators(project, number)):
            return "arguments"
        if not fills_variable(project, number):
            return ""
        steps: list[Edge | Seed] = [*self._graph.edges[number], *self._graph.seeds[number]]
        inside = all(self._flags(number, step) & F.SKIPS for step in steps)
        return "variable" if inside else ""

    def _given(self, caller: int, edge: Edge) -> tuple[str, ...] | None:
        if caller not in self._calls:
            self._calls[caller] = {
                (call[F.C_LINE], call[F.C_COL], call[F.C_END]): call[F.C_ARGS]
                for call in self._graph.project.functions[caller][F.F_CALLS]
            }
        given = self._calls[caller].get(edge.place)
        if given is None or not all(map(_is_constant, given)):
            return None
        return given

    def _warmed_by(self, body: int) -> dict[_Key, tuple[int, Edge]]:
        """First calls that a module body is sure to make, itself or by way of its functions."""
        project = self._graph.project
        found: dict[_Key, tuple[int, Edge]] = {}
        seen = {body}
        pending = [body]
        for function in pending:
            for edge in self._graph.edges[function]:
                same = project.function_home[edge.callee] == project.function_home[body]
                if not same or edge.confidence or self._flags(function, edge) & _SOMETIMES:
                    continue
                key = self._key(function, edge)
                if key is not None:
                    found.setdefault(key, (function, edge))
                if edge.callee not in seen:
                    seen.add(edge.callee)
                    pending.append(edge.callee)
        return found

    def _flags(self, function: int, step: Edge | Seed) -> int:
        home = self._graph.project.function_home[function]
        flags: int = self._graph.project.facts[home][F.SITUATIONS][step.situation][F.S_FLAGS]
        return flags


def _is_constant(encoded: str) -> bool:
    name, equals, value = encoded.partition("=")
    return encoded[:1] in ("'", ":") or bool(equals and name.isidentifier() and value[:1] in "':")
