"""``unused-suppression``: about the tool itself; reported by the analysis."""

from __future__ import annotations

from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="unused-suppression",
    summary="A suppression comment that silences nothing in this run.",
    clauses=(),
    severity="warning",
    how="tool",
    family="tool",
    mend="remove the comment",
)
