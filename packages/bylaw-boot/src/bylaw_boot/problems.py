"""What a check says: passed, failed with problems, or skipped and why."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


class Problem:
    """One reason not to start, with its way out.

    Attributes:
        code: what kind of problem it is, for programs.
        message: what is wrong, for people; holds no value of a secret.
        resolution: what mends it.
        path: first-party file that the problem points at, where there is one.
        line: its line.
    """

    __slots__ = ("code", "line", "message", "path", "resolution")

    def __init__(
        self, code: str, message: str, resolution: str, path: str = "", line: int = 0
    ) -> None:
        self.code = code
        self.message = message
        self.resolution = resolution
        self.path = path
        self.line = line

    def __repr__(self) -> str:
        return f"Problem({self.code!r}, {self.message!r})"

    def as_dict(self) -> dict[str, Any]:
        """The problem as it stands in a diagnostic."""
        found: dict[str, Any] = {
            "code": self.code,
            "message": self.message,
            "resolution": self.resolution,
        }
        if self.path:
            found["path"], found["line"] = self.path, self.line
        return found


class Check:
    """One check that was made, or left out.

    Attributes:
        name: its name.
        result: ``passed``, ``failed`` or ``skipped``.
        details: what it saw: one line each, for the log.
        problems: why it failed.
        milliseconds: how long it took.
    """

    __slots__ = ("details", "milliseconds", "name", "problems", "result")

    def __init__(
        self,
        name: str,
        details: Iterable[str] = (),
        problems: Iterable[Problem] = (),
        result: str = "",
    ) -> None:
        self.name = name
        self.details = tuple(details)
        self.problems = tuple(problems)
        self.result = result or (FAILED if self.problems else PASSED)
        self.milliseconds = 0.0

    def __repr__(self) -> str:
        return f"Check({self.name!r}, {self.result})"

    def as_dict(self) -> dict[str, Any]:
        """The check as it stands in ``bylaw.boot-check/1``."""
        return {
            "name": self.name,
            "result": self.result,
            "details": list(self.details),
            "milliseconds": round(self.milliseconds, 2),
        }


class Report:
    """Everything a preflight saw.

    Attributes:
        checks: the checks, in the order they were made.
        command: the canonical start command.
        mode: ``api`` or ``worker``; empty where that could not be decided.
        values: variable -> its value as declared, of those that are present and well-formed.
    """

    __slots__ = ("checks", "command", "mode", "values")

    def __init__(
        self, checks: Sequence[Check], command: str, mode: str, values: dict[str, Any]
    ) -> None:
        self.checks = tuple(checks)
        self.command = command
        self.mode = mode
        self.values = values

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems of all checks, in their order."""
        return tuple(problem for check in self.checks for problem in check.problems)

    @property
    def ok(self) -> bool:
        """Whether the service may start."""
        return not self.problems

    @property
    def milliseconds(self) -> float:
        """How long all checks took."""
        return sum(check.milliseconds for check in self.checks)
