"""Processes below the agent: who is there, who waits for a processor, and their end."""

from __future__ import annotations

import contextlib
import os
import signal
import time

_GONE = ("Z", "X", "x", "")


def descendants(above: int) -> list[int]:
    """Everything below a process, the youngest generation last."""
    found: list[int] = []
    seen: set[int] = set()
    pending = [above]
    while pending:
        process = pending.pop(0)
        for child in _children(process):
            if child not in seen:
                seen.add(child)
                found.append(child)
                pending.append(child)
    return found


def _children(process: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{process}/task"):
            with (
                contextlib.suppress(OSError),
                open(f"/proc/{process}/task/{task}/children", encoding="ascii") as file,
            ):
                found += map(int, file.read().split())
    return found


def state_of(process: int) -> str:
    """Its state as the kernel writes it (``R``, ``T``, ...); empty where it is gone."""
    name = f"/proc/{process}/stat"
    with contextlib.suppress(OSError), open(name, encoding="ascii", errors="replace") as file:
        return file.read().rpartition(")")[2].split()[0]
    return ""


def alive(above: int) -> list[int]:
    """Everything below a process that still runs."""
    return [each for each in descendants(above) if state_of(each) not in _GONE]


def waited(processes: list[int]) -> float:
    """Seconds the process that waited longest was ready to run and had no processor."""
    longest = 0.0
    for process in processes:
        name = f"/proc/{process}/schedstat"
        with contextlib.suppress(OSError, ValueError, IndexError), open(name, "rb") as file:
            longest = max(longest, int(file.read().split()[1]) / 1e9)
    return longest


def used(processes: list[int]) -> float:
    """Seconds of processor time that processes, and their children that have ended, have used."""
    ticks = 0
    for process in processes:
        name = f"/proc/{process}/stat"
        with contextlib.suppress(OSError, ValueError), open(name, encoding="ascii",
                                                            errors="replace") as file:  # fmt: skip
            ticks += sum(map(int, file.read().rpartition(")")[2].split()[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def used_by_all() -> float:
    """Seconds of processor time that the whole machine has used, idle and waiting apart."""
    with contextlib.suppress(OSError, ValueError), open("/proc/stat", encoding="ascii") as file:
        words = [int(each) for each in file.readline().split()[1:9]]
        return (sum(words) - words[3] - words[4]) / os.sysconf("SC_CLK_TCK")
    return 0.0


def send(processes: list[int], number: int) -> None:
    """A signal to each that is still there."""
    for process in processes:
        with contextlib.suppress(OSError):
            os.kill(process, number)


def signal_thread(process: int, number: int) -> bool:
    """A signal to the main thread of a process; whether it was sent, and is not blocked there."""
    import ctypes

    with contextlib.suppress(OSError, AttributeError, ValueError):
        with open(f"/proc/{process}/status", encoding="ascii", errors="replace") as file:
            blocked = next(line.split()[1] for line in file if line.startswith("SigBlk:"))
        if not int(blocked, 16) >> (number - 1) & 1:
            return int(ctypes.CDLL(None).tgkill(process, process, number)) == 0
    return False


def end_all(above: int, seconds: float = 5.0) -> None:
    """Kills everything below a process, and what those start meanwhile."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        left = alive(above)
        send(left, signal.SIGSTOP)
        send(left, signal.SIGKILL)
        reap()
        if not alive(above):
            return
        time.sleep(0.01)


def reap(main: int = 0) -> int | None:
    """Collects whatever has ended; the status of ``main`` where it is among them."""
    found = None
    while True:
        try:
            process, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if not process:
            return found
        if process == main:
            found = status
