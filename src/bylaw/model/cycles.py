"""Cycles of the import graph: groups of files that reach each other, and a shortest way around."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from bylaw.model.import_graph import ImportEdge

Graph = dict[int, dict[int, ImportEdge]]
Cycle = tuple[ImportEdge, ...]


def _adjacency(edges: Iterable[ImportEdge]) -> Graph:
    graph: Graph = {}
    for edge in edges:
        importer, imported = edge[0], edge[1]
        targets = graph.get(importer)
        if targets is None:
            targets = graph[importer] = {}
        if imported not in targets:
            targets[imported] = edge
    return graph


def components(graph: Graph) -> list[list[int]]:
    """Strongly connected components of more than one node (Tarjan 1972, iterative), sorted."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    found: list[list[int]] = []
    for start in sorted(graph):
        if start in index:
            continue
        work = [(start, iter(sorted(graph[start])))]
        index[start] = low[start] = len(index)
        stack.append(start)
        on_stack.add(start)
        while work:
            node, successors = work[-1]
            advanced = False
            for each in successors:
                if each not in index:
                    index[each] = low[each] = len(index)
                    if each not in graph:  # it imports nothing and is on no cycle
                        continue
                    stack.append(each)
                    on_stack.add(each)
                    work.append((each, iter(sorted(graph[each]))))
                    advanced = True
                    break
                if each in on_stack:
                    low[node] = min(low[node], index[each])
            if advanced:
                continue
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[node])
            if low[node] == index[node]:
                found.append(_pop(stack, on_stack, node))
    return sorted(each for each in found if len(each) > 1)


def _pop(stack: list[int], on_stack: set[int], node: int) -> list[int]:
    component = []
    while True:
        each = stack.pop()
        on_stack.discard(each)
        component.append(each)
        if each == node:
            return sorted(component)


def _shortest_road(graph: Graph, start: int, goal: int, inside: set[int]) -> Cycle | None:
    """Edges of the shortest way from ``start`` to ``goal`` within ``inside``."""
    before: dict[int, ImportEdge] = {}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        for each in sorted(graph[node]):
            if each not in inside or each in before:
                continue
            before[each] = graph[node][each]
            if each == goal:
                return _unwind(before, start, goal)
            queue.append(each)
    return None


def _unwind(before: dict[int, ImportEdge], start: int, goal: int) -> Cycle:
    road = [before[goal]]
    while road[-1].importer != start:
        road.append(before[road[-1].importer])
    return tuple(reversed(road))


def shortest_cycle(graph: Graph, component: Sequence[int]) -> Cycle:
    """A shortest cycle within a component, beginning at its lowest file, ties by number."""
    inside = set(component)
    best: Cycle | None = None
    for start in component:
        road = _shortest_road(graph, start, start, inside)
        if road is not None and (best is None or len(road) < len(best)):
            best = road
            if len(best) == 2:
                break
    assert best is not None
    return best


def load_cycles(edges: Iterable[ImportEdge]) -> list[tuple[list[int], Cycle]]:
    """Groups of modules that reach each other by imports, each with its shortest cycle.

    Args:
        edges: load-time imports.

    Returns:
        Per group its files, sorted, and a shortest cycle from the lowest file on it; the last edge
        of the cycle is the one to cut.
    """
    graph = _adjacency(edges)
    return [(component, shortest_cycle(graph, component)) for component in components(graph)]


def groups(edges: Iterable[ImportEdge]) -> dict[int, frozenset[int]]:
    """For each file on a cycle the files it reaches and that reach it."""
    found: dict[int, frozenset[int]] = {}
    for component in components(_adjacency(edges)):
        found.update(dict.fromkeys(component, frozenset(component)))
    return found


def hidden_cycles(
    known: Iterable[Sequence[int]], widened: Iterable[ImportEdge]
) -> list[tuple[list[int], Cycle]]:
    """Cycles that only the imports beyond ``load`` close: one per group of modules.

    Args:
        known: groups that load-time imports alone make.
        widened: load-time imports, and those that are deferred or for types.

    Returns:
        Each strongly connected group that load-time imports alone do not make, with its shortest
        cycle, turned so that an import beyond ``load`` comes last.
    """
    ours = {tuple(each) for each in known}
    graph = _adjacency(widened)
    result = []
    for component in components(graph):
        if tuple(component) in ours:
            continue
        cycle = _shortest_through(graph, component)
        if cycle is not None:
            result.append((component, cycle))
    return result


def _shortest_through(graph: Graph, component: Sequence[int]) -> Cycle | None:
    """The shortest cycle that takes at least one import which is not at load time."""
    inside = set(component)
    best: Cycle | None = None
    for node in component:
        for target in sorted(graph[node]):
            edge = graph[node][target]
            if edge.kind == "load" or target not in inside:
                continue
            road = _shortest_road(graph, target, node, inside)
            if road is not None and (best is None or len(road) + 1 < len(best)):
                best = (*road, edge)
    return best
