"""One run of a service in a room of its own."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from bylaw.probes.environment import scrubbed_environment
from bylaw.probes.host import Agent, Limits, Room
from bylaw.probes.interpreter import Interpreter

_LATE = 6.0
"""How many times the limit is waited for a service that comes too late."""
_SLOWER = 4.0
BUSY = 0.3
"""Share of the time, or of the processors, from which on other work is what makes a start slow."""
_ROOM_TIME = 60.0


class Times(NamedTuple):
    """How long is waited.

    Attributes:
        ready: seconds within which a service answers.
        stop: seconds within which it ends after SIGTERM.
        total: seconds for the whole probe.
    """

    ready: float = 5.0
    stop: float = 10.0
    total: float = 1800.0


class Start(NamedTuple):
    """How a service is started once.

    Attributes:
        argv: words.
        directory: working directory.
        environment: variables.
        paths: what is asked for, in order.
        ports: ports it may listen on if it leaves ours.
        is_web: whether it must answer in HTTP.
        is_whole: whether it is also asked and stopped; a broken start is not.
        files: files of the project that are written first.
        copies: folders that are copied first: from, to.
        marks: files whose presence afterwards is reported.
        hidden: files that are not there for the service.
        holding: how a request is kept in flight when it is stopped.
    """

    argv: tuple[str, ...]
    directory: str
    environment: Mapping[str, str]
    paths: tuple[str, ...]
    ports: tuple[int, ...]
    is_web: bool
    is_whole: bool = True
    files: Mapping[str, str] = {}
    copies: tuple[tuple[str, str], ...] = ()
    marks: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    holding: str = ""


class Seen(NamedTuple):
    """What was seen of one start.

    Attributes:
        said: what the agent says; empty where it ended early.
        problem: why it did.
        longest: seconds it was given to answer or end.
    """

    said: Mapping[str, Any]
    problem: str = ""
    longest: float = 0.0

    @property
    def output(self) -> str:
        """What the service wrote, standard error last."""
        return f"{self.said.get('out', '')}\n{self.said.get('err', '')}"

    @property
    def status(self) -> int | None:
        """Exit status of its first process; None where it had to be ended."""
        found: int | None = self.said.get("status")
        return found

    @property
    def is_crowded(self) -> bool:
        """Whether the machine did so much else meanwhile that slowness says nothing."""
        age = float(self.said.get("ready") or self.said.get("age") or 0.0)
        waited = float(self.said.get("waited", 0.0))
        return float(self.said.get("crowded", 0.0)) > BUSY or waited > age * BUSY

    @property
    def is_ready(self) -> bool:
        """Whether it answered in HTTP."""
        return self.said.get("ready") is not None


class Runner:
    """Starts services, each in a room of its own.

    Attributes:
        rooms: where they ran.
        times: how long is waited.
    """

    def __init__(self, root: str, times: Times, limits: Limits, contain: bool) -> None:
        self.rooms: set[Room] = set()
        self.times = times
        self._root = root
        self._limits = limits._replace(seconds=times.ready, total=times.total)
        self._contain = contain
        self._deadline = time.monotonic() + times.total
        self._slowest = 0.0
        self._own = Interpreter(sys.executable, "own", tuple(sys.version_info[:3]))

    def is_late(self) -> bool:
        """Whether the time for the whole probe is over."""
        return time.monotonic() > self._deadline

    def _longest(self, start: Start) -> float:
        """How long to wait for an answer or the end: slow services are slow when broken, too."""
        if start.is_whole:
            return self.times.ready * _LATE
        return max(self.times.ready * _LATE / 2, self._slowest * _SLOWER)

    def run(self, start: Start) -> Seen:
        """Runs one start to its end."""
        longest = self._longest(start)
        plan = {
            **start._asdict(), "ready_seconds": self.times.ready, "longest": longest,
            "stop_seconds": self.times.stop,
        }  # fmt: skip
        environment = {**scrubbed_environment(sys.executable), "BYLAW_ROOM": "{room}"}
        silence = 6 * longest + 3 * self.times.stop + _ROOM_TIME
        with Agent(
            self._own, "run_boot.py", plan, self._root, environment, self._limits, self._contain,
            loopback=True,
        ) as agent:  # fmt: skip
            said: dict[str, Any] = {}
            for message in agent.messages(silence, self._deadline + silence):
                if message["kind"] == "run":
                    said = message
            if agent.room is not None:
                self.rooms.add(agent.room)
            for name in ("ready", "first_ready"):
                self._slowest = max(self._slowest, float(said.get(name) or 0.0))
            return Seen(said, "" if said else agent.problem or "it said nothing", longest)
