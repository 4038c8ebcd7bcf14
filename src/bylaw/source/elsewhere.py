"""Files beyond the walk that decide what a run says: its stored report must not outlive them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from bylaw.source.config_files import CONFIG_NAME, PYPROJECT_NAME
from bylaw.source.discovery import Discovery, stamp_of


def watch_also(found: Discovery, root: str, paths: Iterable[str]) -> Discovery:
    """Adds files to those a stored report depends on.

    Args:
        found: the walk.
        root: absolute path of the root.
        paths: files, whether they exist or not; absolute, or relative to the root.

    Returns:
        The walk with their stamps, taken now: call it before the files are read.
    """
    watched = dict(found.watched)
    for path in paths:
        relative = os.path.relpath(os.path.join(root, path), root)
        watched.setdefault(relative, stamp_of(os.path.join(root, path)))
    return found._replace(watched=sorted(watched.items()))


def root_marks(root: str, asked: Sequence[str]) -> list[str]:
    """Files that would move the root, or change what git ignores below it.

    Args:
        root: absolute path of the root.
        asked: paths of the call.

    Returns:
        Absolute paths, at and above the root and each asked path. An existing ``.git`` is left
        out: git changes its time with every command, and its going away is no everyday event.
    """
    marks: set[str] = set()
    for start in {root, *map(os.path.realpath, asked)}:
        directory = start if os.path.isdir(start) else os.path.dirname(start)
        while True:
            marks.update(os.path.join(directory, name) for name in (CONFIG_NAME, PYPROJECT_NAME))
            if not os.path.lexists(os.path.join(directory, ".git")):
                marks.add(os.path.join(directory, ".git"))
            parent = os.path.dirname(directory)
            if parent == directory:
                break
            directory = parent
    return sorted(marks)
