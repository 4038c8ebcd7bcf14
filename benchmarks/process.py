"""Runs one command and says how long it took, what it used and how it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from typing import IO, NamedTuple

_SAMPLE_SECONDS = 0.01
_SESSION_FIELD = 3  # of /proc/PID/stat, counted after the name in brackets


class Command(NamedTuple):
    """What to run.

    Attributes:
        argv: program and arguments.
        cwd: directory to run it in.
        env: its whole environment.
        timeout: seconds after which it is stopped.
    """

    argv: tuple[str, ...]
    cwd: str
    env: dict[str, str]
    timeout: float


class Run(NamedTuple):
    """How one run went.

    Attributes:
        wall: seconds from start to end.
        cpu: user and system seconds of the process and the children it waited for.
        peak_mib: largest resident set of any single one of these processes.
        exit_code: negative for a signal.
        stopped: whether the time limit ended it.
        output: what it printed.
        error: the last line of its error output, or of its output if there is none.
    """

    wall: float
    cpu: float
    peak_mib: float
    exit_code: int
    stopped: bool
    output: bytes
    error: str


def run_command(command: Command) -> Run:
    """Runs a command to its end or to its time limit.

    Args:
        command: what to run.

    Returns:
        Times, memory, exit code and output. A command that cannot be started has exit code 127.
    """
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "launch.py")
    reader, writer = os.pipe()
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as error:
        launcher = subprocess.Popen(
            (sys.executable, "-I", "-S", script, str(writer), *command.argv),
            cwd=command.cwd,
            env=command.env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=error,
            pass_fds=(writer,),
            start_new_session=True,
        )
        os.close(writer)
        expired = threading.Event()
        timer = threading.Timer(command.timeout, _stop, (launcher.pid, expired))
        timer.start()
        try:
            launcher.wait()
        except BaseException:
            _stop(launcher.pid, expired)
            raise
        finally:
            timer.cancel()
        with os.fdopen(reader, "rb") as stream:
            told = stream.read().split() or [b"0", b"0", b"0", b"127"]
        printed = _content(output)
        return Run(
            wall=float(told[0]),
            cpu=float(told[1]),
            peak_mib=int(told[2]) / 1024,
            exit_code=int(told[3]),
            stopped=expired.is_set(),
            output=printed,
            error=_last_line(_content(error)) or _last_line(printed),
        )


def _stop(session: int, expired: threading.Event) -> None:
    """Ends a child and everything it started: they share the session made for it."""
    expired.set()
    try:
        os.killpg(session, signal.SIGKILL)
    except ProcessLookupError:
        return


def _content(stream: IO[bytes]) -> bytes:
    stream.seek(0)
    return stream.read()


def _last_line(text: bytes) -> str:
    lines = text.decode("utf-8", "replace").strip().splitlines()
    return lines[-1].strip()[:160] if lines else ""


def can_sample_memory() -> bool:
    """Whether this system tells how much memory a group of processes shares out among itself."""
    return os.path.exists("/proc/self/smaps_rollup")


def sample_memory(command: Command) -> float:
    """Peak memory of a command and all its processes together.

    Pages shared after a fork are counted once (proportional set size). Looking costs the command
    time, so this is a run of its own and never one that is timed.

    Args:
        command: what to run.

    Returns:
        The largest sum seen, in MiB.
    """
    child = subprocess.Popen(
        command.argv,
        cwd=command.cwd,
        env=command.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    peak = 0
    deadline = time.monotonic() + command.timeout
    try:
        while child.poll() is None and time.monotonic() < deadline:
            peak = max(peak, _session_kib(child.pid))
            time.sleep(_SAMPLE_SECONDS)
    finally:
        if child.poll() is None:
            _stop(child.pid, threading.Event())
            child.wait()
    return peak / 1024


def _session_kib(session: int) -> int:
    return sum(_process_kib(pid) for pid in os.listdir("/proc") if _in_session(pid, session))


def _in_session(pid: str, session: int) -> bool:
    if not pid.isdigit():
        return False
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:
            fields = stream.read().rpartition(b")")[2].split()
    except OSError:
        return False
    return len(fields) > _SESSION_FIELD and int(fields[_SESSION_FIELD]) == session


def _process_kib(pid: str) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as stream:
            for line in stream:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1])
    except OSError:
        return 0
    return 0
