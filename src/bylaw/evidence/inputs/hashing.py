"""One file of the tree as evidence sees it: its mode as git knows it, and its content."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import NamedTuple

PLAIN, PROGRAM, LINK, SUBMODULE, SPECIAL = "100644", "100755", "120000", "160000", "special"
"""Modes: git's own, and one for what is no file at all (a socket, a pipe, a device)."""

UNREADABLE = "unreadable"
"""Stands for the content of a file that may not be opened, so that a mended mode is a change."""

_PIECE = 1 << 20
_ATTEMPTS = 3


class Hashed(NamedTuple):
    """What was read.

    Attributes:
        mode: its mode.
        digest: SHA-256 of its content in hexadecimal; of where it points for a link.
        steady: whether it did not change while it was read.
    """

    mode: str
    digest: str
    steady: bool


def mode_of(found: os.stat_result) -> str:
    """The mode that git would record."""
    kind = found.st_mode
    if stat.S_ISLNK(kind):
        return LINK
    if not stat.S_ISREG(kind):
        return SPECIAL
    return PROGRAM if kind & stat.S_IXUSR else PLAIN


def hash_file(path: str, found: os.stat_result) -> Hashed | None:
    """Reads a file, link or other thing of the tree.

    Args:
        path: where it lies.
        found: what ``lstat`` said of it.

    Returns:
        What it holds; None where it vanished meanwhile.
    """
    mode = mode_of(found)
    if mode == SPECIAL:
        return Hashed(SPECIAL, "", True)
    try:
        if mode == LINK:
            target = os.fsencode(os.readlink(path))
            return Hashed(LINK, hashlib.sha256(target).hexdigest(), True)
        return _hash_regular(path, mode)
    except FileNotFoundError:
        return None
    except OSError:
        return Hashed(mode, UNREADABLE, True)


def _hash_regular(path: str, mode: str) -> Hashed:
    """Reads until two looks at the stamp agree; a file that never rests is not steady."""
    # Somebody may put a pipe in its place between the look and the opening.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    with open(os.open(path, flags), "rb", buffering=0) as file:
        for _ in range(_ATTEMPTS):
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                return Hashed(SPECIAL, "", False)
            digest = hashlib.sha256()
            while piece := file.read(_PIECE):
                digest.update(piece)
            if _stamp(os.fstat(file.fileno())) == _stamp(before):
                return Hashed(mode, digest.hexdigest(), True)
            file.seek(0)
    return Hashed(mode, digest.hexdigest(), False)


def _stamp(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_mtime_ns, found.st_size, found.st_ctime_ns
