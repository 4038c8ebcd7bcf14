"""``missing-annotation``: delegated to ruff's ANN rules."""

from __future__ import annotations

from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="missing-annotation",
    summary="A public function or method has a parameter or return value without a type.",
    clauses=("AP-PY08", "FS-3.1", "CON-IV"),
    severity="warning",
    how="ruff",
    family="delegated",
    mend="annotate it",
    default=False,
)
RUFF_CODES = ("ANN001", "ANN002", "ANN003", "ANN201", "ANN202", "ANN204", "ANN205", "ANN206")
