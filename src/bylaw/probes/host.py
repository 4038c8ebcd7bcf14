"""Runs an agent with the project's interpreter, within limits, and lets nothing of it survive."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, NamedTuple

from bylaw.probes.interpreter import Interpreter

AGENTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "agents")
GUARD_PROTOCOL = "bylaw.guard/1"
_LEAVING = 8.0
_LONGEST_LINE = 32 << 20


class Limits(NamedTuple):
    """What one child may use.

    Attributes:
        seconds: time for one module.
        total: time for the whole probe.
        memory: bytes of address space.
        processes: processes below an agent.
        disk: bytes of files.
    """

    seconds: float = 30.0
    total: float = 1800.0
    memory: int = 8 << 30
    processes: int = 256
    disk: int = 512 << 20


class Room(NamedTuple):
    """Where an agent runs.

    Attributes:
        name: ``namespaces``, ``landlock`` or ``copy``.
        open: what this kernel does not deny there: ``network``, ``filesystem``, ``processes``.
    """

    name: str
    open: tuple[str, ...]


class Agent:
    """One running agent; a context manager, so that it ends with whoever started it.

    Attributes:
        room: where it runs; None until it has said so.
        problem: why it could not be run, or ended early; empty where all is well.
    """

    def __init__(
        self, interpreter: Interpreter, script: str, plan: Mapping[str, Any], root: str,
        environment: Mapping[str, str], limits: Limits, contain: bool = True,
        loopback: bool = False, delta: str = "",
    ) -> None:  # fmt: skip
        self.room: Room | None = None
        self.problem = ""
        self._scratch = tempfile.mkdtemp(prefix="bylaw-probe-", dir=folder_outside(root))
        self._buffer = b""
        command = [interpreter.path, "-B", "-W", "ignore", os.path.join(AGENTS, script)]
        order = {
            "command": command, "env": dict(environment), "root": os.path.realpath(root),
            "full": contain, "loopback": loopback, "delta": delta, **limits._asdict(),
        }  # fmt: skip
        self._process = _start_guard(order, plan, self._scratch, f"{self._scratch}.err")

    def __enter__(self) -> Agent:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.stop()

    def stop(self) -> None:
        """Ends the agent and everything it started, also when it does not want to."""
        process = self._process
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        try:
            process.wait(_LEAVING)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with contextlib.suppress(OSError):
            os.unlink(f"{self._scratch}.err")
        shutil.rmtree(self._scratch, ignore_errors=True)

    def messages(self, silence: float, deadline: float) -> Iterator[dict[str, Any]]:
        """What the agent says, line by line, until it ends.

        Args:
            silence: seconds after which one that says nothing is given up.
            deadline: monotonic time at which it is given up in any case.

        Yields:
            Its messages; ``problem`` says afterwards whether it ended early.
        """
        heard = time.monotonic()
        while True:
            line = self._line(min(heard + silence, deadline))
            if line is None:
                return
            heard = time.monotonic()
            try:
                message = json.loads(line)
            except ValueError:
                self.problem = "the agent wrote a line that is not JSON"
                return
            if message.get("protocol") == GUARD_PROTOCOL:
                self.room = Room(str(message["room"]), tuple(message["open"]))
                continue
            yield message
            if message.get("kind") == "done":
                return

    def _line(self, until: float) -> bytes | None:
        stream = self._process.stdout
        assert stream is not None
        while b"\n" not in self._buffer:
            left = until - time.monotonic()
            if left <= 0 or not select.select([stream], [], [], left)[0]:
                self.problem = "the agent was silent for too long"
                return None
            piece = os.read(stream.fileno(), 1 << 16)
            if not piece or len(self._buffer) > _LONGEST_LINE:
                self.problem = self._last_words() or "the agent ended before its work was done"
                return None
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _last_words(self) -> str:
        """Last line the agent or its guard wrote to the error stream."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        with open(f"{self._scratch}.err", encoding="utf-8", errors="replace") as file:
            lines = file.read(1 << 16).strip().splitlines()
        return lines[-1][:300] if lines else ""


def _start_guard(
    order: Mapping[str, Any], plan: Mapping[str, Any], scratch: str, errors_path: str
) -> subprocess.Popen[bytes]:
    """The guard, with the plan of its agent written down; its error stream goes to a file."""
    room, plan_path = f"{scratch}/room", f"{scratch}/plan.json"
    os.mkdir(room, 0o700)
    with open(plan_path, "w", encoding="utf-8") as file:
        json.dump({**plan, "changed": f"{room}/changed"}, file)
    command = [*order["command"], plan_path, "{root}"]
    whole = {**order, "command": command, "room": room, "scratch": scratch}
    guard = os.path.join(AGENTS, "guard.py")
    with open(errors_path, "wb") as errors:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", guard, json.dumps(whole)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            start_new_session=True, cwd="/", env={"PATH": os.defpath},
        )  # fmt: skip


def folder_outside(root: str) -> str | None:
    """A writable folder for temporary files that the project does not hold; None without one."""
    real = os.path.realpath(root)
    for folder in (tempfile.gettempdir(), "/var/tmp", "/dev/shm"):
        place = os.path.realpath(folder)
        inside = place == real or place.startswith(f"{real}{os.sep}")
        if not inside and os.access(place, os.W_OK):
            return place
    return None
