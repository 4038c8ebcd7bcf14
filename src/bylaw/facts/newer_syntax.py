"""Newer spellings turned into older ones of the same meaning, so that facts can be read at all.

Only spellings whose rewrite keeps every line where it was: PEP 758 (``except A, B:``), PEP 695
(``type X = ...`` and ``def f[T]``), PEP 696 defaults in them, PEP 750 (``t"..."``) and PEP 810
(``lazy import``). A rewrite is only tried on a file that does not parse as it stands.
"""

from __future__ import annotations

import re

_EXCEPT = re.compile(
    rb"^(?P<head>[ \t]*except\*?[ \t]+)(?P<types>[\w.]+(?:[ \t]*,[ \t]*[\w.]+)+)[ \t]*:", re.M
)
_TYPE_ALIAS = re.compile(rb"^(?P<indent>[ \t]*)type[ \t]+(?P<name>\w+)(?P<rest>[ \t]*[\[=])", re.M)
_PARAMETERS = re.compile(rb"^[ \t]*(?:async[ \t]+def|def|class)[ \t]+\w+(?P<open>\[)", re.M)
_TEMPLATE = re.compile(rb"(?<![\w\"'])(?P<before>[rR]?)[tT](?P<after>[rR]?)(?=[\"'])")
_LAZY = re.compile(rb"^(?P<indent>[ \t]*)lazy[ \t]+(?P<word>import|from)\b", re.M)


def rewrite_newer_syntax(source: bytes) -> bytes | None:
    """The same module in older syntax.

    Args:
        source: a file's bytes that this interpreter cannot parse.

    Returns:
        Rewritten bytes with the same lines, or None when there is nothing to rewrite.
    """
    result = _EXCEPT.sub(rb"\g<head>(\g<types>):", source)
    result = _LAZY.sub(rb"\g<indent>\g<word>     ", result) if b"lazy " in result else result
    result = _without_parameters(result)
    result = _TYPE_ALIAS.sub(_alias, result)
    result = _TEMPLATE.sub(rb"\g<before>f\g<after>", result)
    return result if result != source else None


def _alias(match: re.Match[bytes]) -> bytes:
    return match["indent"] + match["name"] + b"     " + match["rest"]


def _without_parameters(source: bytes) -> bytes:
    """Blanks type parameter lists; one that spans lines keeps them by moving into the next ones."""
    pieces: list[bytes] = []
    start = 0
    for match in _PARAMETERS.finditer(source):
        begin = match.start("open")
        end = _closing(source, begin)
        if begin < start or end is None:
            continue
        inside = source[begin : end + 1]
        blank = b" " * len(inside) if b"\n" not in inside else b"\\\n" * inside.count(b"\n")
        pieces += [source[start:begin], blank]
        start = end + 1
    return _alias_parameters(b"".join([*pieces, source[start:]]))


def _alias_parameters(source: bytes) -> bytes:
    """Blanks the parameters of ``type X[T] = ...``."""
    return re.sub(
        rb"^([ \t]*type[ \t]+\w+)(\[[^\]\n]*\])(?=[ \t]*=)",
        lambda match: match[1] + b" " * len(match[2]),
        source,
        flags=re.M,
    )


def _closing(source: bytes, begin: int) -> int | None:
    depth = 0
    for offset in range(begin, min(len(source), begin + 2000)):
        each = source[offset]
        if each == 91:
            depth += 1
        elif each == 93:
            depth -= 1
            if depth == 0:
                return offset
    return None
