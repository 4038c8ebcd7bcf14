"""``import-time-filesystem``: files are written or read while a module is imported."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.model.effects import Reached
from bylaw.rules.context import RuleContext
from bylaw.rules.import_time.scope import arrival_finding, arrivals, is_aside, role
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="import-time-filesystem",
    summary="A file or directory is written, created or removed while a module is imported; "
    "reads are a note.",
    clauses=("EC-4",),
    severity="warning",
    how="flow",
    family="import_time",
    mend="do it on first use or in the lifespan, where a failure can be reported",
    needs=frozenset({"manifests"}),
)


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per module statement: what it writes, else what it reads."""

    def rank(_: int, reached: Reached) -> int:
        if reached.seed.kind == "filesystem-write":
            return 0
        return -1 if _is_brief(context, reached) else 1

    kinds = frozenset({"filesystem-write", "filesystem-read"})
    for arrival in arrivals(context, kinds, rank=rank, by_block=True):
        writes = arrival.reached.seed.kind == "filesystem-write"
        severity = INFO.severity if writes else "note"
        if is_aside(role(context, arrival.body)):
            severity = "note"
        what = "writes to the file system" if writes else "reads the file system"
        yield arrival_finding(context, INFO, arrival, what, severity)


def _is_brief(context: RuleContext, reached: Reached) -> bool:
    """Whether the read only asks whether something exists."""
    seed = reached.seed
    return any(
        each.qualifier == "brief" and each.place == seed.place and each.sink == seed.sink
        for each in context.graph.seeds[reached.holder]
    )
