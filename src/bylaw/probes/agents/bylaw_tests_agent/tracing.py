"""Which lines of some files run: ``sys.monitoring`` where there is one, else ``sys.settrace``."""

from __future__ import annotations

import sys
import threading
from types import CodeType, FrameType
from typing import Any

from bylaw_tests_agent.places import Places

_TOOL = 4


class Tracer:
    """Records lines of the traced files.

    Attributes:
        lines: path and line of what ran since ``begin``.
    """

    def __init__(self, places: Places, paths: list[str]) -> None:
        self.lines: set[tuple[str, int]] = set()
        self._places = places
        self._paths = frozenset(paths)
        self._files: dict[str, str] = {}
        self._seen: set[CodeType] = set()
        self._on = False

    def start(self) -> None:
        """Begins to record."""
        if not self._paths or self._on:
            return
        self._on = True
        monitoring = getattr(sys, "monitoring", None)
        if monitoring is None:
            threading.settrace(self._called)
            sys.settrace(self._called)
            return
        events = monitoring.events
        monitoring.use_tool_id(_TOOL, "bylaw")
        monitoring.register_callback(_TOOL, events.PY_START, self._entered)
        monitoring.register_callback(_TOOL, events.LINE, self._reached)
        monitoring.set_events(_TOOL, events.PY_START)

    def stop(self) -> None:
        """Ends recording."""
        if not self._on:
            return
        self._on = False
        monitoring = getattr(sys, "monitoring", None)
        if monitoring is None:
            sys.settrace(None)
            threading.settrace(None)
            return
        monitoring.set_events(_TOOL, 0)
        monitoring.free_tool_id(_TOOL)

    def begin(self) -> None:
        """Forgets what ran before."""
        self.lines = set()
        if not self._on:
            return
        monitoring = getattr(sys, "monitoring", None)
        if monitoring is not None:
            monitoring.restart_events()
        elif sys.gettrace() != self._called:
            sys.settrace(self._called)

    def taken(self) -> dict[str, list[int]]:
        """What ran since ``begin``, by path."""
        found: dict[str, list[int]] = {}
        for path, line in sorted(self.lines):
            found.setdefault(path, []).append(line)
        return found

    def _path(self, file: str) -> str:
        found = self._files.get(file)
        if found is None:
            path = self._places.path_of(file)
            self._files[file] = found = path if path in self._paths else ""
        return found

    def _called(self, frame: FrameType, event: str, argument: Any) -> Any:
        path = self._path(frame.f_code.co_filename)
        if not path:
            return None
        self.lines.add((path, frame.f_lineno))
        return self._stepped

    def _stepped(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            self.lines.add((self._path(frame.f_code.co_filename), frame.f_lineno))
        return self._stepped

    def _entered(self, code: CodeType, offset: int) -> Any:
        monitoring = sys.monitoring  # type: ignore[attr-defined]
        path = self._path(code.co_filename)
        if path:
            self.lines.add((path, code.co_firstlineno))
            if code not in self._seen:
                self._seen.add(code)
                monitoring.set_local_events(_TOOL, code, monitoring.events.LINE)
        return monitoring.DISABLE

    def _reached(self, code: CodeType, line: int) -> Any:
        self.lines.add((self._path(code.co_filename), line))
        return sys.monitoring.DISABLE  # type: ignore[attr-defined]
