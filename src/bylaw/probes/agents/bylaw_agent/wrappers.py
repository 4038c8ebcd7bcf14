"""Where audit events are blind: functions wrapped so that a call of them is seen.

A wrapper records before it calls, so that what a denial makes of the call does not matter.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import inspect
import random
import signal
import sys
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from bylaw_agent.recorder import Recorder

_STANDARD = (
    (signal, "signal", "process", "signal.signal"),
    (atexit, "register", "process", "atexit.register"),
    (time, "sleep", "sleep", "time.sleep"),
    (asyncio, "run", "process", "asyncio.run"),
)
_DIRECT = (
    (time, "time", "clock"), (uuid, "uuid1", "random"), (uuid, "uuid4", "random"),
    (random, "random", "random"), (random, "randint", "random"), (random, "choice", "random"),
    (random, "shuffle", "random"), (random, "uniform", "random"), (random, "sample", "random"),
)  # fmt: skip
"""Recorded only where first-party code is the caller: libraries call them all the time."""


def wrap_standard_library(recorder: Recorder) -> None:
    """Wraps what starts threads, loops and handlers, sleeps, and asks clock or chance."""
    for owner, name, kind, told in _STANDARD:
        setattr(owner, name, _wrapped(recorder, getattr(owner, name), kind, told))
    for owner, name, kind in _DIRECT:
        told = f"{owner.__name__}.{name}"
        setattr(owner, name, _wrapped(recorder, getattr(owner, name), kind, told, direct=True))
    loop: Any = asyncio.BaseEventLoop
    for name in ("run_until_complete", "run_forever"):
        told = f"asyncio loop.{name}"
        setattr(loop, name, _wrapped(recorder, getattr(loop, name), "process", told))
    thread: Any = threading.Thread
    thread.start = _wrapped(recorder, thread.start, "thread", "threading.Thread.start")


def _wrapped(
    recorder: Recorder, function: Any, kind: str, told: str, direct: bool = False
) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*arguments: Any, **keywords: Any) -> Any:
        frame = sys._getframe(1)
        if not direct or recorder.frames.own_path(frame.f_code.co_filename):
            recorder.record(kind, told, frame)
        return function(*arguments, **keywords)

    return call


def wrap_libraries(recorder: Recorder, targets: list[tuple[str, str]]) -> None:
    """Wraps functions and classes of libraries that are loaded by now.

    Args:
        recorder: told of each call.
        targets: dotted name and ``kind:qualifier``, as effect stubs spell them.
    """
    replaced: dict[int, tuple[Any, Any]] = {}
    for dotted, effect in targets:
        owner, name, found = _find(dotted)
        if found is None:
            continue
        if isinstance(found, type):
            _wrap_making(recorder, found, effect, dotted)
        elif callable(found) and id(found) not in replaced:
            wrapper = _wrapped(recorder, found, effect, dotted)
            if isinstance(owner, type):
                _wrap_method(owner, name, wrapper, recorder, effect, dotted)
            else:
                replaced[id(found)] = (found, wrapper)
    if replaced:
        _replace_everywhere(replaced)


def _find(dotted: str) -> tuple[Any, str, Any]:
    """The module or class that holds the last name, that name, and the object; None if not there.

    Looking is all that happens: what a lazy object would load or ask for stays unasked.
    """
    parts = dotted.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        owner: Any = sys.modules.get(".".join(parts[:cut]))
        if owner is not None:
            for part in parts[cut:-1]:
                owner = _static(owner, part)
            return owner, parts[-1], _static(owner, parts[-1])
    return None, "", None


def _static(owner: Any, name: str) -> Any:
    """An attribute as it is stored; of a method, the function."""
    try:
        found = inspect.getattr_static(owner, name)
    except (AttributeError, TypeError):
        return None
    return found.__func__ if isinstance(found, (classmethod, staticmethod)) else found


def _wrap_making(recorder: Recorder, kind: Any, effect: str, dotted: str) -> None:
    try:
        kind.__init__ = _wrapped(recorder, kind.__init__, effect, dotted)
    except (AttributeError, TypeError):
        return  # a class written in C keeps its methods


def _wrap_method(
    owner: Any, name: str, wrapper: Any, recorder: Recorder, effect: str, dotted: str
) -> None:
    plain = vars(owner).get(name)
    try:
        if isinstance(plain, (classmethod, staticmethod)):
            inner = _wrapped(recorder, plain.__func__, effect, dotted)
            setattr(owner, name, type(plain)(inner))
        elif plain is not None and callable(plain):
            setattr(owner, name, wrapper)
    except (AttributeError, TypeError):
        return


def _replace_everywhere(replaced: dict[int, tuple[Any, Any]]) -> None:
    """A function has as many names as modules that import it."""
    for module in list(sys.modules.values()):
        names = getattr(module, "__dict__", None)
        if not isinstance(names, dict):
            continue
        for name, value in list(names.items()):
            entry = replaced.get(id(value))
            if entry is not None and entry[0] is value:
                names[name] = entry[1]
