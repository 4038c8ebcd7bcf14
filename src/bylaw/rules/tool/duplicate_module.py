"""``duplicate-module``: two files claim one module name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.rules.context import RuleContext
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="duplicate-module",
    summary="Two files claim one module name, so that one of them can never be imported.",
    clauses=(),
    severity="error",
    how="tool",
    family="tool",
    mend="rename or remove one of the two",
)

_GUARD = re.compile(r"^if __name__ ==", re.MULTILINE)


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per shadowed file, at its first line."""
    for each in context.project.duplicates:
        text = context.repository.text(each.shadowed)
        severity = "note" if _GUARD.search(text) else INFO.severity  # it is run, by its path
        yield Finding(
            INFO.name, INFO.clauses, severity, "definite", each.shadowed, 1, 1, 1, each.name,
            f"module {each.name} is {each.winner}; this file cannot be imported", INFO.mend,
            each.name,
        )  # fmt: skip
