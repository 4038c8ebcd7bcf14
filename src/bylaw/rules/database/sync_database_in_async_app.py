"""``sync-database-in-async-app``: an async function uses a driver that blocks."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.call_graph import HERE, THREAD, Edge, Seed
from bylaw.model.effects import Reached, describe, reach
from bylaw.model.roles import MIGRATION, SCRIPT, TEST
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="sync-database-in-async-app",
    summary="An async function uses a session, engine or driver that blocks, on the event loop or "
    "in a thread.",
    clauses=("FS-2.2", "FS-2.3"),
    severity="error",
    how="flow",
    family="database",
    mend="use AsyncSession and an asynchronous driver, and await the query",
    default=False,
    options=(
        ("engines", False, "also report every synchronous engine of a project with an async one"),
    ),
)

_ASIDE = frozenset({TEST, SCRIPT, MIGRATION})
_GREENLET = "run_sync"


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per async function and call."""
    project = context.project
    sources = [
        number
        for number, function in enumerate(project.functions)
        if function[F.F_FLAGS] & F.ASYNC
        and project.roles[project.function_home[number]] not in _ASIDE
    ]

    def follow(caller: int, edge: Edge) -> bool:
        if project.functions[edge.callee][F.F_FLAGS] & F.ASYNC:
            return False
        return edge.mode == HERE or not _is_greenlet(context, caller, edge.place[0])

    answer = reach(context.graph, sources, lambda _, seed: _is_query(context, seed), follow)
    for source in sources:
        seen: set[int] = set()
        for reached in answer.of(source):
            line = (reached.edge or reached.seed).place[0]
            if line in seen or not _blocks(context, reached):
                continue
            seen.add(line)
            threads = [edge.mode for _, edge in answer.road(source, reached)]
            in_thread = THREAD in (*threads, reached.seed.mode)
            where = "in a thread of its own" if in_thread else "on the event loop"
            name = project.functions[source][F.F_NAME]
            sink = describe(reached.seed)
            yield make_finding(
                INFO,
                project,
                source,
                (reached.edge or reached.seed).place,
                f"async {name}() uses a synchronous database {where}: {sink}",
                confidence=reached.confidence,
                severity="warning" if in_thread else INFO.severity,
                sink=sink,
                witness=answer.witness(source, reached),
            )
    if context.option(INFO, "engines"):
        yield from _engines(context)


def _is_query(context: RuleContext, seed: Seed) -> bool:
    return seed.kind == "database" and seed.qualifier != "constructed"


def _blocks(context: RuleContext, reached: Reached) -> bool:
    """Whether the call waits: what is awaited does not, and no statement inside a greenlet."""
    seed = reached.seed
    return any(
        each.kind == "blocking" and each.place == seed.place and each.sink == seed.sink
        for each in context.graph.seeds[reached.holder]
    ) and not _is_greenlet(context, reached.holder, seed.place[0])


def _is_greenlet(context: RuleContext, caller: int, line: int) -> bool:
    """Whether a call is made by ``run_sync``, whose statements are awaited."""
    return any(
        call[F.C_PATH].endswith(f".{_GREENLET}") and call[F.C_LINE] == line
        for call in context.project.functions[caller][F.F_CALLS]
    )


def _engines(context: RuleContext) -> Iterator[Finding]:
    """Synchronous engines made by the service of a project that has an asynchronous one."""
    project = context.project
    made = [
        (number, seed)
        for number, seeds in enumerate(context.graph.seeds)
        if project.roles[project.function_home[number]] not in _ASIDE
        for seed in seeds
        if seed.kind == "database" and seed.qualifier == "constructed"
    ]
    if not any("async" in seed.sink for _, seed in made):
        return
    for number, seed in made:
        if seed.sink.endswith((".create_engine", ".engine_from_config")):
            yield make_finding(
                INFO,
                project,
                number,
                seed.place,
                "a synchronous engine is made beside the asynchronous one",
                severity="warning",
                sink=seed.sink,
            )
