"""``# noqa`` comments, read by the grammar flake8 and ruff share."""

from __future__ import annotations

SPACE = " \t\f\v"


def noqa_codes(comment: str) -> frozenset[str] | None:
    """What a ``noqa`` comment silences on its line.

    Follows flake8's grammar, and ruff's reading where the two differ (ruff makes the findings
    this is asked for): codes are upper case, and a colon without a code silences nothing.

    Args:
        comment: the comment, from ``#``.

    Returns:
        The codes; an empty set for a blanket ``noqa``; None where there is no valid one.
    """
    start = 0
    while (start := comment.find("#", start)) >= 0:
        start += 1
        at = skip_space(comment, start)
        if comment[at : at + 4].lower() == "noqa":
            return _noqa_tail(comment, at + 4)
        start = max(start, at)
    return None


def file_noqa_codes(comment: str) -> frozenset[str] | None:
    """What ``# ruff: noqa`` or ``# flake8: noqa``, alone on its line, silences in its file.

    Args:
        comment: the comment, from ``#``.

    Returns:
        As ``noqa_codes``.
    """
    start = 0
    while (start := comment.find("#", start)) >= 0:
        start += 1
        at = skip_space(comment, start)
        word = next((w for w in ("ruff", "flake8") if comment.startswith(w, at)), "")
        colon = skip_space(comment, at + len(word))
        if word and comment[colon : colon + 1] == ":":
            at = skip_space(comment, colon + 1)
            if comment[at : at + 4].lower() == "noqa":
                return _noqa_tail(comment, at + 4)
        start = max(start, at)
    return None


def _noqa_tail(comment: str, end: int) -> frozenset[str] | None:
    """The codes after the word ``noqa``, which ends at ``end``."""
    colon = skip_space(comment, end)
    if comment[colon : colon + 1] != ":":
        blanket = colon > end or end == len(comment) or comment[end] == "#"
        return frozenset() if blanket else None
    codes = set()
    at = skip_space(comment, colon + 1, SPACE + ",")
    while (stop := _code_end(comment, at)) > at:
        follower = comment[stop : stop + 1]
        if follower and not follower.isalnum() and follower not in SPACE + ",#":
            break
        codes.add(comment[at:stop])
        at = skip_space(comment, stop, SPACE + ",")
    return frozenset(codes) or None


def _code_end(comment: str, at: int) -> int:
    """End of the code (letters, then digits) that starts at ``at``; ``at`` where none does."""
    letters = at
    while "A" <= comment[letters : letters + 1] <= "Z":
        letters += 1
    end = letters
    while "0" <= comment[end : end + 1] <= "9":
        end += 1
    return end if letters > at and end > letters else at


def skip_space(text: str, at: int, skipped: str = SPACE) -> int:
    """Position of the first character at or after ``at`` that is not to be passed over."""
    while at < len(text) and text[at] in skipped:
        at += 1
    return at
