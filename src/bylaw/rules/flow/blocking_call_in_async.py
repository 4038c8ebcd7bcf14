"""``blocking-call-in-async``: a coroutine reaches work that blocks the event loop."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.call_graph import HERE, Edge, Seed
from bylaw.model.effects import Reach, Reached, describe, reach
from bylaw.model.roles import TEST
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.delegated.ruff_run import RUFF_BLOCKING
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


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per async function and sink, anchored at the call in the async function."""
    project = context.project
    sources = [
        number
        for number, function in enumerate(project.functions)
        if function[F.F_FLAGS] & F.ASYNC and _role(context, number) != TEST
    ]
    answer = _blocking_reach(context, sources)
    for source in sources:
        seen: set[tuple[int, str]] = set()
        for reached in answer.of(source):
            place = (reached.edge or reached.seed).place
            key = (place[0], describe(reached.seed))
            if key not in seen:
                seen.add(key)
                yield _finding(context, answer, source, reached)


def _role(context: RuleContext, function: int) -> str:
    return context.project.roles[context.project.function_home[function]]


def _blocking_reach(context: RuleContext, sources: list[int]) -> Reach:
    functions = context.project.functions
    brief = context.option(INFO, "include-brief")

    def follow(caller: int, edge: Edge) -> bool:
        return edge.mode == HERE and not functions[edge.callee][F.F_FLAGS] & F.ASYNC

    def wanted(function: int, seed: Seed) -> bool:
        if seed.kind != "blocking" or seed.mode != HERE:
            return False
        return brief or seed.qualifier != "brief"

    return reach(context.graph, sources, wanted, follow)


def _finding(context: RuleContext, answer: Reach, source: int, reached: Reached) -> Finding:
    project = context.project
    kinds = {
        seed.kind
        for seed in context.graph.seeds[reached.holder]
        if seed.place == reached.seed.place and seed.sink == reached.seed.sink
    }
    severity = INFO.severity if kinds & _SERIOUS else "warning"
    sink = describe(reached.seed)
    deep = "" if reached.edge is None else f", {_calls(reached.distance)} down"
    name = project.functions[source][F.F_NAME]
    return make_finding(
        INFO,
        project,
        source,
        (reached.edge or reached.seed).place,
        f"async {name}() blocks the event loop: {sink}{deep}",
        confidence=reached.confidence,
        severity=severity,
        sink=sink,
        witness=answer.witness(source, reached),
    )


def _calls(distance: int) -> str:
    return "1 call" if distance == 1 else f"{distance} calls"
