"""``stale-baseline``: about the tool itself; reported by the analysis."""

from __future__ import annotations

from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="stale-baseline",
    summary="A baseline entry that no finding matches any more.",
    clauses=(),
    severity="warning",
    how="tool",
    family="tool",
    mend="run bylaw check --update-baseline",
)
