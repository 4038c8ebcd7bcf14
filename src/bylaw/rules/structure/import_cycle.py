"""``import-cycle``: modules that import each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.finding import Finding, Step
from bylaw.model.import_graph import ImportEdge, import_edges
from bylaw.model.cycles import cut_cycles, hidden_cycles
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="import-cycle",
    summary="Modules import each other at load time, or only a deferred import keeps them from it.",
    clauses=("AP-PY09",),
    severity="error",
    how="model",
    family="structure",
    mend="move what both need into a module of its own, and import that",
)


class _Cycle(NamedTuple):
    edges: tuple[ImportEdge, ...]
    severity: str
    what: str


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per cycle, anchored at the import to cut."""
    edges = import_edges(context.project)
    load = [edge for edge in edges if edge.kind == "load"]
    for cycle in cut_cycles(load):
        yield _finding(context, _Cycle(cycle, "error", "import each other at load time"))
    acyclic_with = [*load, *(edge for edge in edges if edge.kind == "deferred")]
    for cycle in hidden_cycles(load, acyclic_with):
        what = "would import each other at load time but for a deferred import"
        yield _finding(context, _Cycle(cycle, "warning", what))
    typing = [*load, *(edge for edge in edges if edge.kind == "typing")]
    for cycle in hidden_cycles(load, typing):
        what = "need each other for type checking only"
        yield _finding(context, _Cycle(cycle, "note", what))


def _finding(context: RuleContext, cycle: _Cycle) -> Finding:
    project = context.project
    names = [project.modules[edge.importer].name for edge in cycle.edges]
    last = cycle.edges[-1]
    record = project.facts[last.importer][F.IMPORTS][last.record]
    place = (record[F.I_LINE], record[F.I_COL], record[F.I_END])
    witness = tuple(
        Step(
            project.paths[edge.importer],
            project.facts[edge.importer][F.IMPORTS][edge.record][F.I_LINE],
            project.modules[edge.importer].name,
            f"imports {project.modules[edge.imported].name}",
        )
        for edge in cycle.edges
    )
    road = " -> ".join([*names, names[0]])
    return make_finding(
        INFO,
        project,
        project.module_body(last.importer),
        place,
        f"{len(names)} modules {cycle.what}: {road}",
        severity=cycle.severity,
        sink=road,
        witness=witness,
    )
