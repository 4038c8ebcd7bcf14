"""Where a text begins to differ from what it was."""

from __future__ import annotations

import difflib


def first_difference(before: str, after: str) -> int:
    """The first line of a text that another version does not have.

    Args:
        before: the other version.
        after: the text.

    Returns:
        A 1-based line; the place of the first removed one where nothing came new.
    """
    old, new = before.splitlines(), after.splitlines()
    removed = 0
    for tag, _, _, start, _ in difflib.SequenceMatcher(None, old, new, False).get_opcodes():
        if tag in ("replace", "insert") and any(row.strip() for row in new[start : start + 1]):
            return start + 1
        if tag != "equal":
            removed = removed or max(1, min(start + 1, len(new)))
    return removed or 1
