"""Ending what a module started: children, their children, and those that hid from their parent."""

from __future__ import annotations

import contextlib
import os
import signal
import time

_SUBREAPER = 36
_GRACE = 3.0
_LEAVING = 0.5


def become_reaper() -> None:
    """Orphans below this process become its children, so that none escapes (Linux)."""
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def children_of(process: int) -> list[int]:
    """Children of a process, as the kernel lists them; none where it does not."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{process}/task"):
            with open(f"/proc/{process}/task/{task}/children", encoding="ascii") as file:
                found += map(int, file.read().split())
    return found


def descendants() -> list[int]:
    """All processes below this one, the nearest first."""
    pending, seen = children_of(os.getpid()), []
    while pending:
        process = pending.pop(0)
        seen.append(process)
        pending += children_of(process)
    return seen


def has_ended(child: int) -> bool:
    """Whether a child is gone although something it started still holds its pipe."""
    try:
        with open(f"/proc/{child}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return False


def end_child(child: int, leaving: bool) -> tuple[int, int]:
    """Kills everything below this process and waits for it.

    Args:
        child: the process that imported a module, not yet waited for.
        leaving: whether it has answered, and is about to end by itself.

    Returns:
        How many other processes it left behind, and its exit status (negative for a signal).
    """
    status = _wait_for(child, _LEAVING) if leaving else None
    alive = descendants()
    left = len([each for each in alive if each != child])
    deadline = time.monotonic() + _GRACE
    while alive or status is None:
        # Without /proc only the child itself is known.
        targets = alive or [child]
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for process in targets:
                with contextlib.suppress(OSError):
                    os.kill(process, number)
        with contextlib.suppress(ChildProcessError):
            while True:
                done, code = os.waitpid(-1, os.WNOHANG)
                if not done:
                    break
                if done == child:
                    status = _code(code)
        if time.monotonic() > deadline:
            break
        alive = descendants()
        if alive:
            time.sleep(0.001)
    return left, status or 0


def _wait_for(child: int, seconds: float) -> int | None:
    """Exit status of a child that is about to leave; None where it does not."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        done, code = os.waitpid(child, os.WNOHANG)
        if done:
            return _code(code)
        time.sleep(0.0002)
    return None


def _code(status: int) -> int:
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
