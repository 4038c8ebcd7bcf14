"""The import and call graph with effects, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bylaw.errors import Diagnostic
from bylaw.facts import schema as F
from bylaw.finding import CONFIDENCES
from bylaw.model.call_graph import CallGraph
from bylaw.model.effects import Reach, describe, reach
from bylaw.model.import_graph import ImportEdge, import_edges
from bylaw.report.graph_drawing import RENDERERS, draw_imports
from bylaw.source.project_root import covers

SCHEMA = "bylaw.graph/1"


def render_graph(
    graph: CallGraph,
    root: str,
    inside: Sequence[str],
    errors: Sequence[Diagnostic],
    format_: str,
) -> str:
    """Prints what Bylaw believes.

    Args:
        graph: call graph of the project.
        root: absolute path of the root.
        inside: paths below the root to print; an empty string for all.
        errors: what made the graph incomplete.
        format_: ``text``, ``json``, ``dot`` or ``mermaid``.

    Returns:
        The report.
    """
    modules = [each for each, path in enumerate(graph.project.paths) if covers(inside, path)]
    if format_ in RENDERERS:
        return RENDERERS[format_](draw_imports(graph, modules))
    functions = range(len(graph.project.functions))
    answer = reach(graph, functions, lambda _, seed: True, lambda _, edge: True)
    imports: dict[int, list[ImportEdge]] = {}
    for edge in import_edges(graph.project):
        imports.setdefault(edge.importer, []).append(edge)
    if format_ == "json":
        return _json(graph, root, modules, imports, answer, errors)
    return _text(graph, modules, imports, answer)


def _functions_of(graph: CallGraph, module: int) -> Iterator[int]:
    start = graph.project.function_offset[module]
    return iter(range(start, start + len(graph.project.facts[module][F.FUNCTIONS])))


def _json(
    graph: CallGraph,
    root: str,
    modules: list[int],
    imports: dict[int, list[ImportEdge]],
    answer: Reach,
    errors: Sequence[Diagnostic],
) -> str:
    from bylaw.report.json_report import json_text

    document = {
        "schema": SCHEMA,
        "root": root,
        "summary": {
            "modules": len(modules),
            "calls_resolved": graph.resolved,
            "calls_unresolved": graph.unresolved,
        },
        "modules": [_module_object(graph, each, imports.get(each, [])) for each in modules],
        "functions": [
            _function_object(graph, function, answer)
            for module in modules
            for function in _functions_of(graph, module)
        ],
        "errors": [each.entry() for each in errors],
    }
    return json_text(document)


def render_no_graph(root: str, errors: Sequence[Diagnostic]) -> str:
    """The JSON report of a call that could not be answered: the one shape, with nothing in it.

    Args:
        root: absolute path of the root; empty where it is not known.
        errors: why.

    Returns:
        The report.
    """
    from bylaw.report.json_report import json_text

    summary = {"modules": 0, "calls_resolved": 0, "calls_unresolved": 0}
    return json_text(
        {
            "schema": SCHEMA, "root": root, "summary": summary, "modules": [], "functions": [],
            "errors": [each.entry() for each in errors],
        }
    )  # fmt: skip


def _module_object(graph: CallGraph, module: int, edges: list[ImportEdge]) -> dict[str, Any]:
    project = graph.project
    named = project.modules[module]
    return {
        "name": named.name,
        "path": project.paths[module],
        "import_root": named.root,
        "role": project.roles[module],
        "imports": [
            {
                "module": project.modules[edge.imported].name,
                "path": project.paths[edge.imported],
                "kind": edge.kind,
                "line": project.facts[module][F.IMPORTS][edge.record][F.I_LINE],
            }
            for edge in edges
        ],
    }


def _function_object(graph: CallGraph, function: int, answer: Reach) -> dict[str, Any]:
    project = graph.project
    facts = project.functions[function]
    return {
        "symbol": project.symbol(function),
        "path": project.path_of(function),
        "line": facts[F.F_LINE],
        "kind": "module" if facts[F.F_PARENT] < 0 else "function",
        "async": bool(facts[F.F_FLAGS] & F.ASYNC),
        "calls": [
            {
                "symbol": project.symbol(edge.callee),
                "line": edge.place[0],
                "confidence": CONFIDENCES[edge.confidence],
                "runs": edge.mode or "here",
            }
            for edge in graph.edges[function]
        ],
        "effects": [
            {
                "kind": each.seed.kind,
                "qualifier": each.seed.qualifier,
                "sink": describe(each.seed),
                "confidence": CONFIDENCES[each.confidence],
                "distance": each.distance,
                "path": project.path_of(each.holder),
                "line": each.seed.place[0],
            }
            for each in answer.of(function)
        ],
    }


def _text(
    graph: CallGraph, modules: list[int], imports: dict[int, list[ImportEdge]], answer: Reach
) -> str:
    project = graph.project
    lines = []
    for module in modules:
        lines.append(f"{project.paths[module]}  {project.modules[module].name}")
        for edge in imports.get(module, []):
            line = project.facts[module][F.IMPORTS][edge.record][F.I_LINE]
            when = "" if edge.kind == "load" else f" ({edge.kind})"
            lines.append(f"  :{line} imports {project.modules[edge.imported].name}{when}")
        for function in _functions_of(graph, module):
            lines += _function_lines(graph, function, answer)
    lines.append(
        f"{len(modules)} modules, {graph.resolved} calls resolved, {graph.unresolved} unresolved"
    )
    return "\n".join(lines) + "\n"


def _function_lines(graph: CallGraph, function: int, answer: Reach) -> list[str]:
    project = graph.project
    kinds = sorted({each.seed.kind for each in answer.of(function)})
    edges = graph.edges[function]
    if not kinds and not edges:
        return []
    facts = project.functions[function]
    name = facts[F.F_NAME] or "<module>"
    effects = f"  [{', '.join(kinds)}]" if kinds else ""
    lines = [f"  :{facts[F.F_LINE]} {name}{effects}"]
    for edge in edges:
        sure = "" if edge.confidence == 0 else f" ({CONFIDENCES[edge.confidence]})"
        where = f" in a {edge.mode}" if edge.mode else ""
        lines.append(f"    :{edge.place[0]} calls {project.symbol(edge.callee)}{where}{sure}")
    return lines
