"""One Python file in, its facts out. Pure: bytes to tuples, standard library only.

Standard library only, so that any interpreter on the machine can run it on files whose syntax is
newer than ours.
"""

from __future__ import annotations

import ast
import gc
import sys
import warnings
from typing import Any

from bylaw.facts import schema as F
from bylaw.facts.comments import find_comments
from bylaw.facts.scope import Extraction, finish_function
from bylaw.facts.statements import visit_body

_DEPTH = 12_000
"""Frames a deeply nested expression may take; Python-to-Python calls use no C stack since 3.11."""


class NotParsed(Exception):
    """The file could not be read as Python.

    Attributes:
        code: ``syntax``, ``encoding``, ``null-bytes`` or ``too-deep``.
        line: 1-based line of the problem, 1 where unknown.
    """

    def __init__(self, code: str, message: str, line: int) -> None:
        super().__init__(message)
        self.code = code
        self.line = line


def parse(source: bytes) -> ast.Module:
    """Parses source bytes, coding cookie included.

    Raises:
        NotParsed: for anything that is not a module this interpreter reads.
    """
    try:
        return ast.parse(source)
    except SyntaxError as error:
        code = "encoding" if "codec" in str(error) or "encoding" in str(error) else "syntax"
        raise NotParsed(code, error.msg or "invalid syntax", error.lineno or 1) from None
    except UnicodeDecodeError as error:
        raise NotParsed("encoding", f"not valid text: {error.reason}", 1) from None
    except ValueError as error:
        code = "null-bytes" if "null" in str(error) else "syntax"
        line = source.count(b"\n", 0, max(source.find(b"\0"), 0)) + 1
        raise NotParsed(code, str(error), line) from None
    except (RecursionError, MemoryError):
        raise NotParsed("too-deep", "nested too deeply to parse", 1) from None


def extract(source: bytes) -> tuple[Any, ...]:
    """Facts of one module (see ``bylaw.facts.schema``).

    Args:
        source: the file's bytes.

    Returns:
        The facts, a tuple of plain values.

    Raises:
        NotParsed: when the source is not a module this interpreter can read.
    """
    tree = parse(source)
    state = Extraction(None if source.isascii() else _character_lines(source))
    try:
        visit_body(state, tree.body)
    except RecursionError:
        raise NotParsed("too-deep", "nested too deeply to analyse", 1) from None
    lines = source.count(b"\n") + 1
    head = ("", 1, 1, lines, 0, -1, -1, (), None, ())
    finish_function(state, state.scope, head)
    return (
        tuple(state.imports),
        tuple(state.bindings),
        tuple(state.functions),
        tuple(state.classes),
        tuple(state.situations),
        find_comments(source),
        tuple(state.stars),
        state.file_flags,
    )


def _character_lines(source: bytes) -> list[bytes]:
    """Lines as UTF-8, which is what the parser's offsets count, whatever the coding cookie says."""
    import io
    import tokenize

    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        if encoding not in ("utf-8", "utf-8-sig"):
            source = source.decode(encoding).encode("utf-8")
        elif source.startswith(b"\xef\xbb\xbf"):
            source = source[3:]
    except (SyntaxError, LookupError, UnicodeDecodeError):
        pass
    return source.splitlines()


def prepare_interpreter() -> None:
    """Settings an extracting process wants: no collector, deep expressions, no warnings."""
    gc.disable()
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _DEPTH))
    warnings.simplefilter("ignore")


__all__ = ["F", "NotParsed", "extract", "parse", "prepare_interpreter"]
