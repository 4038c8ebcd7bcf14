"""What an exception says about why a test failed."""

from __future__ import annotations

import traceback
from types import TracebackType
from typing import Any

from bylaw_tests_agent.places import Places, first_party_frames

_LONGEST = 400
_DEEPEST = 8


class TimeLimit(BaseException):
    """Raised in a test that takes longer than one may; no ``except Exception`` catches it."""


def described(
    error: BaseException, trace: TracebackType | None, places: Places, assertions: tuple[Any, ...]
) -> dict[str, Any]:
    """A failure as the host reads it.

    Args:
        error: what was raised.
        trace: where it passed.
        places: the project's files.
        assertions: exception classes that mean that an expectation was not met.
    """
    cause = _innermost(error)
    if type(error).__name__ == "CollectError" and cause is not error:
        error, trace = cause, cause.__traceback__  # pytest's own class says only where
    return {
        "type": type(error).__name__,
        "message": _text(error),
        "assertion": isinstance(error, assertions),
        "timeout": isinstance(error, TimeLimit),
        "frames": first_party_frames(trace, places) or first_party_frames(
            cause.__traceback__, places),
        "missing": _missing(cause) or _missing(error),
        "lines": _last_line(trace),
    }  # fmt: skip


def _innermost(error: BaseException) -> BaseException:
    """What a collection error of pytest was raised from."""
    for _ in range(_DEEPEST):
        following = error.__cause__
        if following is None:
            break
        error = following
    return error


def _text(error: BaseException) -> str:
    try:
        return str(error)[:_LONGEST]
    except Exception:  # noqa: BLE001 - the project's own class is asked for its words
        return "<no text>"


def _missing(error: BaseException) -> list[str]:
    """Kind, name and owner of something that is not there; empty for any other exception."""
    if isinstance(error, ImportError):
        module = error.name or ""
        name = getattr(error, "name_from", None) or _imported(_text(error))
        return ["import", name, module]
    if isinstance(error, AttributeError):
        return ["attribute", getattr(error, "name", None) or _last_quoted(_text(error)), ""]
    if isinstance(error, NameError):
        return ["name", getattr(error, "name", None) or _last_quoted(_text(error)), ""]
    if isinstance(error, TypeError) and "argument" in _text(error):
        return ["argument", _last_quoted(_text(error)), _text(error).partition("(")[0]]
    return []


def _imported(text: str) -> str:
    """The name in: cannot import name 'x' from 'y'."""
    head, _, rest = text.partition("cannot import name ")
    return rest[1:].partition("'")[0] if not head and rest else ""


def _last_quoted(text: str) -> str:
    parts = text.split("'")
    return parts[-2] if len(parts) > 2 else ""


def _last_line(trace: TracebackType | None) -> str:
    """Source of the innermost line."""
    if trace is None:
        return ""
    frames = traceback.extract_tb(trace, limit=-1)
    return (frames[-1].line or "")[:200] if frames else ""
