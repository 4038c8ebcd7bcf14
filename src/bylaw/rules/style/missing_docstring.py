"""``missing-docstring``: delegated to ruff's pydocstyle rules in Google's convention."""

from __future__ import annotations

from bylaw.model.roles import MIGRATION, TEST
from bylaw.rules.context import RuleContext
from bylaw.rules.delegated.ruff_run import RuffFinding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="missing-docstring",
    summary="A public class or function has no docstring, or one that leaves out parameters.",
    clauses=("CON-IV",),
    severity="warning",
    how="ruff",
    family="style",
    mend="say in one sentence what it is for; list Args, Returns and Raises where there are any",
    default=False,
)
RUFF_CODES = ("D101", "D102", "D103", "D417", "D419")


def judge(context: RuleContext, module: int, found: RuffFinding) -> str:
    """Tests and migrations are no interface that anybody calls."""
    return "" if context.project.roles[module] in (TEST, MIGRATION) else INFO.severity
