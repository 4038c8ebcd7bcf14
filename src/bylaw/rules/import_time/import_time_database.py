"""``import-time-database``: a database or broker is reached while a module is imported."""

from __future__ import annotations

from collections.abc import Iterator

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


def _rank(_: int, reached: Reached) -> int:
    return 1 if reached.seed.qualifier == "constructed" else 0


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per module statement; lazy objects are warnings."""
    for arrival in arrivals(context, frozenset({"database"}), rank=_rank):
        where = role(context, arrival.body)
        constructed = arrival.reached.seed.qualifier == "constructed"
        severity = "warning" if constructed or where == MIGRATION else INFO.severity
        if is_aside(where) or is_alembic_environment(context, arrival.body):
            severity = "note"
        what = "makes a database client (constructed, not connected)"
        if not constructed:
            what = "uses a database"
        yield arrival_finding(context, INFO, arrival, what, severity)
