"""One run of ruff with our own settings, beside the analysis, read when the analysis is done."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from bylaw.errors import Diagnostic

RUFF_SWALLOWED = ("E722", "BLE001", "S110", "S112")
RUFF_BLOCKING = (
    "ASYNC210", "ASYNC212", "ASYNC220", "ASYNC221", "ASYNC222", "ASYNC230", "ASYNC250", "ASYNC251",
)  # fmt: skip
RUFF_BLOCKING_FILES = ("ASYNC230", "ASYNC250")
_LONGEST_COMMAND = 500_000
"""Bytes of paths in one call; systems allow 1 to 2 MB, the environment included."""

_MOST_DIVISIONS = 40
"""Times that files are halved in search of those that make ruff crash: enough for two or three."""

_HINT = "the delegated rules did not see every file; exclude the file, or file it with ruff"
_TIME_LIMIT = 300


class RuffFinding(NamedTuple):
    """One line of ruff's report.

    Attributes:
        code: ruff's own code.
        path: file relative to the root.
        line: 1-based line.
        column: 1-based column.
        end_line: last line.
        message: ruff's words.
    """

    code: str
    path: str
    line: int
    column: int
    end_line: int
    message: str


class RuffRun(NamedTuple):
    """A run that is under way; ``collect`` waits for it.

    Attributes:
        command: what is run, without the files.
        parts: each child with the files it was given, as many as fit on a command line.
        root: directory it runs in.
        problem: why it could not be started.
    """

    command: tuple[str, ...]
    parts: tuple[tuple[subprocess.Popen[bytes], tuple[str, ...]], ...]
    root: str
    problem: Diagnostic | None


def find_ruff() -> str | None:
    """Path of the ruff that is installed with Bylaw, else the one on PATH."""
    import shutil
    import sysconfig

    name = "ruff.exe" if os.name == "nt" else "ruff"
    for folder in (sysconfig.get_path("scripts"), os.path.dirname(sys.executable)):
        candidate = os.path.join(folder, name)
        if os.path.isfile(candidate):
            return candidate
    return shutil.which("ruff")


def ruff_options(codes: Iterable[str]) -> list[str]:
    """What ruff is called with, whatever the files."""
    return [
        "check", "--isolated", "--ignore-noqa", "--exit-zero", "--quiet",
        "--output-format=json", "--target-version=py313", "--select", ",".join(sorted(set(codes))),
        "--config", 'lint.flake8-tidy-imports.ban-relative-imports="all"',
        "--config", 'lint.pydocstyle.convention="google"',
    ]  # fmt: skip


def start_ruff(root: str, paths: Sequence[str], codes: Iterable[str], cache: str) -> RuffRun:
    """Starts ruff on the files of a run, isolated from the user's own settings.

    Args:
        root: directory the paths are relative to.
        paths: Python files.
        codes: ruff codes to select.
        cache: directory for ruff's cache; empty for none.

    Returns:
        The run; its ``problem`` says why nothing was started.
    """
    program = find_ruff()
    if program is None:
        hint = "pip install ruff"
        problem = Diagnostic("ruff-missing", "ruff is not installed: delegated rules did not run",
                             hint=hint)  # fmt: skip
        return RuffRun((), (), root, problem)
    command = [program, *ruff_options(codes)]
    command += ["--cache-dir", os.path.join(cache, "ruff")] if cache else ["--no-cache"]
    command.append("--")
    try:
        parts = [(_start(command, root, part), part) for part in _parts(paths)]
    except OSError as error:
        message = f"ruff could not be started: {error.strerror}"
        problem = Diagnostic("ruff-failed", message, hint="pip install ruff")
        return RuffRun((), (), root, problem)
    return RuffRun(tuple(command), tuple(parts), root, None)


def _parts(paths: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Paths in pieces that fit on a command line."""
    part: list[str] = []
    length = 0
    for path in paths:
        size = len(os.fsencode(path)) + 9
        if part and length + size > _LONGEST_COMMAND:
            yield tuple(part)
            part, length = [], 0
        part.append(path)
        length += size
    if part:
        yield tuple(part)


def _start(command: Sequence[str], root: str, paths: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*command, *paths], cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip


def collect(run: RuffRun) -> tuple[list[RuffFinding], list[Diagnostic]]:
    """Waits for ruff and reads its report.

    A file that makes ruff crash (nested too deeply for its stack) must not take the findings of
    all others with it: the files are halved until it stands alone, and is named.

    Returns:
        Its findings with paths relative to the root, and what kept it from seeing everything.
    """
    findings: list[RuffFinding] = []
    problems = [] if run.problem is None else [run.problem]
    pending = list(run.parts)
    divisions = _MOST_DIVISIONS
    while pending:
        process, paths = pending.pop()
        found, said = _finish(process, run.root)
        findings += found
        if not said:
            continue
        half = len(paths) // 2
        if half and process.returncode < 0 and divisions:
            divisions -= 1
            halves = (paths[:half], paths[half:])
            pending += [(_start(run.command, run.root, each), each) for each in halves]
        else:
            alone = paths[0] if len(paths) == 1 else ""
            problems.append(
                Diagnostic(
                    "ruff-failed", f"ruff gave no report: {said}", alone, int(bool(alone)), _HINT
                )
            )
    return findings, problems


def _finish(process: subprocess.Popen[bytes], root: str) -> tuple[list[RuffFinding], str]:
    """Findings of one child; else what it said instead of a report."""
    import json

    try:
        output, errors = process.communicate(timeout=_TIME_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        process.returncode = 1
        return [], f"it took longer than {_TIME_LIMIT} s"
    try:
        rows = json.loads(output)
    except ValueError:
        text = errors.decode("utf-8", "replace").strip().splitlines()
        return [], text[-1] if text else f"exit code {process.returncode}"
    return [found for row in rows if (found := _read(row, root)) is not None], ""


def _read(row: dict[str, object], root: str) -> RuffFinding | None:
    code = row.get("code")
    start, end = row.get("location"), row.get("end_location")
    if not isinstance(code, str) or not isinstance(start, dict) or not isinstance(end, dict):
        return None
    path = os.path.relpath(str(row["filename"]), root).replace(os.sep, "/")
    message = str(row.get("message", ""))
    return RuffFinding(code, path, start["row"], start["column"], end["row"], message)
