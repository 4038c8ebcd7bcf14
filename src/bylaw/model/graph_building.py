"""Builds the call graph: every call and read of every function, resolved."""

from __future__ import annotations

from bylaw.facts import schema as F
from bylaw.model.call_graph import CallGraph
from bylaw.model.own_calls import read_calls, read_decorators, subclass_hooks
from bylaw.model.project import Project
from bylaw.model.value_reads import property_names, read_loads


def build_call_graph(project: Project) -> CallGraph:
    """Resolves every call of the project.

    Args:
        project: the linked project.

    Returns:
        The graph; an unknown callee has no effect and is counted.
    """
    graph = CallGraph(project)
    properties = property_names(project)
    subclassed = subclass_hooks(project)
    for number, function in enumerate(project.functions):
        graph.edges.append([])
        graph.seeds.append([])
        read_calls(graph, number, function)
        read_loads(graph, number, function, properties)
        if function[F.F_DECORATORS]:
            read_decorators(graph, number, function)
        graph.unresolved += function[F.F_UNKNOWN]
    for number, edges in subclassed.items():
        graph.edges[number] += edges
    return graph
