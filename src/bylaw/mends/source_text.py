"""A file as text and as bytes at once: places of the syntax tree become byte ranges."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from typing import NamedTuple

from bylaw.mends.edit import Edit

_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(r"\r\n|\r|\n")


class SourceText(NamedTuple):
    """One parsed file.

    Attributes:
        path: relative to the root.
        data: its bytes.
        text: the same as text, line endings as they are, without the byte order mark.
        tree: its syntax.
        encoding: as PEP 263 finds it.
        lines: position in ``text`` at which each line starts.
    """

    path: str
    data: bytes
    text: str
    tree: ast.Module
    encoding: str
    lines: tuple[int, ...]

    @property
    def newline(self) -> str:
        """The ending of the first line; a line feed where there is only one."""
        found = _LINE_END.search(self.text)
        return found.group() if found else "\n"

    def at(self, line: int, column: int) -> int:
        """Position in the text of a place in the syntax tree (line from 1, column in UTF-8)."""
        start = self.lines[line - 1]
        end = self.lines[line] if line < len(self.lines) else len(self.text)
        row = self.text[start:end]
        if row.isascii():
            return start + column
        return start + len(row.encode()[:column].decode())

    def start(self, node: ast.stmt | ast.expr | ast.alias) -> int:
        """Position where a node starts."""
        return self.at(node.lineno, node.col_offset)

    def end(self, node: ast.stmt | ast.expr | ast.alias) -> int:
        """Position after a node."""
        return self.at(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)

    def line_end(self, position: int) -> int:
        """Position after the line, its ending included, that holds a position."""
        found = _LINE_END.search(self.text, position)
        return found.end() if found else len(self.text)

    def edit(self, start: int, end: int, replacement: str) -> Edit:
        """The edit that puts other text in the place of a range of the text."""
        first = len(self.text[:start].encode(self.encoding))
        size = len(self.text[start:end].encode(self.encoding))
        first += len(_BOM) if self.data.startswith(_BOM) else 0
        return Edit(self.path, first, first + size, replacement.encode(self.encoding))


def read_source(path: str, data: bytes) -> SourceText | None:
    """Parses a file for mending.

    Args:
        path: relative to the root.
        data: its content.

    Returns:
        The file; None where it does not parse, or its bytes cannot be found again from its text.
    """
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        encoding = "utf-8" if encoding == "utf-8-sig" else encoding
        body = data.removeprefix(_BOM)
        text = body.decode(encoding)
        if text.encode(encoding) != body or "\f" in text:
            return None
        tree = ast.parse(data)
    except (SyntaxError, ValueError, LookupError, RecursionError, MemoryError):
        return None
    starts = (0, *(found.end() for found in _LINE_END.finditer(text)))
    return SourceText(path, data, text, tree, encoding, starts)
