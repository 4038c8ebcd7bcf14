"""``test-written-after``: no test of a change fails without it; the test probe says so."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.rules.context import RuleContext
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="test-written-after",
    summary="No new or changed test of a change fails without it, so that nothing shows it came "
    "first.",
    clauses=("CON-WF", "CON-TDD", "CON-GOV", "CON-GIT-RV"),
    severity="warning",
    how="probe",
    family="change",
    mend="write a test that fails on the base and passes with the change",
    default=False,
    needs=frozenset({"base"}),
)
_COMMAND = (
    "only running tells: bylaw probe tests --only red-green > FILE, then --with-observations FILE"
)


def find(context: RuleContext) -> Iterator[Finding]:
    """Nothing: findings come with the observations of the probe, and without them it is open."""
    context.not_verified(INFO, _COMMAND)
    yield from ()
