"""What went wrong, where, and the one edit or command that mends it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Diagnostic(NamedTuple):
    """One entry of ``errors[]`` in every report.

    Attributes:
        code: stable kebab-case name of the kind of error.
        message: what happened.
        path: file concerned, relative to the root; empty where there is none.
        line: 1-based line; 0 where there is none.
        hint: the command or edit that mends it.
        exit_code: 2 for usage and configuration, 3 for what makes a run incomplete.
    """

    code: str
    message: str
    path: str = ""
    line: int = 0
    hint: str = ""
    exit_code: int = 3

    def entry(self) -> dict[str, object]:
        """The object that stands in ``errors[]`` of every document."""
        return {"code": self.code, "message": self.message, "path": self.path, "line": self.line,
                "hint": self.hint}  # fmt: skip


def exit_code_of(errors: Iterable[Diagnostic]) -> int:
    """What a run with these errors exits with: 2 beats 3, and 0 where there are none."""
    codes = {error.exit_code for error in errors}
    return 2 if 2 in codes else max(codes, default=0)


class BylawError(Exception):
    """Root of every error Bylaw raises on purpose."""

    exit_code = 2
    code = "internal-error"

    def __init__(self, message: str, *, path: str = "", line: int = 0, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.line = line
        self.hint = hint

    def diagnostic(self) -> Diagnostic:
        """The error as an entry of a report."""
        return Diagnostic(self.code, self.message, self.path, self.line, self.hint, self.exit_code)


class UsageError(BylawError):
    """The call's words are off: an unknown path, rule or option."""

    code = "usage"


class ConfigError(BylawError):
    """``bylaw.toml`` or ``[tool.bylaw]`` cannot be used as written."""

    code = "configuration"


class BaselineError(BylawError):
    """The named baseline is missing or cannot be read."""

    code = "baseline"


class StubError(BylawError):
    """An effect stub does not load; nothing can be trusted without it."""

    code = "stub"
    exit_code = 3
