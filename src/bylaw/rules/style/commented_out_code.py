"""``commented-out-code``: delegated to ruff's ERA001."""

from __future__ import annotations

from bylaw.model.roles import MIGRATION
from bylaw.rules.context import RuleContext
from bylaw.rules.delegated.ruff_run import RuffFinding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="commented-out-code",
    summary="A comment holds code that nobody runs.",
    clauses=("CON-QG",),
    severity="note",
    how="ruff",
    family="style",
    mend="delete it: the history keeps it",
)
RUFF_CODES = ("ERA001",)


def judge(context: RuleContext, module: int, found: RuffFinding) -> str:
    """A migration is not edited once it has run, comments included."""
    return "" if context.project.roles[module] == MIGRATION else INFO.severity
