"""What is said at start: the log, the diagnostic of a failed start, and what is hidden in both."""

from __future__ import annotations

import os
import sys

from bylaw_boot.problems import FAILED, SKIPPED
from bylaw_boot.variables import looks_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, NoReturn

    from bylaw_boot.problems import Check, Problem, Report
    from bylaw_boot.variables import Var

SCHEMA = "bylaw.boot-diagnostic/1"
CHECK_SCHEMA = "bylaw.boot-check/1"
# Texts that are shorter, or one of these, would blot out words that happen to hold them.
_SHORTEST_SECRET = 4
_HARMLESS = frozenset({"true", "false", "none", "null"})
_MARKS = {FAILED: "FAIL", SKIPPED: "skip"}


class Hiding:
    """Takes the values of secrets out of texts, whoever wrote them.

    A value is hidden where its variable is declared secret or its name says so, and so is what
    stands before the ``@`` of a URL.
    """

    def __init__(self, environ: Mapping[str, str], variables: Iterable[Var]) -> None:
        declared = {each.name: each.secret for each in variables}
        found = {
            spelling: name
            for name, text in environ.items()
            if declared.get(name, looks_secret(name)) and _is_worth_hiding(text.strip())
            for spelling in _spellings(text.strip())
        }
        # The longest first: one secret may be a part of another.
        self._values = sorted(found.items(), key=lambda item: -len(item[0]))

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        for value, name in self._values:
            if value in text:
                text = text.replace(value, f"<{name}>")
        if "://" in text and "@" in text:
            import re

            text = re.sub(r"(\w://)[^\s/@'\"]*@", r"\1***@", text)
        return text


def _is_worth_hiding(text: str) -> bool:
    return len(text) >= _SHORTEST_SECRET and text.lower() not in _HARMLESS


def _spellings(text: str) -> set[str]:
    """How a text may stand in a message: as it is, on one line, or as Python prints it."""
    return {text, " ".join(text.split()), repr(text)[1:-1], ascii(text)[1:-1]}


def _hidden(document: Any, hiding: Hiding) -> Any:
    """A document without secrets: taken out before it is written, so that it stays JSON."""
    if isinstance(document, str):
        return hiding(document)
    if isinstance(document, dict):
        return {key: _hidden(value, hiding) for key, value in document.items()}
    if isinstance(document, list):
        return [_hidden(each, hiding) for each in document]
    return document


def write(text: str, stream: Any) -> None:
    """Writes a text at once: it never fails for the stream's encoding, nor for a closed stream."""
    if stream is None:
        return
    encoding = getattr(stream, "encoding", None) or "ascii"
    try:
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except (OSError, ValueError, LookupError):
        # Nobody reads any more, and there is no other place to say so.
        return


def say(text: str) -> None:
    """Writes one line of the log, to standard error."""
    write(f"[boot] {text}\n", sys.stderr)


def check_lines(checks: Iterable[Check]) -> list[str]:
    """One line for each check, and for each thing it saw."""
    lines = []
    for check in checks:
        mark = _MARKS.get(check.result, " ok ")
        first, *others = check.details or ("",)
        lines.append(f"[{mark}] {check.name}: {first}".rstrip(": "))
        lines += [f"       {each}" for each in others]
    return lines


def success_text(report: Report, note: str) -> str:
    """What the log says when all checks passed."""
    lines = [*check_lines(report.checks), f"[boot] ALL STARTUP CHECKS PASSED {note}"]
    return "\n".join(lines) + "\n"


def failure_text(
    problems: Sequence[Problem], checks: Iterable[Check], command: str, package: str, *,
    started: bool,
) -> str:  # fmt: skip
    """What people read when the service does not start, or breaks.

    Args:
        problems: what is wrong.
        checks: the checks that were made.
        command: the canonical start command.
        package: the service's package.
        started: whether the service had passed the checks, and broke later.
    """
    head = "SERVICE BROKE: it has been started, and could not go on"
    if not started:
        head = (
            "CRITICAL: STARTUP VALIDATION FAILED, nothing was started\n"
            "DEPLOYMENT CONTRACT VIOLATION DETECTED"
        )
    rule = "=" * 80
    lines = [*check_lines(checks), rule, head, rule, "", f"CRITICAL ERRORS ({len(problems)}):"]
    for number, problem in enumerate(problems, 1):
        lines.append(f"  {number}. [{problem.code}] {problem.message}")
        lines.append(f"     -> {problem.resolution}")
    lines += ["", *(() if started else _steps(command, package))]
    lines += [f"CORRECT COMMAND: {command}", "EXIT STATUS: 1", ""]
    return "\n".join(lines)


def _steps(command: str, package: str) -> list[str]:
    """The steps that mend most failed starts, whatever the errors say."""
    array = ", ".join(f'"{word}"' for word in command.split())
    return [
        "RESOLUTION STEPS, where the errors above are not enough:",
        f"  1. Verify that the Dockerfile ends with: CMD [{array}]",
        f"  2. Ensure that {package}/ contains __init__.py",
        f"  3. Confirm that no src/ exists in {package}/, nor a stale one on sys.path",
        "  4. Check that `pip install -e .` was run in the image",
        f"  5. Ask again without serving: {command} --check",
        "",
    ]


def failure_json(problems: Iterable[Problem], command: str, hiding: Hiding) -> str:
    """What programs read when the service does not start: one line, ASCII."""
    import json

    document = {
        "schema": SCHEMA, "ok": False, "errors": [each.as_dict() for each in problems],
        "command": command,
    }  # fmt: skip
    return json.dumps(_hidden(document, hiding))


def check_json(report: Report, hiding: Hiding) -> str:
    """The answer to ``--check --json``: one line, ASCII."""
    import json

    document = {
        "schema": CHECK_SCHEMA, "ok": report.ok, "mode": report.mode, "command": report.command,
        "python": sys.version.split()[0], "directory": os.getcwd(),
        "milliseconds": round(report.milliseconds, 2),
        "checks": [each.as_dict() for each in report.checks],
        "errors": [each.as_dict() for each in report.problems],
    }  # fmt: skip
    return json.dumps(_hidden(document, hiding))


def leave(status: int) -> NoReturn:
    """Ends the process, also where an application's threads would keep it.

    Raises:
        SystemExit: no thread but the main one would be waited for.
    """
    threading = sys.modules.get("threading")
    others = () if threading is None else (
        each for each in threading.enumerate()
        if each is not threading.main_thread() and not each.daemon
    )  # fmt: skip
    if any(True for _ in others):
        for stream in (sys.stdout, sys.stderr):
            write("", stream)
        os._exit(status)
    raise SystemExit(status)
