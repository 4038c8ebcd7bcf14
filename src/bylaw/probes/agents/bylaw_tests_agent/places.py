"""Whose code a file is: the project's, or not."""

from __future__ import annotations

import os
from types import FrameType, TracebackType
from typing import Any

OWN_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_FOREIGN = ("site-packages", "dist-packages", ".venv", "venv", ".tox", ".nox", "node_modules")
_FREEZERS = ("freezegun", "time_machine")
_DEEPEST = 200
_MOST_FRAMES = 30


class Places:
    """Knows the files below the root that are no installed package's."""

    def __init__(self, root: str) -> None:
        self.root = os.path.realpath(root)
        self._known: dict[str, str] = {}

    def path_of(self, file: str) -> str:
        """Path below the root of a first-party file; empty for any other."""
        found = self._known.get(file)
        if found is None:
            found = "" if file.startswith("<") else self._inside(os.path.realpath(file))
            self._known[file] = found
        return found

    def _inside(self, real: str) -> str:
        if not real.startswith(self.root + os.sep):
            return ""
        inside = real[len(self.root) + 1 :].replace(os.sep, "/")
        return "" if any(part in _FOREIGN for part in inside.split("/")) else inside

    def nearest(self, frame: FrameType | None) -> tuple[str, int]:
        """The first-party line that caused something; none where a clock is frozen or it logs."""
        for _ in range(_DEEPEST):
            if frame is None:
                break
            file = frame.f_code.co_filename
            if any(name in file for name in _FREEZERS) or file.endswith("logging/__init__.py"):
                return "", 0
            path = "" if file.startswith(OWN_FOLDER) else self.path_of(file)
            if path:
                return path, frame.f_lineno
            frame = frame.f_back
        return "", 0


def first_party_frames(trace: TracebackType | None, places: Places) -> list[list[Any]]:
    """The project's lines an exception passed through, outermost first: path, line, function."""
    found: list[list[Any]] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        path = places.path_of(code.co_filename)
        if path:
            found.append([path, trace.tb_lineno, code.co_name])
        trace = trace.tb_next
    return found[-_MOST_FRAMES:]
