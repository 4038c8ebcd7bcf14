"""One run of ruff with our own settings, beside the analysis, read when the analysis is done."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bylaw.errors import Diagnostic

RUFF_SWALLOWED = ("E722", "BLE001", "S110", "S112")
RUFF_BLOCKING = (
    "ASYNC210", "ASYNC212", "ASYNC220", "ASYNC221", "ASYNC222", "ASYNC230", "ASYNC250", "ASYNC251",
)  # fmt: skip
RUFF_BLOCKING_FILES = ("ASYNC230", "ASYNC250")
_LONGEST_COMMAND = 1_000_000
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
        process: the child, None when it could not be started.
        root: directory it runs in.
        problem: why it could not be started.
    """

    process: subprocess.Popen[bytes] | None
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
        return RuffRun(None, root, problem)
    command = [
        program, "check", "--isolated", "--ignore-noqa", "--exit-zero", "--quiet",
        "--output-format=json", "--target-version=py313", "--select", ",".join(sorted(set(codes))),
        "--config", 'lint.flake8-tidy-imports.ban-relative-imports="all"',
    ]  # fmt: skip
    command += ["--cache-dir", os.path.join(cache, "ruff")] if cache else ["--no-cache"]
    if sum(map(len, paths)) + len(paths) < _LONGEST_COMMAND:
        command += ["--", *paths]
    else:
        command += ["."]
    try:
        process = subprocess.Popen(
            command, cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )  # fmt: skip
    except OSError as error:
        message = f"ruff could not be started: {error.strerror}"
        return RuffRun(None, root, Diagnostic("ruff-failed", message, hint="pip install ruff"))
    return RuffRun(process, root, None)


def collect(run: RuffRun) -> tuple[list[RuffFinding], Diagnostic | None]:
    """Waits for ruff and reads its report.

    Returns:
        Its findings with paths relative to the root, and what kept it from running, if anything.
    """
    if run.process is None:
        return [], run.problem
    import json

    try:
        output, errors = run.process.communicate(timeout=_TIME_LIMIT)
    except subprocess.TimeoutExpired:
        run.process.kill()
        run.process.communicate()
        return [], Diagnostic("ruff-failed", f"ruff took longer than {_TIME_LIMIT} s")
    try:
        rows = json.loads(output)
    except ValueError:
        text = errors.decode("utf-8", "replace").strip().splitlines()
        said = text[-1] if text else f"exit code {run.process.returncode}"
        return [], Diagnostic("ruff-failed", f"ruff gave no report: {said}", hint="ruff --version")
    return [found for row in rows if (found := _read(row, run.root)) is not None], None


def _read(row: dict[str, object], root: str) -> RuffFinding | None:
    code = row.get("code")
    start, end = row.get("location"), row.get("end_location")
    if not isinstance(code, str) or not isinstance(start, dict) or not isinstance(end, dict):
        return None
    path = os.path.relpath(str(row["filename"]), root).replace(os.sep, "/")
    message = str(row.get("message", ""))
    return RuffFinding(code, path, start["row"], start["column"], end["row"], message)
