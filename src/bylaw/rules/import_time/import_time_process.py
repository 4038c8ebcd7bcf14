"""``import-time-process``: processes, threads, loops and handlers started by an import."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.model.effects import Reached
from bylaw.rules.context import RuleContext
from bylaw.rules.import_time.scope import (
    arrival_finding,
    arrivals,
    is_alembic_environment,
    is_aside,
    role,
)
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="import-time-process",
    summary="A process, thread, event loop or scheduler is started, or a signal or exit handler "
    "installed, while a module is imported.",
    clauses=("EC-4",),
    severity="error",
    how="flow",
    family="import_time",
    mend="start it from the entry point or the lifespan, and stop it there",
    needs=frozenset({"manifests"}),
)


def _rank(_: int, reached: Reached) -> int:
    return 1 if reached.seed.qualifier == "handler" else 0


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per module statement; handlers are warnings."""
    for arrival in arrivals(context, frozenset({"process", "thread"}), rank=_rank):
        seed = arrival.reached.seed
        what = {"handler": "installs a handler", "loop": "runs an event loop"}.get(seed.qualifier)
        severity = "warning" if seed.qualifier == "handler" else INFO.severity
        if is_aside(role(context, arrival.body)) or is_alembic_environment(context, arrival.body):
            severity = "note"
        started = "starts a thread" if seed.kind == "thread" else "starts a process"
        yield arrival_finding(context, INFO, arrival, what or started, severity)
