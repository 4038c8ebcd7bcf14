"""``syntax-not-supported``: about the tool itself; reported by the analysis."""

from __future__ import annotations

from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="syntax-not-supported",
    summary="A file that this run could not parse, so that nothing is known about it.",
    clauses=(),
    severity="error",
    how="tool",
    family="tool",
    mend="mend the syntax, or run Bylaw where an interpreter as new as the file is installed",
)
