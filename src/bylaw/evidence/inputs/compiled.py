"""Compiled Python and the sources it stands for (PEP 3147, PEP 552)."""

from __future__ import annotations

import os
from collections.abc import Sequence

ENDING = ".pyc"
_FOLDER = "__pycache__"
_UNCHECKED = b"\x01\x00\x00\x00"


class Compiled:
    """Finds sources; folders are listed once.

    Args:
        prefixes: where interpreters keep compiled code apart from its sources; empty texts where
            they do not.
    """

    def __init__(self, prefixes: Sequence[str]) -> None:
        self._prefixes = tuple({f"{each.rstrip('/')}/" for each in prefixes if each})
        self._names: dict[str, list[str]] = {}

    def sources(self, path: str) -> list[str]:
        """Sources that a file of compiled code may have been made of.

        Args:
            path: absolute path of the compiled file.

        Returns:
            Absolute paths. The name of compiled code is that of its source with the name of an
            interpreter behind it, and either may hold dots: every source whose name is the
            beginning is one. None where it lies where no source is looked for.
        """
        folder, name = os.path.split(path)
        for prefix in self._prefixes:
            if f"{folder}/".startswith(prefix):
                folder = folder[len(prefix) - 1 :] or "/"
                break
        else:
            if os.path.basename(folder) != _FOLDER:
                return []
            folder = os.path.dirname(folder)
        names = self._names.get(folder)
        if names is None:
            names = self._names[folder] = _sources_in(folder)
        return [f"{folder}/{each}" for each in names if name.startswith(each[:-2])]


def stands_for_itself(path: str) -> bool:
    """Whether compiled code is believed without a look at its source."""
    try:
        with open(path, "rb") as file:
            return file.read(8)[4:8] == _UNCHECKED
    except OSError:
        return False


def _sources_in(folder: str) -> list[str]:
    try:
        return [name for name in os.listdir(folder) if name.endswith(".py")]
    except OSError:
        return []
