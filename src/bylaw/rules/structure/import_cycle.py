"""``import-cycle``: modules that import each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bylaw.facts import schema as F
from bylaw.finding import Finding, Step
from bylaw.model.cycles import groups, hidden_cycles, load_cycles
from bylaw.model.import_graph import ImportEdge, import_edges
from bylaw.model.import_order import Failure, ImportOrder, order_edges
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


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per cycle that fails in some order, else one per group of modules."""
    edges = import_edges(context.project)
    load = [edge for edge in edges if edge.kind == "load"]
    found = load_cycles(load)
    yield from _at_load(context, load, found)
    known = [component for component, _ in found]
    acyclic_with = [*load, *(edge for edge in edges if edge.kind == "deferred")]
    for component, cycle in hidden_cycles(known, acyclic_with):
        what = "would import each other at load time but for deferred imports"
        yield _finding(context, cycle, _of_group(component, cycle, what), "warning")
    typing = [*load, *(edge for edge in edges if edge.kind == "typing")]
    for component, cycle in hidden_cycles(known, typing):
        what = "need each other for type checking only"
        yield _finding(context, cycle, _of_group(component, cycle, what), "note")


def _at_load(
    context: RuleContext,
    load: list[ImportEdge],
    found: list[tuple[list[int], tuple[ImportEdge, ...]]],
) -> Iterator[Finding]:
    if not found:
        return
    around = groups(order_edges(context.project, load))
    for component, cycle in found:
        order = ImportOrder(context.project, around[component[0]])
        failures = _by_cycle(filter(None, map(order.failure, component)))
        for failure in failures:
            yield _failing(context, failure)
        if not failures:
            what = "import each other at load time, though today every order works"
            yield _finding(context, cycle, _of_group(component, cycle, what), "warning")


def _of_group(component: Sequence[int], cycle: Sequence[ImportEdge], what: str) -> str:
    """How many modules a group has, and its shortest cycle where that is smaller."""
    shorter = f"; the shortest cycle has {len(cycle)}" if len(cycle) < len(component) else ""
    return f"{len(component)} modules {what}{shorter}"


def _by_cycle(failures: Iterable[Failure]) -> list[Failure]:
    """One failure per set of modules: the one whose early import stands in the last file."""
    best: dict[frozenset[int], Failure] = {}
    for each in failures:
        around = frozenset(edge.importer for edge in each.chain) | {each.importer}
        if around not in best or each.importer > best[around].importer:
            best[around] = each
    return sorted(best.values(), key=lambda each: (each.importer, each.line))


def _failing(context: RuleContext, failure: Failure) -> Finding:
    modules = context.project.modules
    closing = ImportEdge(failure.importer, failure.target, "load", failure.record)
    target = modules[failure.target].name
    what = (
        f"importing {modules[failure.entry].name} first fails: {modules[failure.importer].name} "
        f"takes {failure.name} from {target}, which binds it later, on line {failure.bound}"
    )
    return _finding(context, (*failure.chain, closing), what, INFO.severity, failure.line)


def _finding(
    context: RuleContext,
    cycle: tuple[ImportEdge, ...],
    what: str,
    severity: str,
    line: int = 0,
) -> Finding:
    project = context.project
    names = [project.modules[edge.importer].name for edge in cycle]
    last = cycle[-1]
    place = (line, 1, line)
    if last.record >= 0:
        record = project.facts[last.importer][F.IMPORTS][last.record]
        place = (record[F.I_LINE], record[F.I_COL], record[F.I_END])
    witness = tuple(
        Step(
            project.paths[edge.importer],
            project.facts[edge.importer][F.IMPORTS][edge.record][F.I_LINE]
            if edge.record >= 0
            else line,
            project.modules[edge.importer].name,
            f"{'imports' if edge.record >= 0 else 'reads'} {project.modules[edge.imported].name}",
        )
        for edge in cycle
    )
    road = " -> ".join([*names, names[0]])
    return make_finding(
        INFO,
        project,
        project.module_body(last.importer),
        place,
        f"{what}: {road}",
        severity=severity,
        sink=road,
        witness=witness,
    )
