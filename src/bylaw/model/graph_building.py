"""Builds the call graph: every call and read of every function, resolved."""

from __future__ import annotations

from typing import Any

from bylaw.facts import schema as F
from bylaw.model.call_graph import CallGraph, Edge, Seed
from bylaw.model.construction import read_decorators, subclass_hooks
from bylaw.model.own_calls import read_calls
from bylaw.model.parameters import infer_parameters
from bylaw.model.project import Project
from bylaw.model.value_reads import PathTraits, read_loads
from bylaw.source.workers import answer_of, can_fork, start_worker

LARGE = 6000
"""Functions from which a second process pays for the transfer of what it resolved."""


def build_call_graph(project: Project, jobs: int = 1) -> CallGraph:
    """Resolves every call of the project.

    Args:
        project: the linked project.
        jobs: processes to use; more than two bring nothing.

    Returns:
        The graph, the same for any number of processes; an unknown callee has no effect and is
        counted.
    """
    graph = CallGraph(project)
    size = len(project.functions)
    graph.edges = [[] for _ in range(size)]
    graph.seeds = [[] for _ in range(size)]
    traits = PathTraits(project)
    middle = _middle(project) if jobs > 1 and size > LARGE and can_fork() else size
    worker = None
    if middle < size:

        def second_part() -> tuple[Any, ...]:
            _read_part(graph, middle, size, traits)
            return _packed(graph, middle)

        worker = start_worker(second_part)
    _read_part(graph, 0, middle, traits)
    if worker is not None:
        answer = answer_of(worker)
        if answer is None:
            _read_part(graph, middle, size, traits)
        else:
            _unpack(graph, answer)
    for number, edges in subclass_hooks(project).items():
        graph.edges[number] += edges
    infer_parameters(graph)
    return graph


def _middle(project: Project) -> int:
    """First function of the second half, by the number of calls."""
    weights = [len(function[F.F_CALLS]) + 2 for function in project.functions]
    half, seen = sum(weights) // 2, 0
    for number, weight in enumerate(weights):
        seen += weight
        if seen >= half:
            return number + 1
    return len(weights)


def _read_part(graph: CallGraph, first: int, last: int, traits: PathTraits) -> None:
    functions = graph.project.functions
    for number in range(first, last):
        function = functions[number]
        if function[F.F_CALLS]:
            read_calls(graph, number, function)
        if function[F.F_LOADS]:
            read_loads(graph, number, function, traits)
        if function[F.F_DECORATORS]:
            read_decorators(graph, number, function)
        graph.unresolved += function[F.F_UNKNOWN]


def _packed(graph: CallGraph, first: int) -> tuple[Any, ...]:
    """What one process found, as plain tuples."""
    edges = [(n, [tuple(e) for e in each]) for n, each in enumerate(graph.edges) if each]
    seeds = [(n, [tuple(s) for s in each]) for n, each in enumerate(graph.seeds) if each]
    assert all(n >= first for n, _ in edges)
    return edges, seeds, graph.resolved, graph.unresolved, graph.pending


def _unpack(graph: CallGraph, answer: tuple[Any, ...]) -> None:
    edges, seeds, resolved, unresolved, pending = answer
    for number, found in edges:
        graph.edges[number] = [Edge(*each) for each in found]
    for number, found in seeds:
        graph.seeds[number] = [Seed(*each) for each in found]
    graph.resolved += resolved
    graph.unresolved += unresolved
    graph.pending += pending
