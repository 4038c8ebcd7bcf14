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
from bylaw.facts.branches import leaves_process
from bylaw.facts.comments import find_comments
from bylaw.facts.exceptions import is_constant
from bylaw.facts.failures import mark_failures
from bylaw.facts.literals import find_literals
from bylaw.facts.scope import Extraction, finish_function
from bylaw.facts.statements import visit_body

_DEPTH = 12_000
"""Frames a deeply nested expression may take; Python-to-Python calls use no C stack since 3.11."""

_BYTES_PER_FRAME = 700
"""Stack the parser may take for each of them (it allows itself three levels of tree a frame)."""


class NotParsedError(Exception):
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
        NotParsedError: for anything that is not a module this interpreter reads.
    """
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise _reason(source, error.msg or "invalid syntax", error.lineno or 1) from None
    except ValueError as error:
        raise _reason(source, str(error), 1) from None
    except (RecursionError, MemoryError):
        raise NotParsedError("too-deep", "nested too deeply to parse", 1) from None


def _reason(source: bytes, message: str, line: int) -> NotParsedError:
    """What is really wrong with a file; the parser's words differ from version to version."""
    null = source.find(b"\0")
    if source.startswith((b"\xff\xfe", b"\xfe\xff")):
        return NotParsedError("encoding", "UTF-16, which Python does not read", 1)
    if null >= 0:
        return NotParsedError("null-bytes", "holds null bytes", source.count(b"\n", 0, null) + 1)
    undecoded = _undecoded(source)
    if undecoded is not None:
        return undecoded
    if message.startswith("too many"):
        return NotParsedError("too-deep", message, line)
    # At its end the parser counts one line more than there is.
    return NotParsedError("syntax", message, max(1, min(line, _count_lines(source))))


def _undecoded(source: bytes) -> NotParsedError | None:
    """The first byte that is no text in the file's encoding."""
    import io
    import tokenize

    encoding = "utf-8"
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        source.decode(encoding)
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        found = source[error.start] if error.start < len(source) else 0
        return NotParsedError("encoding", f"byte 0x{found:02x} is not valid {encoding}", line)
    except (SyntaxError, LookupError, ValueError) as error:
        head = source.split(b"\n", 2)[:2]
        line = next((number for number, each in enumerate(head, 1) if b"coding" in each), 1)
        if isinstance(error, SyntaxError) and "utf-8" in str(error):
            # The first lines themselves are not UTF-8, and no cookie says what they are.
            return _not_utf8(source)
        return NotParsedError("encoding", str(error), line)
    return None


def _not_utf8(source: bytes) -> NotParsedError:
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{source[error.start]:02x} is not valid utf-8"
        return NotParsedError("encoding", message, line)
    return NotParsedError("encoding", "the coding cookie contradicts the byte order mark", 1)


def _count_lines(source: bytes) -> int:
    return max(1, source.count(b"\n") + (not source.endswith(b"\n")))


def extract(source: bytes) -> tuple[Any, ...]:
    """Facts of one module (see ``bylaw.facts.schema``).

    Args:
        source: the file's bytes.

    Returns:
        The facts, a tuple of plain values.

    Raises:
        NotParsedError: when the source is not a module this interpreter can read.
    """
    if b"\r" in source:
        # As the parser does it; everything below counts lines by their line feeds.
        source = source.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    tree = parse(source)
    state = Extraction(None if source.isascii() else _character_lines(source))
    state.file_flags = F.HAS_SHEBANG if source.startswith(b"#!") else 0
    if tree.body and leaves_process(tree.body[-1]):
        state.file_flags |= F.ENDS_WITH_STATUS
    literals = find_literals(source, tree)
    try:
        visit_body(state, tree.body)
        if state.scope.handlers:
            mark_failures(state.scope, tree.body, is_constant)
    except RecursionError:
        raise NotParsedError("too-deep", "nested too deeply to analyse", 1) from None
    head = ("", 1, 1, _count_lines(source), 0, -1, -1, (), None, ())
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
        tuple(state.declared),
        literals,
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
    except (SyntaxError, LookupError, ValueError):
        pass
    return source.split(b"\n")


def prepare_interpreter() -> None:
    """Settings a process wants that only extracts: no collector, deep expressions, no warnings."""
    gc.disable()
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _deepest()))
    warnings.simplefilter("ignore")


def _deepest() -> int:
    """Frames the stack bears: the parser builds its tree on it, and overflowing it kills us."""
    try:
        import resource

        stack = resource.getrlimit(resource.RLIMIT_STACK)[0]
    except (ImportError, OSError, ValueError):
        return _DEPTH
    if stack == resource.RLIM_INFINITY:
        return _DEPTH
    return max(1000, min(_DEPTH, stack // _BYTES_PER_FRAME))


class PreparedInterpreter:
    """The same settings for a while, in a process that has other things to do as well."""

    def __enter__(self) -> None:
        self._collecting = gc.isenabled()
        self._depth = sys.getrecursionlimit()
        self._warnings = warnings.catch_warnings()
        self._warnings.__enter__()
        prepare_interpreter()

    def __exit__(self, *_: object) -> None:
        self._warnings.__exit__(None, None, None)
        sys.setrecursionlimit(self._depth)
        if self._collecting:
            gc.enable()


__all__ = ["F", "NotParsedError", "PreparedInterpreter", "extract", "parse", "prepare_interpreter"]
