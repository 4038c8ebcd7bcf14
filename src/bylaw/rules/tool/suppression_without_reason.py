"""``suppression-without-reason``: about the tool itself; reported by the analysis."""

from __future__ import annotations

from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="suppression-without-reason",
    summary="A suppression comment that names no rule or gives no reason; it silences nothing.",
    clauses=(),
    severity="error",
    how="tool",
    family="tool",
    mend="write # bylaw: ignore[rule-name] and why",
)
