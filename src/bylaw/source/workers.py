"""Work beside our own: one forked child, one answer, no threads.

A raw fork costs 3 ms where a pool costs 15 to 50 (PERFORMANCE.md). The child sees everything the
parent had computed before; what it answers travels as marshalled plain values.
"""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

MARSHAL_VERSION = 4
"""Understood by every interpreter since 3.4."""


class Worker(NamedTuple):
    """A child at work.

    Attributes:
        process: its process id.
        reader: file descriptor its answer comes through.
    """

    process: int
    reader: int


def can_fork() -> bool:
    """Whether this platform has ``os.fork``."""
    return hasattr(os, "fork")


def start_worker(job: Callable[[], Any]) -> Worker:
    """Runs ``job`` in a forked child.

    Args:
        job: gives back a value that ``marshal`` can hold.

    Returns:
        The worker, to be asked for its answer once; it has none where no child could be started.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    reader, writer = os.pipe()
    try:
        child = os.fork()
    except OSError:
        # No process or memory left: the parent does the work itself.
        os.close(writer)
        return Worker(0, reader)
    if child:
        os.close(writer)
        return Worker(child, reader)
    status = 1
    try:
        os.close(reader)
        answer = marshal.dumps(job(), MARSHAL_VERSION)
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(answer)
        status = 0
    finally:
        # Whatever happened, the child must not run the parent's code from here on.
        os._exit(status)


class SharedQueue:
    """Numbers that forked processes take from one another's queue, each handed out once.

    A pipe holds them: reading two bytes from it is atomic, so nobody needs a lock. Whoever dies
    with a number takes it along; the parent sees what is missing from the answers.
    """

    MOST = 16_000
    """Numbers that fit into a pipe without anybody reading."""

    def __init__(self, count: int) -> None:
        if not 0 <= count <= self.MOST:
            raise ValueError(f"a queue holds up to {self.MOST} numbers, not {count}")
        self._reader, writer = os.pipe()
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(b"".join(number.to_bytes(2, "big") for number in range(count)))

    def __iter__(self) -> Iterator[int]:
        while len(taken := os.read(self._reader, 2)) == 2:
            yield int.from_bytes(taken, "big")

    def close(self) -> None:
        """Gives the pipe back, in the process that made the queue."""
        os.close(self._reader)


def answer_of(worker: Worker) -> Any:
    """What a worker found; None when it died before it had said everything."""
    with os.fdopen(worker.reader, "rb") as pipe:
        data = pipe.read()
    if not worker.process:
        return None
    try:
        _, status = os.waitpid(worker.process, 0)
    except ChildProcessError:
        # Whoever started us ignores SIGCHLD, so the child left no status; its words may be whole.
        status = 0
    if status:
        return None
    try:
        return marshal.loads(data)
    except (ValueError, EOFError, TypeError):
        return None


def available_processes() -> int:
    """Processors this process may use: affinity and cgroup limits respected."""
    try:
        count = len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        count = os.cpu_count() or 1
    try:
        with open("/sys/fs/cgroup/cpu.max", "rb") as file:
            quota, period = file.read().split()
        if quota != b"max":
            count = min(count, max(1, -(-int(quota) // int(period))))
    except (OSError, ValueError):
        pass
    return max(1, count)
