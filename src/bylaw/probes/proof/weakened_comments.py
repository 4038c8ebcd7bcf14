"""Comments that silence a checker and were not there before."""

from __future__ import annotations

import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator

from bylaw.probes.proof.change import Change
from bylaw.probes.proof.weakened_settings import COVERAGE, FORMAT, LINT, TYPES

_SILENCES = (
    (LINT, re.compile(r"#\s*(?:(?:ruff|flake8)\s*:\s*)?noqa\b[^#]*", re.IGNORECASE)),
    (LINT, re.compile(r"#\s*pylint\s*:\s*(?:disable|skip-file)\b[^#]*")),
    (TYPES, re.compile(r"#\s*(?:type|pyright)\s*:\s*ignore\b(?:\s*\[[^\]]*\])?")),
    (TYPES, re.compile(r"#\s*mypy\s*:\s*(?:ignore-errors|disable-error-code|allow-)[^#]*")),
    (COVERAGE, re.compile(r"#\s*pragma\s*:\s*no[ -]?(?:cover|branch)\b", re.IGNORECASE)),
    (FORMAT, re.compile(r"#\s*fmt\s*:\s*off\b")),
)
_HINT = re.compile(r"noqa|pylint|ignore|mypy|pragma|fmt", re.IGNORECASE)


def weakened_comments(change: Change) -> Iterator[tuple[str, str, int, str]]:
    """Comments that silence more than before; one that only moves, between files too, does not.

    Args:
        change: the change.

    Yields:
        The check, the file, the line and what is silenced.
    """
    had: Counter[tuple[str, str]] = Counter()
    now: list[tuple[str, str, int, str]] = []
    for each in change.files:
        if each.path.endswith((".py", ".pyi")):
            had.update((check, text) for check, _, text in _comments(each.before))
            now += [(check, each.path, line, text) for check, line, text in _comments(each.after)]
    for check, path, line, text in now:
        if had[check, text] > 0:
            had[check, text] -= 1
        else:
            yield check, path, line, f"new comment: {text}"


def _comments(text: str | None) -> Iterator[tuple[str, int, str]]:
    """Check, line and text of every comment that silences one."""
    if not text or _HINT.search(text) is None:
        return
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and _HINT.search(token.string):
                for check, pattern in _SILENCES:
                    for found in pattern.finditer(token.string):
                        yield check, token.start[0], " ".join(found[0].split())
    except (tokenize.TokenError, SyntaxError):
        return
