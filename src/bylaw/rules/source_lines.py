"""Lines of files as they stand, for what facts do not hold: plain comments."""

from __future__ import annotations

from bylaw.rules.context import RuleContext


def enclosing_test(context: RuleContext, path: str, line: int) -> str:
    """The line that opens the block a statement stands in, without its indentation.

    Args:
        context: what the rule may ask.
        path: file relative to the root.
        line: of the statement.

    Returns:
        ``if DEBUG:`` and the like; empty where nothing is around it.
    """
    lines = source_lines(context, path)[:line]
    inner = len(lines[-1]) - len(lines[-1].lstrip()) if lines else 0
    for each in reversed(lines[:-1]):
        bare = each.lstrip()
        if bare and len(each) - len(bare) < inner:
            return bare
    return ""


def source_lines(context: RuleContext, path: str) -> list[str]:
    """Lines of a file in which something was found; read once per run.

    Args:
        context: what the rule may ask.
        path: file relative to the root.

    Returns:
        Its lines without their ends; none where the file is gone.
    """
    key = f"lines:{path}"
    if key not in context.memo:
        try:
            with open(f"{context.root}/{path}", encoding="utf-8", errors="replace") as file:
                context.memo[key] = file.read().split("\n")
        except OSError:
            context.memo[key] = []
    lines: list[str] = context.memo[key]
    return lines
