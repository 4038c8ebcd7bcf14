"""``import-time-network``: a request, socket or look-up while a module is imported."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.rules.context import RuleContext
from bylaw.rules.import_time.scope import arrival_finding, arrivals, is_aside, role
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="import-time-network",
    summary="A request is sent, a socket opened or a name looked up while a module is imported.",
    clauses=("EC-4.3",),
    severity="error",
    how="flow",
    family="import_time",
    mend="send it from a function that runs when the service starts, not when it is imported",
    needs=frozenset({"manifests"}),
)


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per module statement and sink."""
    for arrival in arrivals(context, frozenset({"network"})):
        severity = "note" if is_aside(role(context, arrival.body)) else INFO.severity
        yield arrival_finding(context, INFO, arrival, "talks to the network", severity)
