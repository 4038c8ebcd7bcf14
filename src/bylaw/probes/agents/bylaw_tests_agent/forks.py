"""A run in a process of its own, begun where the tests are collected already."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable


def is_safe() -> bool:
    """Whether nothing but this thread runs here; no other one would survive a fork."""
    if not hasattr(os, "fork"):
        return False
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return threading.active_count() == 1


def in_fork(work: Callable[[], None]) -> int:
    """Does something in a fork.

    Returns:
        The exit status of the fork; negative for a signal.
    """
    gc.collect()
    child = os.fork()
    if child == 0:
        status = 70
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
