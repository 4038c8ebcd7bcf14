"""What happened, and which first-party line caused it."""

from __future__ import annotations

import os
import sys
import sysconfig
from threading import get_ident
from types import FrameType
from typing import Any

OWN_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
STANDARD_FOLDER = os.path.realpath(sysconfig.get_path("stdlib"))
MOST_EVENTS = 4000
_DEEPEST = 400
_LONGEST_STACK = 30
_SITE = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_ACCESSORS = ("os.py", "_collections_abc.py")
"""Through them code reads the environment; they never read it for themselves."""


class Recorder:
    """Keeps events, each once per stack, with the nearest first-party line first.

    Attributes:
        events: ``[kind, name, stack, by, owner]`` in order; ``stack`` holds ``[path, line,
            function]`` and ends with the module body the event happened in; ``by`` says whose code
            did it: ``own``, ``default`` (``setdefault``), ``library``, ``import`` (the body of a
            third-party module) or ``standard``; ``owner`` is the settings class it worked for.
        enabled: whether events are kept.
        lost: events beyond the limit.
    """

    def __init__(self, root: str, paths: list[str]) -> None:
        self._root = root
        self._known = frozenset(paths)
        self._files: dict[str, str] = {}
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

    def own_path(self, file: str) -> str:
        """Path below the root of a first-party file; empty for any other."""
        try:
            return self._files[file]
        except KeyError:
            real = os.path.realpath(file) if not file.startswith("<") else ""
            inside = real[len(self._root) + 1 :] if real.startswith(self._root + os.sep) else ""
            found = inside.replace(os.sep, "/")
            self._files[file] = found = found if found in self._known else ""
            return found

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
        by, owner, found = self._attribute(frame)
        if found is None or not by:
            return
        setting = by == "own" and _is_default_setter(frame)
        stack = self.stack(found)
        key = (kind, name, tuple(map(tuple, stack)))
        if key in self._seen:
            return
        if len(self.events) >= MOST_EVENTS:
            self.lost += 1
            return
        self._seen.add(key)
        self.events.append([kind, name, stack, "default" if setting else by, owner])

    def _attribute(self, frame: FrameType | None) -> tuple[str, str, FrameType | None]:
        """Whose code it was, the first-party class it worked for, and the first-party frame."""
        by, owner, imported = "", "", False
        for _ in range(_DEEPEST):
            if frame is None:
                break
            file = frame.f_code.co_filename
            if file.startswith("<frozen importlib"):
                if not by:
                    return "", "", None
                imported = True
            elif not file.startswith(OWN_FOLDER):
                if self.own_path(file):
                    return ("import" if imported else by or "own"), owner, frame
                by = by or _origin(file, frame.f_code.co_name)
                owner = self._owner(frame) or owner
            frame = frame.f_back
        return by, owner, None

    def _owner(self, frame: FrameType) -> str:
        """First-party class of the object a library's method works on."""
        names = frame.f_code.co_varnames
        if not frame.f_code.co_argcount or names[0] not in ("self", "__pydantic_self__", "cls"):
            return ""
        held = frame.f_locals.get(names[0])
        kind = held if isinstance(held, type) else type(held)
        module = sys.modules.get(getattr(kind, "__module__", ""))
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and self.own_path(file):
            return f"{kind.__module__}.{kind.__qualname__}"
        return ""

    def stack(self, frame: FrameType | None) -> list[list[Any]]:
        """First-party frames outwards, up to the module body they run in."""
        result: list[list[Any]] = []
        for _ in range(_DEEPEST):
            if frame is None:
                break
            path = self.own_path(frame.f_code.co_filename)
            if path:
                code = frame.f_code
                name = getattr(code, "co_qualname", code.co_name)
                if len(result) < _LONGEST_STACK or code.co_name == "<module>":
                    result.append([path, frame.f_lineno, name])
                if code.co_name == "<module>":
                    break
            frame = frame.f_back
        return result

    def record_at(self, kind: str, name: str, path: str, line: int) -> None:
        """Keeps an event of which only the module is known."""
        key = (kind, name, path)
        if self.enabled and key not in self._seen:
            self._seen.add(key)
            self.events.append([kind, name, [[path, line, "<module>"]], "own", ""])


def _origin(file: str, function: str) -> str:
    """Whose code a file that is not first-party is; empty for what only passes on."""
    if any(part in file for part in _SITE):
        return "library"
    if file.endswith(("posixpath.py", "<frozen posixpath>", "<frozen ntpath>")):
        # Paths of the user's home are its own affair; ``expandvars`` reads for its caller.
        return "" if function == "expandvars" else "standard"
    if file.startswith("<") or os.path.basename(file) in _ACCESSORS:
        return ""
    return "standard" if os.path.realpath(file).startswith(STANDARD_FOLDER) else "library"


def _is_default_setter(frame: FrameType | None) -> bool:
    """Whether the event is ``os.environ.setdefault`` looking whether there is a value."""
    for _ in range(6):
        if frame is None:
            return False
        if frame.f_code.co_name == "setdefault":
            return True
        frame = frame.f_back
    return False
