"""Calls of the clock, of chance and of the network that a test makes through first-party lines.

``sys.monitoring`` where the interpreter has it, else ``sys.setprofile``; the network by audit
events, whatever the interpreter.
"""

from __future__ import annotations

import datetime
import os
import random
import sys
import threading
import time
import uuid
from types import CodeType, FrameType
from typing import Any

from bylaw_tests_agent.places import Places

_TOOL = 3
_LOCAL = ("127.", "::1", "localhost", "0.0.0.0", "::ffff:127.")
_SHARED = getattr(random, "_inst", None)
_TIMES = (time.time, time.time_ns)
_DAYS = ("now", "utcnow", "today")
_UNIQUE = (uuid.uuid1, uuid.uuid4, os.urandom)


class Calls:
    """Records what a test reads that is another thing the next time.

    Attributes:
        seen: kind, path and line since ``begin``, to the name of the outermost function there.
        refused: addresses outside this machine that were asked for since ``begin``.
        reseeded: whether a plug-in seeds chance before each test.
    """

    def __init__(self, places: Places) -> None:
        self.seen: dict[tuple[str, str, int], str] = {}
        self.refused: set[tuple[str, str, int]] = set()
        self.reseeded = False
        self._places = places
        self._seeded = False
        self._on = False
        sys.addaudithook(self._audited)

    def start(self) -> None:
        """Begins to watch the clock and chance."""
        if self._on:
            return
        self._on = True
        monitoring = getattr(sys, "monitoring", None)
        if monitoring is None:
            threading.setprofile(self._profiled)
            sys.setprofile(self._profiled)
            return
        monitoring.use_tool_id(_TOOL, "bylaw calls")
        monitoring.register_callback(_TOOL, monitoring.events.CALL, self._called)
        monitoring.set_events(_TOOL, monitoring.events.CALL)

    def begin(self) -> None:
        """Forgets what was seen before."""
        self.seen, self.refused, self._seeded = {}, set(), self.reseeded
        if self._on and getattr(sys, "monitoring", None) is not None:
            sys.monitoring.restart_events()  # type: ignore[attr-defined]

    def _called(self, code: CodeType, offset: int, function: Any, first: Any) -> Any:
        kind = _kind(function)
        if kind:
            self._note(kind, function, sys._getframe(1))
            return None
        return sys.monitoring.DISABLE  # type: ignore[attr-defined]

    def _profiled(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "c_call":
            kind = _kind(argument)
            if kind:
                self._note(kind, argument, frame)
        elif event == "call":
            code = frame.f_code
            if code in _CODES:
                held = frame.f_locals.get("self")
                if code.co_filename == _RANDOM_FILE and held is not _SHARED:
                    return
                name = code.co_name
                kind = "seed" if name == "seed" else _CODES[code]
                self._note(kind, _Named(name), frame.f_back)

    def _note(self, kind: str, function: Any, frame: FrameType | None) -> None:
        if kind == "seed":
            self._seeded = True
            return
        if (kind == "random" and self._seeded) or (kind == "clock" and _is_travelling()):
            return
        path, line = self._places.nearest(frame)
        if path:
            self.seen.setdefault((kind, path, line), getattr(function, "__name__", "?"))

    def _audited(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            address = arguments[1]
            host = address[0] if isinstance(address, tuple) else ""
        elif event == "socket.getaddrinfo":
            host = arguments[0]
        else:
            return
        if isinstance(host, bytes):
            host = host.decode("ascii", "replace")
        if not host or not isinstance(host, str) or host.startswith(_LOCAL):
            return
        path, line = self._places.nearest(sys._getframe(1))
        self.refused.add((host[:100], path, line))


class _Named:
    """Stands for a function of which only the name is known."""

    def __init__(self, name: str) -> None:
        self.__name__ = name


def _python_codes() -> dict[CodeType, str]:
    found: dict[CodeType, str] = {}
    for function in (uuid.uuid1, uuid.uuid4):
        found[function.__code__] = "random"
    for name in ("choice", "choices", "randint", "randrange", "sample", "shuffle", "uniform",
                 "gauss", "seed"):  # fmt: skip
        code = getattr(getattr(random.Random, name, None), "__code__", None)
        if code is not None:
            found[code] = "random"
    return found


_CODES = _python_codes()
_RANDOM_FILE = random.Random.choice.__code__.co_filename


def _kind(function: Any) -> str:
    """``clock``, ``random``, ``seed``, or empty for what answers alike each time."""
    name = getattr(function, "__name__", "")
    if name in _DAYS:
        owner = getattr(function, "__self__", None)
        return "clock" if isinstance(owner, type) and issubclass(owner, datetime.date) else ""
    if _is_plain(function) and function in _TIMES:
        return "clock"
    if _is_plain(function) and function in _UNIQUE:
        return "random"
    if _SHARED is not None and getattr(function, "__self__", None) is _SHARED:
        return "seed" if name == "seed" else "random" if name != "getstate" else ""
    return ""


def _is_plain(function: Any) -> bool:
    """A function: comparing anything else could run the project's code."""
    return type(function).__name__ in ("builtin_function_or_method", "function")


def _is_travelling() -> bool:
    """Whether time-machine holds the clock, which replaces it below Python."""
    module = sys.modules.get("time_machine")
    return bool(getattr(module, "coordinates_stack", None))
