"""``relative-import``: delegated to ruff's TID252 with every relative import banned."""

from __future__ import annotations

from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="relative-import",
    summary="A module of the project is imported relative to the importing file.",
    clauses=("EC-2.1",),
    severity="warning",
    how="ruff",
    family="delegated",
    mend="spell the import from the package root",
    default=False,
)
RUFF_CODES = ("TID252",)
