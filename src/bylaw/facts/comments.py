"""Finds the comments that speak to Bylaw or silence a delegated rule."""

from __future__ import annotations

from typing import Any

Comment = tuple[int, int, str, bool]
"""Line, 1-based column, text from ``#``, and whether the comment stands alone on its line."""


def find_comments(source: bytes) -> tuple[Comment, ...]:
    """Comments with ``bylaw:`` or ``noqa`` in them.

    Args:
        source: the file's bytes.

    Returns:
        One entry per comment, in order. Files without either word cost one search.
    """
    has_bylaw = b"bylaw:" in source
    if not has_bylaw and b"noqa" not in source and b"NOQA" not in source:
        return ()
    if has_bylaw:
        found = _tokenized(source)
        if found is not None:
            return found
    return _scanned(source)


def _speaks(text: str) -> bool:
    return "bylaw:" in text or "noqa" in text.lower()


def _tokenized(source: bytes) -> tuple[Comment, ...] | None:
    import io
    import tokenize

    found: list[Comment] = []
    try:
        for token in tokenize.tokenize(io.BytesIO(source).readline):
            if token.type == tokenize.COMMENT and _speaks(token.string):
                alone = not token.line[: token.start[1]].strip()
                found.append((token.start[0], token.start[1] + 1, token.string, alone))
    except (tokenize.TokenError, SyntaxError, ValueError, IndentationError):
        return None
    return tuple(found)


def _scanned(source: bytes) -> tuple[Comment, ...]:
    """Line by line: the last ``#`` whose comment holds the word; cheap, right outside strings."""
    found: list[Comment] = []
    for number, raw in enumerate(source.split(b"\n"), 1):
        lowered: Any = raw.lower()
        word = lowered.find(b"noqa")
        if word < 0:
            word = lowered.find(b"bylaw:")
        if word < 0:
            continue
        start = raw.rfind(b"#", 0, word)
        if start < 0:
            continue
        text = raw[start:].decode("utf-8", "replace").rstrip()
        column = len(raw[:start].decode("utf-8", "replace")) + 1
        found.append((number, column, text, not raw[:start].strip()))
    return tuple(found)
