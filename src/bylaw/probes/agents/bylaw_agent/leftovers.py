"""What an import leaves running or open, whoever started it: differences of ``/proc/self``."""

from __future__ import annotations

import contextlib
import os
import socket
from typing import NamedTuple

from bylaw_agent.recorder import Recorder


class Snapshot(NamedTuple):
    """Threads, network sockets and children of this process; empty where there is no ``/proc``."""

    threads: frozenset[str]
    sockets: frozenset[str]
    children: frozenset[str]


def snapshot(known: frozenset[str] = frozenset()) -> Snapshot:
    """What runs and is open now.

    Args:
        known: sockets that were looked at before.
    """
    sockets, children = set(), set()
    threads: list[str] = []
    with contextlib.suppress(OSError):
        threads = os.listdir("/proc/self/task")
        for number in os.listdir("/proc/self/fd"):
            with contextlib.suppress(OSError):
                name = os.readlink(f"/proc/self/fd/{number}")
                if name in known or (name.startswith("socket:") and _is_outward(int(number))):
                    sockets.add(name)
        for task in threads:
            with open(f"/proc/self/task/{task}/children", encoding="ascii") as file:
                children.update(file.read().split())
    return Snapshot(frozenset(threads), frozenset(sockets), frozenset(children))


def _is_outward(number: int) -> bool:
    """Whether a socket could reach another machine; event loops talk to themselves."""
    with contextlib.suppress(OSError):
        copy = socket.socket(fileno=os.dup(number))
        try:
            return copy.family in (socket.AF_INET, socket.AF_INET6)
        finally:
            copy.close()
    return False


class Leftovers:
    """Tells what is new since the last look, and knows it from then on."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._known = snapshot()

    def look(self, path: str) -> None:
        """Records what a module left, unless a hook has seen an event of that kind.

        Args:
            path: the module that has just been executed.
        """
        recorder = self._recorder
        enabled, recorder.enabled = recorder.enabled, False
        before, now = self._known, snapshot(self._known.sockets)
        self._known = now
        recorder.enabled = enabled
        seen = {event[0].partition(":")[0] for event in recorder.events}
        if now.threads - before.threads and not seen & {"thread", "process"}:
            recorder.record_at("thread", "a thread was left running", path, 1)
        if now.sockets - before.sockets and not seen & {"network", "database"}:
            recorder.record_at("network", "a socket was left open", path, 1)
        if now.children - before.children and "process" not in seen:
            recorder.record_at("process", "a process was left running", path, 1)
