"""``pack-conflict``: about the tool itself; reported by the analysis."""

from __future__ import annotations

from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="pack-conflict",
    summary="Two enabled packs contradict each other, and nobody has decided between them.",
    clauses=(),
    severity="warning",
    how="tool",
    family="tool",
    mend="write the choice under [decisions] in bylaw.toml",
)
