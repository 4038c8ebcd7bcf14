"""``import-time-database``: a database or broker is reached while a module is imported."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.effects import Reached
from bylaw.model.roles import MIGRATION
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
    name="import-time-database",
    summary="An engine, connection, session or client of a database or broker is made or used at "
    "import.",
    clauses=("EC-4.2",),
    severity="error",
    how="flow",
    family="import_time",
    mend="make it in a function on first use (functools.lru_cache) or in the lifespan",
    needs=frozenset({"manifests"}),
)


def _only_prints(context: RuleContext, reached: Reached) -> bool:
    """Whether Alembic writes the statements down, values and all, instead of executing them."""
    if not reached.seed.sink.startswith("alembic.context."):
        return False
    return any(
        call[F.C_PATH].endswith("configure") and "literal_binds=:True" in call[F.C_ARGS]
        for call in context.project.functions[reached.holder][F.F_CALLS]
    )


def _rank(context: RuleContext, reached: Reached) -> int:
    if _only_prints(context, reached):
        return -1
    return 1 if reached.seed.qualifier == "constructed" else 0


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per module statement; lazy objects are warnings."""

    def rank(_: int, reached: Reached) -> int:
        return _rank(context, reached)

    for arrival in arrivals(context, frozenset({"database"}), rank=rank):
        where = role(context, arrival.body)
        constructed = arrival.reached.seed.qualifier == "constructed"
        severity = "warning" if constructed or where == MIGRATION else INFO.severity
        if is_aside(where) or is_alembic_environment(context, arrival.body):
            severity = "note"
        what = "makes a database client (constructed, not connected)"
        if not constructed:
            what = "uses a database"
        yield arrival_finding(context, INFO, arrival, what, severity)
