"""``blocking-call-in-async``: a coroutine reaches work that blocks the event loop."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.call_graph import HERE, Edge, Seed
from bylaw.model.effects import Reach, Reached, describe, reach
from bylaw.model.parameter_guards import ParameterGuards
from bylaw.model.remembered import is_remembered
from bylaw.model.roles import SCRIPT, TEST
from bylaw.model.twins import async_twin
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.delegated.ruff_run import RUFF_BLOCKING, RUFF_BLOCKING_FILES, RuffFinding
from bylaw.rules.flow.own_loop import OwnLoops
from bylaw.rules.flow.service_span import ServiceSpan
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="blocking-call-in-async",
    summary="An async function reaches blocking work through any chain of sync helpers that no "
    "thread crosses.",
    clauses=("AP-PY10", "FS-2.3"),
    severity="error",
    how="flow",
    family="flow",
    mend="await an async client, or move the call to a thread: await asyncio.to_thread(...)",
    options=(("include-brief", False, "also report brief work such as os.path.exists"),),
)
RUFF_CODES = RUFF_BLOCKING

_SERIOUS = frozenset({"network", "database", "sleep", "process"})
_BRIEF = frozenset({"brief", "listing"})


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per async function and call, anchored at the call in the async function."""
    project = context.project
    sources = [
        number
        for number, function in enumerate(project.functions)
        if function[F.F_FLAGS] & F.ASYNC and _role(context, number) != TEST
    ]
    answer = _blocking_reach(context, sources)
    loops = _own_loops(context)
    span = ServiceSpan(context, loops)
    for source in sources:
        calls: dict[int, list[Reached]] = {}
        for reached in answer.of(source):
            calls.setdefault((reached.edge or reached.seed).place[0], []).append(reached)
        for behind in calls.values():
            finding = _finding(
                context,
                answer,
                source,
                behind,
                alone=loops.alone(source),
                unserved=span.outside(source),
            )
            if finding is not None:
                yield finding


def judge(context: RuleContext, module: int, found: RuffFinding) -> str:
    """What ruff finds counts outside tests; files are brief, and serve nobody else in a script."""
    on_files = found.code in RUFF_BLOCKING_FILES
    project = context.project
    if project.roles[module] in ((TEST, SCRIPT) if on_files else (TEST,)):
        return ""
    if not on_files:
        return INFO.severity
    for number in range(project.function_offset[module], len(project.functions)):
        if project.function_home[number] != module:
            break
        function = project.functions[number]
        if function[F.F_FLAGS] & F.ASYNC and function[F.F_LINE] <= found.line <= function[F.F_END]:
            return "" if _own_loops(context).alone(number) else "warning"
    return "warning"


def _own_loops(context: RuleContext) -> OwnLoops:
    found = context.memo.get("own-loops")
    if found is None:
        found = context.memo["own-loops"] = OwnLoops(context)
    assert isinstance(found, OwnLoops)
    return found


def _role(context: RuleContext, function: int) -> str:
    return context.project.roles[context.project.function_home[function]]


def _blocking_reach(context: RuleContext, sources: list[int]) -> Reach:
    functions = context.project.functions
    brief = context.option(INFO, "include-brief")
    bounded: set[Seed] = set()
    memoised: dict[int, bool] = {}

    twinned: dict[int, bool] = {}

    def follow(caller: int, edge: Edge) -> bool:
        callee = functions[edge.callee]
        if edge.mode != HERE or callee[F.F_FLAGS] & F.ASYNC:
            return False
        if not callee[F.F_DECORATORS]:
            return True
        if edge.callee not in twinned:
            twinned[edge.callee] = async_twin(context.project, edge.callee) is not None
        return not twinned[edge.callee]

    def wanted(function: int, seed: Seed) -> bool:
        if seed.kind != "blocking" or seed.mode != HERE:
            return False
        if not _is_serious(context, function, seed):
            bounded.add(seed)
        return brief or seed.qualifier not in _BRIEF

    def stops(caller: int, edge: Edge, seed: Seed) -> bool:
        if seed not in bounded:
            return False
        if edge.callee not in memoised:
            memoised[edge.callee] = is_remembered(context.project, edge.callee)
        return memoised[edge.callee]

    return reach(context.graph, sources, wanted, follow, stops=stops)


def _is_serious(context: RuleContext, holder: int, seed: Seed) -> bool:
    """Whether a blocking call waits for somebody else, or on purpose."""
    return seed.sink.startswith("subprocess.") or any(
        each.kind in _SERIOUS and each.place == seed.place and each.sink == seed.sink
        for each in context.graph.seeds[holder]
    )


def _finding(
    context: RuleContext,
    answer: Reach,
    source: int,
    behind: list[Reached],
    *,
    alone: bool,
    unserved: bool,
) -> Finding | None:
    """One call that blocks: named after its worst and nearest sink; None where nobody waits."""
    project = context.project
    serious = [each for each in behind if _is_serious(context, each.holder, each.seed)]
    severity = INFO.severity if serious else "warning"
    if _role(context, source) == SCRIPT:
        if not serious:
            return None
        severity = "warning"
    elif alone and not serious:
        return None
    elif alone or unserved:
        severity = "note"
    sure, reached = min(
        ((_sureness(context, answer, source, each), each) for each in serious or behind),
        key=lambda each: each[0],
    )
    sink = describe(reached.seed)
    deep = "" if reached.edge is None else f", {_calls(reached.distance)} down"
    others = {describe(each.seed) for each in behind} - {sink}
    more = f", and {len(others)} more behind the same call" if others else ""
    name = project.functions[source][F.F_NAME]
    return make_finding(
        INFO,
        project,
        source,
        (reached.edge or reached.seed).place,
        f"async {name}() blocks the event loop: {sink}{deep}{more}",
        confidence=sure,
        severity=severity,
        sink=sink,
        witness=answer.witness(source, reached),
    )


def _sureness(context: RuleContext, answer: Reach, source: int, reached: Reached) -> int:
    """Confidence of a road: *possible* where a call fills what would have to be empty."""
    if reached.edge is None:
        return reached.confidence
    road = answer.road(source, reached)
    lines = [edge.place[0] for _, edge in road[1:]] + [reached.seed.place[0]]
    guards = ParameterGuards(context.project)
    steps = zip(road, lines, strict=True)
    return 2 if any(guards.is_doubtful(*step, line) for step, line in steps) else reached.confidence


def _calls(distance: int) -> str:
    return "1 call" if distance == 1 else f"{distance} calls"
