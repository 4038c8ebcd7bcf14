"""What happened, and which first-party line caused it."""

from __future__ import annotations

import sys
from threading import get_ident
from types import FrameType
from typing import Any

from bylaw_agent.frames import Frames, is_default_setter

ALL = "*"
"""Stands for the name where every variable is read at once."""
MOST_EVENTS = 4000


class Recorder:
    """Keeps events, each once per stack, with the nearest first-party line first.

    Attributes:
        events: ``[kind, name, stack, by, owner]`` in order; ``stack`` holds ``[path, line,
            function]`` and ends with the module body the event happened in; ``by`` says whose code
            did it: ``own``, ``default`` (``setdefault``), ``library``, ``switch`` (a library that
            reads a variable of its own), ``import`` (the body of a
            third-party module) or ``standard``; ``owner`` is the settings class it worked for.
        frames: tells whose code did it.
        enabled: whether events are kept.
        lost: events beyond the limit.
    """

    def __init__(self, root: str, paths: list[str]) -> None:
        self.frames = Frames(root, paths)
        self._seen: set[Any] = set()
        self._busy: set[int] = set()
        self.enabled = False
        self.events: list[list[Any]] = []
        self.lost = 0

    def start(self) -> None:
        """Forgets what was recorded and keeps what happens from now on."""
        self.events.clear()
        self._seen.clear()
        self.lost = 0
        self.enabled = True

    def record(self, kind: str, name: str, frame: FrameType | None = None) -> None:
        """Keeps one event, unless the import system itself is what did it.

        Args:
            kind: effect kind.
            name: what was read, reached or started.
            frame: where it happened; the caller's, where not given.
        """
        thread = get_ident()
        if not self.enabled or thread in self._busy:
            return
        self._busy.add(thread)
        try:
            self._record(kind, name, frame or sys._getframe(1))
        finally:
            self._busy.discard(thread)

    def _record(self, kind: str, name: str, frame: FrameType | None) -> None:
        by, owner, found = self.frames.attribute(frame, name if kind == "env-read" else "")
        if found is None or not by:
            return
        setting = by == "own" and is_default_setter(frame)
        stack = self.frames.stack(found)
        place = tuple(map(tuple, stack))
        key = (kind, name, place)
        # Whoever reads every variable reads each of them: that is said once.
        if key in self._seen or (kind == "env-read" and (kind, ALL, place) in self._seen):
            return
        if len(self.events) >= MOST_EVENTS:
            self.lost += 1
            return
        self._seen.add(key)
        self.events.append([kind, name, stack, "default" if setting else by, owner])

    def record_at(self, kind: str, name: str, path: str, line: int) -> None:
        """Keeps an event of which only the module is known."""
        key = (kind, name, path)
        if self.enabled and key not in self._seen:
            self._seen.add(key)
            self.events.append([kind, name, [[path, line, "<module>"]], "own", ""])
