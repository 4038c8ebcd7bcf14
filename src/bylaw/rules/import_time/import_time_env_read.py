"""``import-time-env-read``: the environment is read while a module is imported."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.model.effects import Reached
from bylaw.rules.context import RuleContext
from bylaw.rules.import_time.scope import (
    LENIENT_OPTION,
    arrival_finding,
    arrivals,
    is_aside,
    is_lenient,
    role,
)
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="import-time-env-read",
    summary="The environment is read while a module is imported, directly or through any calls.",
    clauses=("EC-3", "EC-4.1"),
    severity="error",
    how="flow",
    family="import_time",
    mend="read it on first use: move the read into the function that needs the value",
    options=(LENIENT_OPTION,),
)


def _rank(_: int, reached: Reached) -> int:
    return 1 if reached.seed.qualifier == "setdefault" else 0


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per module statement, and per variable where the statement reads itself."""
    for arrival in arrivals(context, frozenset({"env-read"}), rank=_rank, by_variable=True):
        where = role(context, arrival.body)
        severity = INFO.severity
        if arrival.reached.seed.qualifier == "setdefault" or is_aside(where):
            severity = "note"
        elif is_lenient(where) and not context.option(INFO, "strict-settings"):
            severity = "warning"
        yield arrival_finding(context, INFO, arrival, "reads the environment", severity)
