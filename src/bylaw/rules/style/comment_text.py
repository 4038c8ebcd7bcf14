"""What stands in a block of comments: code somebody switched off, or words and examples."""

from __future__ import annotations

import re
from collections.abc import Sequence

_STATEMENT = re.compile(
    r"\w\(|\w\s*=(?!=)|\w\s*\+=|^@\w|^(import|from|def|class|return|if|for|while|with|try|raise|"
    r"assert|await|async|del|yield|pass|else|elif|except|finally|break|continue|print)\b"
)
_KEYWORD = re.compile(r"^(else|try|finally|lambda|default)$")
_LABEL = re.compile(r"^([A-Za-z][\w-]*):\s+\S")
_ENUMERATED = re.compile(r"^(\w{1,2}[.)]|[-*])\s")
_PROSE_IN_BRACKETS = re.compile(r"^\([\w\s,.'`-]+\)[.,:]?$")
_ELLIPSIS = re.compile(r"\(\s*\.\.\.\s*\)|=\s*\.\.\.|, \.\.\.")
_RULED = re.compile(r"^[-=~*_#]{3,}$")
_PROSE = re.compile(r"^[`\"'*(]*[A-Za-z][\w'`*-]*(?:[ ,;:]+[`\"'*(]*[\w'`*().-]+){3,}[.,;:!?`)]*$")
_LINKS = (" by", " of", " and", " or", " the", " to", " with", " in", " via", " from", " /")
_WITH_VALUE = re.compile(r"^[a-z]\w*=[^\s,]+(?: \(.*\))?$")
"""Says which case it is: ``merge=True``, ``value=5 (binary: 101)``; an argument has a comma."""
_CALCULATED = re.compile(r"^\w+:\s*[\d(].*=")
_TABLE = re.compile(r"\w\s+\|\s.*\s\|\s")
_BARE = re.compile(r"^(return|del|raise|yield|import|from|assert|global) [a-z_]+$")
_STATED = re.compile(r"^[\"'`].*?[\"'`] (is|are|was|means|becomes|gives)\b")
_DIRECTIVE = re.compile(r"^\w+(?:-\w+)+\s*[(:]|^(?:nosec|noinspection|pragma)\b")
"""Speaks to a tool: ``trunk-ignore(ruff/E501)``."""
_WORDS = (_DIRECTIVE, _STATED, _ELLIPSIS, _CALCULATED, _TABLE)


def block_around(lines: Sequence[str], line: int) -> tuple[int, list[str]]:
    """The lines that hold nothing but a comment, without a gap around one of them.

    Args:
        lines: of the file.
        line: 1-based line of a comment.

    Returns:
        Line of the first one, and what stands after each ``#``.
    """
    first = last = line
    while first > 1 and lines[first - 2].lstrip().startswith("#"):
        first -= 1
    while last < len(lines) and lines[last].lstrip().startswith("#"):
        last += 1
    return first, [_text(each) for each in lines[first - 1 : last]]


def start_of_section(lines: Sequence[str], line: int) -> int:
    """First line of the comments that reach a line with nothing but empty lines between them."""
    first = line
    while line > 1:
        text = lines[line - 2].lstrip()
        if text.startswith("#"):
            first = line - 1
        elif text:
            break
        line -= 1
    return first


def _text(comment: str) -> str:
    """What stands after the ``#`` and its space; what is further in keeps its distance."""
    return comment.lstrip().lstrip("#")


def is_switched_off(block: Sequence[str], index: int) -> bool:
    """Whether a line that parses as code is code that used to run.

    Words parse as code by chance; a literal over several lines shows what data looks like; what
    stands further in below a sentence that ends in a colon is its example.
    """
    text = block[index].strip()
    if any(each.search(text) for each in (_ENUMERATED, _PROSE_IN_BRACKETS, *_WORDS)):
        return False
    if len(block) == 1 and _WITH_VALUE.match(text):
        return False
    if _is_heading(block, index) or _is_in_prose(block, index):
        return False
    label = _LABEL.match(text)
    if label and "=" not in text and not _KEYWORD.match(label[1]):
        return False
    statements = sum(bool(_STATEMENT.search(each.strip())) for each in block)
    if statements == 1 and _BARE.match(text):
        return False
    if not statements:
        return len(block) == 1 and text.endswith(",")
    return not _is_example(block, index)


def _is_heading(block: Sequence[str], index: int) -> bool:
    """Whether a line stands between rules: ``# -----``, ``# score()``, ``# -----``."""
    return index > 0 and bool(_RULED.match(block[index - 1].strip())) and len(block) <= 3


def _is_in_prose(block: Sequence[str], index: int) -> bool:
    """Whether a line goes on a sentence of the line before, or is gone on by the next.

    ``# Filled by`` / ``# queue_update() and applied later`` parses by chance, if at all.
    """
    text = block[index].strip()
    before = block[index - 1].strip() if index else ""
    after = block[index + 1].strip() if index + 1 < len(block) else ""
    continues = bool(_PROSE.match(before)) and not _STATEMENT.search(before)
    goes_on = after[:1].islower() and bool(_PROSE.match(after)) and not _STATEMENT.search(after)
    if (continues and before[-1:] in ",;-") or before.endswith(_LINKS):
        return not text.endswith((":", ")")) or goes_on
    return goes_on and continues


def _is_example(block: Sequence[str], index: int) -> bool:
    depth = _indent(block[index])
    for above in range(index - 1, -1, -1):
        text = block[above].strip()
        if not text:
            continue
        if _indent(block[above]) < depth:
            return text.endswith(":") and " " in text and not _STATEMENT.search(text)
    return False


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())
