"""Whose code a frame is, and which first-party lines led to it."""

from __future__ import annotations

import os
import sys
import sysconfig
from types import FrameType
from typing import Any

OWN_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
STANDARD_FOLDER = os.path.realpath(sysconfig.get_path("stdlib"))
_DEEPEST = 400
_LONGEST_STACK = 30
_SITE = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_ACCESSORS = ("os.py", "_collections_abc.py")
"""Through them code reads the environment; they never read it for themselves."""


class Frames:
    """Knows first-party files and reads stacks."""

    def __init__(self, root: str, paths: list[str]) -> None:
        self._root = root
        self._known = frozenset(paths)
        self._files: dict[str, str] = {}

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

    def attribute(
        self, frame: FrameType | None, name: str = ""
    ) -> tuple[str, str, FrameType | None]:
        """Whose code it was, the first-party class it worked for, and the first-party frame.

        Args:
            frame: where it happened.
            name: variable that was read; ``switch`` is a library that reads a name it has itself,
                or that another library gives it.
        """
        by, owner, imported = "", "", False
        reader = caller = ""
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
                    if by == "library" and name and reader != caller and not _has_name(frame, name):
                        by = "switch"
                    return ("import" if imported else by or "own"), owner, frame
                caller = _package(file) or caller
                if not by:
                    by = _origin(file, frame.f_code.co_name)
                    reader = caller
                    if by == "library" and name and _has_name(frame, name):
                        by = "switch"
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


def _package(file: str) -> str:
    """The installed package a file belongs to, by its folder; empty for any other file."""
    for part in _SITE:
        _, found, inside = file.rpartition(part)
        if found:
            return inside.partition(os.sep)[0]
    return ""


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


def _has_name(frame: FrameType, name: str) -> bool:
    """Whether a string stands in the code of a frame, or in its module: nobody handed it in."""
    if name in frame.f_code.co_consts:
        return True
    return any(type(value) is str and value == name for value in frame.f_globals.values())


def is_default_setter(frame: FrameType | None) -> bool:
    """Whether the event is ``os.environ.setdefault`` looking whether there is a value."""
    for _ in range(6):
        if frame is None:
            return False
        if frame.f_code.co_name == "setdefault":
            return True
        frame = frame.f_back
    return False
