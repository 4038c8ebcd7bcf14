"""One started service: its process, its output, and what it listens on."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from typing import Any

from bylaw_boot_agent.processes import (
    alive,
    reap,
    send,
    signal_thread,
    state_of,
    used,
    used_by_all,
    waited,
)
from bylaw_boot_agent.sockets import Listener, listeners

_TAIL = 48 << 10
_HEAD = 16 << 10


class Service:
    """A service that runs below this process, with its output in two files.

    Attributes:
        problem: why it could not be started; empty where it was.
        main: its first process.
        status: how its first process ended, as ``waitstatus_to_exitcode``; None while it runs.
    """

    def __init__(
        self, argv: list[str], directory: str, environment: dict[str, str], folder: str
    ) -> None:
        self.problem = ""
        self.status: int | None = None
        self._names = (f"{folder}/out", f"{folder}/err")
        self.main = 0
        self._began = time.monotonic()
        self._before = used_by_all()
        with open(self._names[0], "wb") as out, open(self._names[1], "wb") as err:
            try:
                process = subprocess.Popen(
                    argv, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=out,
                    stderr=err, start_new_session=True, close_fds=True, restore_signals=True,
                )  # fmt: skip
            except OSError as error:
                self.problem = f"{argv[0]}: {error.strerror}"
                self.status = 127
                return
        self.main = process.pid
        # Whoever waits for all children must not be waited for by two.
        process.returncode = 0

    @property
    def age(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self._began

    def look(self) -> int | None:
        """The status of its first process, None while it runs."""
        if self.status is None:
            status = reap(self.main)
            if status is not None:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status

    def wait(self, seconds: float) -> int | None:
        """Waits for its first process to end."""
        until = time.monotonic() + seconds
        while self.look() is None and time.monotonic() < until:
            time.sleep(0.01)
        return self.status

    def processes(self) -> list[int]:
        """Everything it runs."""
        return alive(os.getpid())

    def workers_first(self) -> list[int]:
        """Everything it runs, the youngest first."""
        return self.processes()[::-1]

    def listens(self) -> list[Listener]:
        """Where it listens."""
        return listeners(self.processes())

    def unscheduled(self) -> float:
        """Seconds it wanted to run and the machine was busy."""
        return waited(self.processes())

    def crowded(self) -> float:
        """Share of the machine's processors that others have used since it was started."""
        others = used_by_all() - self._before - used(self.processes())
        return max(others, 0.0) / (self.age * (os.cpu_count() or 1))

    def ask_to_stop(self) -> None:
        """What a platform does first: SIGTERM to the first process.

        The kernel gives it to the main thread where that takes it. Of a process that stands still
        any thread may get it, which no platform does: there the main thread is named.
        """
        if state_of(self.main) not in ("T", "t") or not signal_thread(self.main, signal.SIGTERM):
            send([self.main], signal.SIGTERM)

    def output(self) -> dict[str, Any]:
        """Begin and end of what it wrote; ``ascii`` says whether standard error is plain ASCII."""
        texts = [_ends_of(name) for name in self._names]
        return {
            "out": texts[0].decode("utf-8", "backslashreplace"),
            "err": texts[1].decode("utf-8", "backslashreplace"),
            "ascii": texts[1].isascii(),
        }


def _ends_of(name: str) -> bytes:
    with contextlib.suppress(OSError), open(name, "rb") as file:
        head = file.read(_HEAD + _TAIL)
        size = os.fstat(file.fileno()).st_size
        if size <= len(head):
            return head
        file.seek(size - _TAIL)
        return head[:_HEAD] + b"\n...\n" + file.read(_TAIL)
    return b""
