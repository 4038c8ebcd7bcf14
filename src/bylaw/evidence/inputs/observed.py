"""What was seen of a run, and how paths of it become part of an input set."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

from bylaw.evidence.inputs.elsewhere import (
    FILE,
    GIT,
    NAMES,
    THERE,
    Layout,
    in_cache,
    look,
)
from bylaw.evidence.inputs.leftovers import OWN_FOLDER
from bylaw.evidence.inputs.manifest import Elsewhere

_SYSTEM = ("/usr/", "/lib/", "/lib64/", "/bin/", "/sbin/", "/etc/", "/proc/", "/sys/", "/dev/",
           "/run/", "/System/", "/Library/")  # fmt: skip
"""The operating system's own: what an item says of its platform stands for them."""


_ROOM = "/bylaw-run-"
"""Part of the path of every folder that a run gets for itself."""


class Observed(NamedTuple):
    """What a run looked at.

    Attributes:
        paths: files of the tree whose content may have been looked at; None for all, because
            something escaped.
        how: how they were found, or what escaped, in words.
        elsewhere: what was looked at beside the tree; it counts in either case.
    """

    paths: frozenset[str] | None
    how: str
    elsewhere: tuple[Elsewhere, ...] = ()


class Places:
    """Tells for a path whether it is the tree's, counts beside it, or is nobody's business.

    Args:
        root: absolute path of the root, resolved.
        layout: the tree.
        own: folders of interpreters and of Bylaw itself, whose content is accounted for otherwise.
        temporary: folders for what a run makes and forgets.
        started_ns: when the run began.
    """

    def __init__(
        self, root: str, layout: Layout, own: Iterable[str], temporary: Iterable[str],
        started_ns: int,
    ) -> None:  # fmt: skip
        self._root, self._layout, self._started_ns = root, layout, started_ns
        self._own = tuple(each for each in _folders(own) if not f"{root}/".startswith(each))
        self._temporary = _folders(temporary)
        self._above = _folders_above(root)
        self._resolved = _Links().resolved

    def relative(self, path: str) -> str | None:
        """A path below the root, relative to it; None for any other. Links are resolved."""
        real = self._resolved(path)
        if real == self._root:
            return ""
        return real[len(self._root) + 1 :] if real.startswith(f"{self._root}/") else None

    def is_own(self, path: str) -> bool:
        """Whether it lies where an interpreter, or Bylaw, keeps what is its own."""
        return path.startswith(self._own) or self._resolved(path).startswith(self._own)

    def beside(self, kind: str, path: str) -> Elsewhere | None:
        """What a look at something beside the tree means for the input set.

        Args:
            kind: ``file``, ``there`` or ``names``.
            path: absolute.

        Returns:
            What it is now; None where it does not count.
        """
        if path.startswith(self._own):
            return None
        relative = self.relative(path)
        if relative is None:
            return self._outside(kind, path)
        if kind != THERE and f"{relative}/".startswith(".git/"):
            return Elsewhere(GIT, "", look(GIT, "", self._root, self._layout))
        # Compiled code gets here only where its source does not decide.
        is_kept = kind == FILE and relative.endswith(".pyc")
        if relative.partition("/")[0] == OWN_FOLDER:
            return None
        if kind != NAMES and self._is_of_tree(relative):
            return None
        if not is_kept and in_cache(self._root, relative):
            return None
        if self._resolved(path).startswith(self._own):
            return None
        return Elsewhere(kind, relative, look(kind, relative, self._root, self._layout))

    def _is_of_tree(self, relative: str) -> bool:
        """Whether the paths of the tree decide what is there: below a file there is nothing."""
        if relative in self._layout.directories:
            return True
        while relative and relative not in self._layout.files:
            relative = relative.rpartition("/")[0]
        return bool(relative)

    def _outside(self, kind: str, path: str) -> Elsewhere | None:
        real = self._resolved(path)
        if f"{real}/".startswith((*self._own, *_SYSTEM)) or real == "/" or _ROOM in real:
            return None
        is_above = os.path.dirname(path) in self._above
        is_temporary = real.startswith(self._temporary)
        if is_temporary and (kind == NAMES or not (is_above or self._was_there(kind, real))):
            return None
        if kind == NAMES and real in self._above:
            # Who lists a folder above ours finds our neighbours, who come and go.
            return None
        found = Elsewhere(kind, path, look(kind, path, self._root, self._layout))
        return None if kind == THERE and found.digest == "directory" else found

    def _was_there(self, kind: str, path: str) -> bool:
        """Whether a file lay there before the run, and still does."""
        return kind == FILE and os.path.isfile(path) and not self.is_made_here(path)

    def is_made_here(self, path: str) -> bool:
        """Whether the run itself, or somebody meanwhile, wrote a file."""
        try:
            return os.stat(path).st_ctime_ns >= self._started_ns
        except (OSError, ValueError):
            return False


class _Links:
    """Resolves links; folders once."""

    def __init__(self) -> None:
        self._real: dict[str, str] = {}

    def resolved(self, path: str) -> str:
        """A path without links."""
        if ".." in path:
            return os.path.realpath(path)
        folder, name = os.path.split(os.path.normpath(path))
        real = self._real.get(folder)
        if real is None:
            real = self._real[folder] = os.path.realpath(folder)
        joined = os.path.join(real, name) if name else real
        return os.path.realpath(joined) if os.path.islink(joined) else joined


def _folders(paths: Iterable[str]) -> tuple[str, ...]:
    """Folders in both spellings, with a slash at the end."""
    both = {form.rstrip("/") for each in paths for form in (each, os.path.realpath(each))}
    return tuple(sorted(f"{each}/" for each in both if each))


def _folders_above(root: str) -> frozenset[str]:
    found = set()
    while root != os.path.dirname(root):
        root = os.path.dirname(root)
        found.add(root)
    return frozenset(found)
