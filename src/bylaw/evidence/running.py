"""Runs one tool: in a session of its own, with the given variables, and nothing of it stays.

What it prints goes to files as it comes, up to a limit; its whole process group ends with it, when
its time is over, and when Bylaw is told to stop.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import IO, NamedTuple

LARGEST = 8 << 20
"""Bytes of a stream that are kept."""
_PIECE = 1 << 16
_LOOK = 0.25
_GRACE = 3.0


class Stream(NamedTuple):
    """What a process wrote to one of its streams.

    Attributes:
        path: file that holds its beginning.
        size: bytes that are kept.
        cut: bytes that are not.
    """

    path: str
    size: int
    cut: int


class Ended(NamedTuple):
    """How a process ended.

    Attributes:
        exit_code: of the process; None where a signal ended it, or it never began.
        signal: number of the signal that ended it; 0 for none.
        late: whether its time was over.
        stopped: whether Bylaw was told to stop.
        problem: why it could not be started; empty where it could.
        stdout: its standard output.
        stderr: its standard error.
        started: UTC, ``2026-11-21T21:40:00.123456Z``.
        ended: the same.
        clock_back: whether the clock of the machine went backwards meanwhile.
        milliseconds: it took, by a clock that only goes forwards.
    """

    exit_code: int | None
    signal: int
    late: bool
    stopped: bool
    problem: str
    stdout: Stream
    stderr: Stream
    started: str
    ended: str
    clock_back: bool
    milliseconds: int

    def text(self, stream: str) -> str:
        """What was written to ``stdout`` or ``stderr``, as text."""
        with open(getattr(self, stream).path, "rb") as file:
            return file.read().decode("utf-8", "replace")


class Order(NamedTuple):
    """What to run.

    Attributes:
        argv: its words.
        cwd: absolute path of the directory.
        variables: every variable it gets.
        seconds: its time.
        folder: directory for what it prints, its own.
        most: bytes of a stream that are kept.
    """

    argv: Sequence[str]
    cwd: str
    variables: Mapping[str, str]
    seconds: float
    folder: str
    most: int = LARGEST


def utc_now() -> datetime:
    """The time of the machine."""
    return datetime.now(UTC)


def written_time(moment: datetime) -> str:
    """A moment as items have it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Runs:
    """Processes that are under way, so that all of them can be ended at once."""

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
        self._stopping = threading.Event()
        self._now = now

    def stop(self) -> None:
        """Ends every process that runs, and keeps further ones from starting."""
        self._stopping.set()

    def run(self, order: Order) -> Ended:
        """Runs a process until it ends, its time is over, or ``stop`` is called.

        Args:
            order: what to run.

        Returns:
            How it ended; nothing of its process group is left.
        """
        begun, since = self._now(), time.monotonic()
        places = [os.path.join(order.folder, name) for name in ("stdout", "stderr")]
        os.makedirs(order.folder, exist_ok=True)
        for place in places:
            with open(place, "wb"):
                pass
        told = Stream(places[0], 0, 0), Stream(places[1], 0, 0)
        code: int | None = None
        late, problem = False, ""
        process = None if self._stopping.is_set() else _started(order)
        if isinstance(process, str):
            problem = process
        elif process is not None:
            copies = [_Copy(pipe, place, order.most)
                      for pipe, place in zip((process.stdout, process.stderr), places,
                                             strict=True) if pipe is not None]  # fmt: skip
            late = self._wait(process, since + order.seconds)
            code = _reaped(process)
            told = copies[0].finished(), copies[1].finished()
        done, took = self._now(), time.monotonic() - since
        killed = -code if code is not None and code < 0 else 0
        return Ended(
            code if code is not None and code >= 0 else None, killed, late,
            self._stopping.is_set(), problem, *told, written_time(begun), written_time(done),
            done < begun, int(took * 1000),
        )  # fmt: skip

    def _wait(self, process: subprocess.Popen[bytes], until: float) -> bool:
        """Waits for the end of the process, and ends its group; whether its time was over."""
        watch = _Watch(process)
        try:
            while not watch.ended(min(_LOOK, max(0.0, until - time.monotonic()))):
                late = time.monotonic() >= until
                if late or self._stopping.is_set():
                    _signal_group(process, signal.SIGTERM)
                    watch.ended(_GRACE)
                    return late
            return False
        finally:
            _signal_group(process, signal.SIGKILL)
            watch.close()


def _started(order: Order) -> subprocess.Popen[bytes] | str:
    """The process in a session of its own, or why it could not be started."""
    try:
        return subprocess.Popen(
            list(order.argv), cwd=order.cwd, env=dict(order.variables), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return f"{order.argv[0]} cannot be started: {reason}"


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    """Sends a signal to the group; the leader is not reaped yet, so the number is still its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _reaped(process: subprocess.Popen[bytes]) -> int:
    return process.wait()


class _Watch:
    """Says whether a process has ended, without taking its number away from it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._file = os.pidfd_open(process.pid) if hasattr(os, "pidfd_open") else -1

    def ended(self, seconds: float) -> bool:
        """Whether it has ended, or does so within some time."""
        if self._file >= 0:
            return bool(select.select([self._file], [], [], seconds)[0])
        flags = os.WEXITED | os.WNOWAIT | os.WNOHANG
        until = time.monotonic() + seconds
        while os.waitid(os.P_PID, self._process.pid, flags) is None:
            if time.monotonic() >= until:
                return False
            time.sleep(0.02)
        return True

    def close(self) -> None:
        """Gives back what watching took."""
        if self._file >= 0:
            os.close(self._file)


class _Copy:
    """Copies a pipe to a file while the process runs."""

    def __init__(self, pipe: IO[bytes], path: str, most: int) -> None:
        self._pipe, self._path, self._most = pipe, path, most
        self._kept = self._cut = 0
        self._thread = threading.Thread(target=self._copy, daemon=True)
        self._thread.start()

    def _copy(self) -> None:
        with open(self._path, "wb", buffering=0) as file:
            while piece := self._read():
                room = self._most - self._kept
                if room > 0:
                    file.write(piece[:room])
                    self._kept += min(len(piece), room)
                self._cut += max(0, len(piece) - room) if room > 0 else len(piece)

    def _read(self) -> bytes:
        try:
            return os.read(self._pipe.fileno(), _PIECE)
        except (OSError, ValueError):
            return b""

    def finished(self) -> Stream:
        """What was copied; one who left the group may hold the pipe, and is not waited for."""
        self._thread.join(_GRACE)
        if not self._thread.is_alive():
            self._pipe.close()
        return Stream(self._path, self._kept, self._cut)
