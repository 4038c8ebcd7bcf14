"""Runs one command and says how long it took, what it used and how it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from typing import NamedTuple

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
        error: the last line of its error output.
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
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as error:
        started = time.perf_counter()
        try:
            child = subprocess.Popen(
                command.argv,
                cwd=command.cwd,
                env=command.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=error,
                start_new_session=True,
            )
        except OSError as problem:
            return Run(0.0, 0.0, 0.0, 127, False, b"", str(problem))
        expired = threading.Event()
        timer = threading.Timer(command.timeout, _stop, (child.pid, expired))
        timer.start()
        try:
            # wait4, not wait: it also tells the processor time and memory of this child alone.
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            _stop(child.pid, expired)
            raise
        finally:
            timer.cancel()
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        return Run(
            wall=wall,
            cpu=usage.ru_utime + usage.ru_stime,
            peak_mib=usage.ru_maxrss / 1024,
            exit_code=child.returncode,
            stopped=expired.is_set(),
            output=_content(output.fileno()),
            error=_last_line(_content(error.fileno())),
        )


def _stop(session: int, expired: threading.Event) -> None:
    """Ends a child and everything it started: they share the session made for it."""
    expired.set()
    try:
        os.killpg(session, signal.SIGKILL)
    except ProcessLookupError:
        return


def _content(descriptor: int) -> bytes:
    with os.fdopen(os.dup(descriptor), "rb") as stream:
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
