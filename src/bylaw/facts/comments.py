"""Finds the comments that speak to Bylaw or silence a delegated rule."""

from __future__ import annotations

from typing import Any

Comment = tuple[int, int, str, bool]
"""Line, 1-based column, text from ``#``, and whether the comment stands alone on its line."""


def find_comments(source: bytes) -> tuple[Comment, ...]:
    """Comments with ``bylaw:``, ``noqa`` or ``type: ignore`` in them.

    Args:
        source: the file's bytes.

    Returns:
        One entry per comment, in order; the comment above a ``type: ignore`` counts as well,
        because it may explain it. Files without any of the words cost a search for each.
    """
    has_bylaw = b"bylaw:" in source
    has_ignore = b"type: ignore" in source or b"type:ignore" in source
    if not has_bylaw and not has_ignore and b"noqa" not in source and b"NOQA" not in source:
        return ()
    if has_bylaw:
        found = _tokenized(source)
        if found is not None:
            return found
    return _scanned(source)


def _speaks(text: str) -> bool:
    return "bylaw:" in text or "noqa" in text.lower() or _ignores_type(text)


def _ignores_type(text: str) -> bool:
    return "type: ignore" in text or "type:ignore" in text


def _tokenized(source: bytes) -> tuple[Comment, ...] | None:
    import io
    import tokenize

    found: list[Comment] = []
    before: Comment | None = None
    try:
        for token in tokenize.tokenize(io.BytesIO(source).readline):
            if token.type != tokenize.COMMENT:
                continue
            alone = not token.line[: token.start[1]].strip()
            comment = (token.start[0], token.start[1] + 1, token.string, alone)
            if _speaks(token.string):
                _add(found, comment, before)
            before = comment
    except (tokenize.TokenError, SyntaxError, ValueError, IndentationError):
        return None
    return tuple(found)


def _add(found: list[Comment], comment: Comment, before: Comment | None) -> None:
    """Keeps a comment, after the one on the line above where that may say why a type is ignored."""
    above = before is not None and before[3] and before[0] == comment[0] - 1
    if before is not None and above and _ignores_type(comment[2]) and found[-1:] != [before]:
        found.append(before)
    found.append(comment)


def _scanned(source: bytes) -> tuple[Comment, ...]:
    """Line by line: the last ``#`` whose comment holds the word; cheap, right outside strings."""
    found: list[Comment] = []
    previous = b""
    for number, raw in enumerate(source.split(b"\n"), 1):
        lowered: Any = raw.lower()
        places = (lowered.find(b"noqa"), lowered.find(b"bylaw:"), _place_of_ignore(raw))
        word = min((place for place in places if place >= 0), default=-1)
        start = raw.rfind(b"#", 0, word) if word >= 0 else -1
        if start >= 0:
            above = previous.lstrip()
            before = None
            if places[2] >= 0 and above.startswith(b"#"):
                before = _comment(number - 1, previous, len(previous) - len(above))
            _add(found, _comment(number, raw, start), before)
        previous = raw
    return tuple(found)


def _place_of_ignore(line: bytes) -> int:
    place = line.find(b"type: ignore")
    return place if place >= 0 else line.find(b"type:ignore")


def _comment(number: int, raw: bytes, start: int) -> Comment:
    text = raw[start:].decode("utf-8", "replace").rstrip()
    column = len(raw[:start].decode("utf-8", "replace")) + 1
    return number, column, text, not raw[:start].strip()
