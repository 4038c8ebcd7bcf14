"""Lines of files as they stand, for what facts do not hold: plain comments."""

from __future__ import annotations

from bylaw.rules.context import RuleContext


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
