"""``commented-out-code``: delegated to ruff's ERA001."""

from __future__ import annotations

from bylaw.model.roles import MIGRATION
from bylaw.rules.context import RuleContext
from bylaw.rules.delegated.ruff_run import RuffFinding
from bylaw.rules.rule import RuleInfo
from bylaw.rules.style.comment_text import block_around, is_switched_off

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
    """The first line of a block that was code; a migration is not edited once it has run."""
    if context.project.roles[module] == MIGRATION:
        return ""
    lines = _lines(context, found.path)
    if found.line > len(lines) or not lines[found.line - 1].lstrip().startswith("#"):
        return ""
    first, block = block_around(lines, found.line)
    seen: set[tuple[str, int]] = context.memo.setdefault("commented-out", set())
    if (found.path, first) in seen or not is_switched_off(block, found.line - first):
        return ""
    seen.add((found.path, first))
    return INFO.severity


def _lines(context: RuleContext, path: str) -> list[str]:
    """Lines of a file in which ruff found something; facts hold no plain comments."""
    key = f"lines:{path}"
    if key not in context.memo:
        try:
            with open(f"{context.root}/{path}", encoding="utf-8", errors="replace") as file:
                context.memo[key] = file.read().split("\n")
        except OSError:
            context.memo[key] = []
    lines: list[str] = context.memo[key]
    return lines
