"""The files of a root, as what a document's references are looked up in."""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any

_PRUNED = frozenset(
    {".git", "node_modules", ".venv", "venv", "__pycache__", ".mypy_cache", ".ruff_cache",
     ".pytest_cache", ".tox", ".nox", ".hg", ".svn"}
)  # fmt: skip
_MOST = 200_000


class Tree:
    """Everything below a root, listed when first asked for."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._specs: dict[str, Any] = {}

    @cached_property
    def _listing(self) -> tuple[frozenset[str], frozenset[str]]:
        """Files and folders, relative to the root."""
        files: list[str] = []
        folders: list[str] = []
        for folder, names, found in os.walk(self.root):
            names[:] = sorted(name for name in names if name not in _PRUNED)
            inside = os.path.relpath(folder, self.root).replace(os.sep, "/")
            prefix = "" if inside == "." else f"{inside}/"
            folders += [prefix + name for name in names]
            files += [prefix + name for name in found]
            if len(files) > _MOST:
                break
        return frozenset(files), frozenset(folders)

    @property
    def files(self) -> frozenset[str]:
        """Paths of the files."""
        return self._listing[0]

    @property
    def folders(self) -> frozenset[str]:
        """Paths of the folders."""
        return self._listing[1]

    @cached_property
    def names(self) -> frozenset[str]:
        """Every end of every path: ``c.py``, ``b/c.py``, ``a/b/c.py``."""
        ends: set[str] = set()
        for path in (*self.files, *self.folders):
            parts = path.split("/")
            ends.update("/".join(parts[at:]) for at in range(len(parts)))
        return frozenset(ends)

    def _ignores(self, folder: str) -> Any:
        """What the ``.gitignore`` of a folder ignores; None where it has none."""
        from pathspec import GitIgnoreSpec

        if folder not in self._specs:
            text = self.text(f"{folder}/.gitignore" if folder else ".gitignore")
            self._specs[folder] = GitIgnoreSpec.from_lines(text.splitlines()) if text else None
        return self._specs[folder]

    def is_ignored(self, path: str) -> bool:
        """Whether git ignores a path: what is made when the project runs or is built."""
        parts = path.strip("/").split("/")
        for at in range(len(parts)):
            spec = self._ignores("/".join(parts[:at]))
            inside = "/".join(parts[at:])
            if spec is not None and (spec.match_file(inside) or spec.match_file(f"{inside}/")):
                return True
        return False

    def has(self, path: str, folder: str = "") -> bool:
        """Whether a path is there: from a folder, from the root, or as the end of another."""
        bare = path.strip("/")
        for start in (folder, ""):
            place = os.path.normpath(os.path.join(start, bare)).replace(os.sep, "/")
            if place == "." or os.path.exists(os.path.join(self.root, place)):
                return True
        return bare in self.names or self.is_ignored(bare)

    def text(self, path: str) -> str:
        """Text of a file; empty where it cannot be read."""
        try:
            with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as file:
                return file.read(1 << 20)
        except OSError:
            return ""
