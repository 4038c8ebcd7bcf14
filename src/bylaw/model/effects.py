"""Effects to a fixpoint: from each sink backwards to everything that reaches it.

A search by order of confidence, then distance, gives every function its nearest sinks with one
shortest witness each; cycles end by themselves because a function is entered once per sink. The
number of sinks kept per function and kind is bounded, so the work is linear in the edges.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.finding import Step
from bylaw.model.call_graph import CallGraph, Edge, Seed
from bylaw.model.parameter_guards import ParameterGuards
from bylaw.model.project import Project

MOST_SINKS = 12
"""Sinks of others kept per function and kind: enough to name them, too few to flood."""
_POSSIBLE = 2

EdgeFilter = Callable[[int, Edge], bool]
SeedFilter = Callable[[int, Seed], bool]
Branches = Callable[[int, "Edge | Seed"], int]
"""Whether branches of a function may keep it from a step: 1 or 0."""


class Reached(NamedTuple):
    """How one function reaches one sink.

    Attributes:
        seed: the effect at the end of the road.
        holder: function that has the effect itself.
        confidence: the least certain step, or how many functions decide about the road.
        distance: calls between; 0 when the function has the effect itself.
        edge: the first call of the road, None when there is none.
        branches: functions with a branch on the road, where the query counts them.
    """

    seed: Seed
    holder: int
    confidence: int
    distance: int
    edge: Edge | None
    branches: int = 0


class Reach:
    """Answer of one query: for each function the sinks it reaches."""

    __slots__ = ("_graph", "_table")

    def __init__(self, graph: CallGraph, table: dict[int, dict[int, Reached]]) -> None:
        self._graph = graph
        self._table = table

    def of(self, function: int) -> list[Reached]:
        """Sinks a function reaches, nearest and surest first."""
        return list(self._table.get(function, {}).values())

    def through(self, caller: int, edge: Edge) -> list[Reached]:
        """Sinks a function reaches by one of its calls.

        ``of`` keeps the nearest road to a sink; another call may lead there as well, from within
        a loop or past a handler.
        """
        guards = ParameterGuards(self._graph.project)
        return [
            Reached(each.seed, each.holder, max(each.confidence, edge.confidence),
                    each.distance + 1, edge, each.branches)
            for each in self._table.get(edge.callee, {}).values()
            if not guards.keep_from(caller, edge, (each.edge or each.seed).place[0])
        ]  # fmt: skip

    def road(self, function: int, reached: Reached) -> list[tuple[int, Edge]]:
        """The calls from a function to the holder of a sink, each with its caller."""
        number = next(key for key, value in self._table[function].items() if value is reached)
        calls = []
        while reached.edge is not None:
            calls.append((function, reached.edge))
            function = reached.edge.callee
            reached = self._table[function][number]
        return calls

    def witness(self, function: int, reached: Reached) -> tuple[Step, ...]:
        """The road from a function to a sink, one step per call, the sink last."""
        project = self._graph.project
        steps = []
        number = next(key for key, value in self._table[function].items() if value is reached)
        while reached.edge is not None:
            edge = reached.edge
            place = edge.place
            note = f"calls {project.symbol(edge.callee)}"
            if project.functions[edge.callee][F.F_FLAGS] & F.PROPERTY:
                note = f"reads property {project.symbol(edge.callee)}"
            steps.append(Step(project.path_of(function), place[0], project.symbol(function), note))
            function = edge.callee
            reached = self._table[function][number]
        seed = reached.seed
        steps.append(
            Step(project.path_of(function), seed.place[0], project.symbol(function), describe(seed))
        )
        return tuple(steps)


def describe(seed: Seed) -> str:
    """A sink in a few words: ``os.getenv("PORT")``."""
    sink, _, owner = seed.sink.partition(" ")
    if sink.endswith(".__call__"):
        sink = sink.removesuffix(".__call__") + "()"
    if seed.kind == "raise":
        return f"raises {seed.sink}"
    if owner:
        return f"{owner.strip('()').rpartition('.')[2]}() (a {sink})"
    if seed.key is not None and seed.kind == "env-read":
        quoted = f'"{seed.key}"'
        return f"{sink}[{quoted}]" if sink.endswith("environ") else f"{sink}({quoted})"
    return sink


def reachable(graph: CallGraph, sources: Iterable[int], follow: EdgeFilter) -> set[int]:
    """Functions that control can get to from ``sources`` over edges that ``follow`` accepts."""
    seen = set(sources)
    pending = list(seen)
    while pending:
        caller = pending.pop()
        for edge in graph.edges[caller]:
            if edge.callee not in seen and follow(caller, edge):
                seen.add(edge.callee)
                pending.append(edge.callee)
    return seen


def reach(
    graph: CallGraph,
    sources: Iterable[int],
    wanted: SeedFilter,
    follow: EdgeFilter,
    *,
    stops: Callable[[int, Edge, Seed], bool] | None = None,
    seeds: Sequence[Sequence[Seed]] | None = None,
    branches: Branches | None = None,
) -> Reach:
    """Which wanted effects each source reaches, and how.

    Args:
        graph: call graph with seeds.
        sources: functions the question is about.
        wanted: which seeds count, given their function.
        follow: which edges effects travel over, given the caller.
        stops: whether an edge keeps a certain effect from its caller.
        seeds: effects of each function itself, where not those of the graph.
        branches: counts functions that may not take a step; one makes a road probable, two
            possible.

    Returns:
        The sinks of every function between the sources and the sinks.
    """
    inside = reachable(graph, sources, follow)
    callers: dict[int, list[tuple[int, int, Edge]]] = {}
    own = graph.seeds if seeds is None else seeds
    found: list[tuple[tuple[str, int, int, str, str], int, Seed]] = []
    for function in sorted(inside):
        for position, edge in enumerate(graph.edges[function]):
            if edge.callee in inside and follow(function, edge):
                callers.setdefault(edge.callee, []).append((function, position, edge))
        for seed in own[function]:
            if wanted(function, seed):
                path = graph.project.path_of(function)
                order = (path, seed.place[0], seed.place[1], seed.kind, seed.sink)
                found.append((order, function, seed))
    found.sort(key=lambda each: (each[0], each[1]))
    return Reach(graph, _spread(graph.project, found, callers, stops, branches or _no_branches))


def _no_branches(function: int, step: Edge | Seed) -> int:
    return 0


def _spread(
    project: Project,
    seeds: list[tuple[tuple[str, int, int, str, str], int, Seed]],
    callers: dict[int, list[tuple[int, int, Edge]]],
    stops: Callable[[int, Edge, Seed], bool] | None,
    branches: Branches,
) -> dict[int, dict[int, Reached]]:
    table: dict[int, dict[int, Reached]] = {}
    kept: dict[tuple[int, str], int] = {}
    heap: list[tuple[int, int, int, int, int, int, int, int, Edge | None]] = []
    guards = ParameterGuards(project)
    for number, (_, function, seed) in enumerate(seeds):
        count = branches(function, seed)
        sure = seed.confidence
        length = guards.detour(function, seed.place[0])
        heap.append((_doubt(sure, count), length, number, function, -1, sure, count, 0, None))
    heapq.heapify(heap)
    while heap:
        doubt, length, number, function, _, sure, count, distance, edge = heapq.heappop(heap)
        entries = table.setdefault(function, {})
        if number in entries:
            continue
        _, holder, seed = seeds[number]
        if distance:
            others = kept.get((function, seed.kind), 0)
            if others >= MOST_SINKS:
                continue
            kept[function, seed.kind] = others + 1
        entries[number] = Reached(seed, holder, doubt, distance, edge, count)
        line = (edge or seed).place[0]
        guarded = project.functions[function][F.F_GUARDS]
        for caller, position, upper in callers.get(function, ()):
            if stops is not None and stops(caller, upper, seed):
                continue
            if guarded and guards.keep_from(caller, upper, line):
                continue
            weakest = max(sure, upper.confidence)
            more = count + branches(caller, upper)
            farther = length + 1 + guards.detour(caller, upper.place[0])
            rank = (_doubt(weakest, more), farther, number, caller, position)
            heapq.heappush(heap, (*rank, weakest, more, distance + 1, upper))
    return table


def _doubt(confidence: int, branches: int) -> int:
    """Confidence of a road: one function with a branch makes it probable, two possible."""
    return max(confidence, min(branches, _POSSIBLE))
