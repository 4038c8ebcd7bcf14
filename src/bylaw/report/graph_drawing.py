"""The import graph as a drawing: Graphviz and Mermaid, by package, with effects marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.model.call_graph import CallGraph
from bylaw.model.import_graph import import_edges
from bylaw.report.layout import visible

MOST_NODES = 40
"""Nodes a drawing can have and still be read; beyond it, packages are drawn instead of modules."""

_EDGE_KINDS = ("load", "deferred", "typing")
"""When an import is made; of several between two packages the first of these counts."""

_SHOWN_EFFECTS = frozenset(
    {"network", "database", "process", "thread", "env-read", "filesystem-write", "sleep",
     "blocking", "global-write"}
)  # fmt: skip
"""Effects worth a mark; nearly every module logs, raises or asks for the time."""


class Box(NamedTuple):
    """One node: a module, or a package with all its modules.

    Attributes:
        name: dotted name.
        modules: how many modules it stands for.
        effects: kinds of effect that its own code has, sorted.
    """

    name: str
    modules: int
    effects: tuple[str, ...]


class Drawing(NamedTuple):
    """What is drawn.

    Attributes:
        boxes: nodes by name, sorted.
        arrows: (from, to) -> (kind, number of imports), sorted.
    """

    boxes: tuple[Box, ...]
    arrows: Mapping[tuple[str, str], tuple[str, int]]


def draw_imports(graph: CallGraph, modules: Sequence[int]) -> Drawing:
    """The import graph of some modules, collapsed until it can be read.

    Names are cut to as many parts as leave at most ``MOST_NODES`` nodes, and to their first part
    where even two are too many.

    Args:
        graph: call graph of the project.
        modules: numbers of the modules to draw.

    Returns:
        The drawing.
    """
    project = graph.project
    names = {module: _shown_name(graph, module) for module in modules}
    depth = max((name.count(".") + 1 for name in names.values()), default=1)
    while depth > 1 and len({_cut(name, depth) for name in names.values()}) > MOST_NODES:
        depth -= 1
    box_of = {module: _cut(name, depth) for module, name in names.items()}
    members: dict[str, list[int]] = {}
    for module, name in box_of.items():
        members.setdefault(name, []).append(module)
    boxes = tuple(
        Box(name, len(members[name]), _effects(graph, members[name])) for name in sorted(members)
    )
    arrows: dict[tuple[str, str], tuple[str, int]] = {}
    for edge in import_edges(project):
        if edge.importer not in box_of or edge.imported not in box_of:
            continue
        pair = (box_of[edge.importer], box_of[edge.imported])
        if pair[0] != pair[1]:
            kind, count = arrows.get(pair, ("typing", 0))
            first = min(kind, edge.kind, key=_EDGE_KINDS.index)
            arrows[pair] = (first, count + 1)
    return Drawing(boxes, dict(sorted(arrows.items())))


def _shown_name(graph: CallGraph, module: int) -> str:
    """Dotted name; with the import root in front where two modules share it."""
    named = graph.project.modules[module]
    if len(graph.project.by_name.get(named.name, ())) > 1 and named.root:
        return f"{named.root.replace('/', '.')}.{named.name}"
    return named.name


def _cut(name: str, depth: int) -> str:
    return ".".join(name.split(".")[:depth])


def _effects(graph: CallGraph, modules: Sequence[int]) -> tuple[str, ...]:
    kinds: set[str] = set()
    for module in modules:
        start = graph.project.function_offset[module]
        for function in range(start, start + len(graph.project.facts[module][F.FUNCTIONS])):
            kinds.update(seed.kind for seed in graph.seeds[function])
    return tuple(sorted(kinds & _SHOWN_EFFECTS))


def render_dot(drawing: Drawing) -> str:
    """The drawing in Graphviz's language: ``dot -Tsvg``."""
    lines = ["digraph imports {", "  rankdir=LR;", '  node [shape=box, fontname="sans-serif"];']
    for box in drawing.boxes:
        marked = ', style=filled, fillcolor="#ffe8cc"' if box.effects else ""
        label = "\\n".join(_quoted(each) for each in _label(box))
        lines.append(f'  "{_quoted(box.name)}" [label="{label}"{marked}];')
    styles = {"load": "solid", "deferred": "dashed", "typing": "dotted"}
    for (start, end), (kind, count) in drawing.arrows.items():
        label = f', label="{count}"' if count > 1 else ""
        ends = f'"{_quoted(start)}" -> "{_quoted(end)}"'
        lines.append(f"  {ends} [style={styles[kind]}{label}];")
    return "\n".join([*lines, "}"]) + "\n"


def render_mermaid(drawing: Drawing) -> str:
    """The drawing as a Mermaid flowchart, which GitHub and GitLab show in Markdown."""
    keys = {box.name: f"n{number}" for number, box in enumerate(drawing.boxes)}
    lines = ["flowchart LR"]
    for box in drawing.boxes:
        label = "<br/>".join(_entity(each) for each in _label(box))
        lines.append(f'  {keys[box.name]}["{label}"]{":::effect" if box.effects else ""}')
    for (start, end), (kind, count) in drawing.arrows.items():
        link = "-->" if kind == "load" else "-.->"
        words = [str(count)] if count > 1 else []
        words += [kind] if kind != "load" else []
        label = f"|{' '.join(words)}|" if words else ""
        lines.append(f"  {keys[start]} {link}{label} {keys[end]}")
    lines.append("  classDef effect fill:#ffe8cc,stroke:#d9822b,color:#000")
    return "\n".join(lines) + "\n"


RENDERERS: Mapping[str, Callable[[Drawing], str]] = {"dot": render_dot, "mermaid": render_mermaid}


def _label(box: Box) -> list[str]:
    count = f" ({box.modules} modules)" if box.modules > 1 else ""
    return [f"{visible(box.name)}{count}", *([", ".join(box.effects)] if box.effects else [])]


def _quoted(text: str) -> str:
    return visible(text).replace("\\", "\\\\").replace('"', '\\"')


def _entity(text: str) -> str:
    """Text in a quoted Mermaid label, where quotes, tags and hashes have a meaning."""
    return "".join(f"#{ord(c)};" if c in '"<>#&`;' else c for c in text)
