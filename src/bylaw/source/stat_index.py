"""Whether anything a run depended on has changed since: the hot path of "nothing changed".

A snapshot is plain tuples, so that marshal can hold it, and this module imports ``os`` and
nothing else, because all of it runs before anything is known to be worth doing.

A file whose stamp equals the stored one may still have been edited: two writes within one
tick of the file system's clock leave the same time. Hence the racy-clean rule, which git
knows too: a stamp as young as the snapshot proves nothing. The entry counts as changed, its
content is hashed, and the next snapshot, taken later, trusts it.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # importing typing would double the start-up; checkers know the name
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bylaw.source.discovery import Discovery

FORMAT = 1

RACY_NS = 100_000_000
"""Kernels stamp files by a coarse clock of 1 to 10 ms, shared folders of virtual machines
and containers lag a little more: 100 ms covers both and delays no second run noticeably."""

COARSE_RACY_NS = 2_000_000_000
"""The window where stamps are whole seconds: FAT counts in steps of two."""

_SECOND = 1_000_000_000
_MINUTE = 60 * _SECOND

FileEntry = tuple[str, int, int, int, int]
"""path, size, mtime_ns, inode, ctime_ns."""

DirectoryEntry = tuple[str, int]
"""path, mtime_ns."""

WatchedEntry = tuple[str, "tuple[int, int, int, int] | None"]
"""path, and (mtime_ns, size, inode, ctime_ns) or None for a file that did not exist."""

Snapshot = tuple[
    int,
    int,
    bool,
    tuple[FileEntry, ...],
    tuple[DirectoryEntry, ...],
    tuple[WatchedEntry, ...],
]
"""FORMAT, clock before the walk, whether no entry is racy, files, directories, watched."""


def take(discovery: Discovery, taken_ns: int) -> Snapshot:
    """Keep what a walk saw.

    Nothing is looked at again: a stamp taken after the content was read would vouch for
    content that nobody read.

    Args:
        discovery: the walk.
        taken_ns: the wall clock, read before the walk began.

    Returns:
        The snapshot.
    """
    return _assemble(
        # Plain tuples: marshal refuses named ones.
        tuple((*file,) for file in discovery.files),
        tuple(discovery.directories),
        tuple(discovery.watched),
        taken_ns,
    )


def unchanged(snapshot: Snapshot, root: str, now_ns: int) -> bool:
    """Say whether everything a run depended on is as it was.

    Args:
        snapshot: what that run saw.
        root: absolute path of the root.
        now_ns: the wall clock.

    Returns:
        True only where that is certain; a snapshot of another format, one with racy entries,
        one from the future and anything malformed count as changed.
    """
    try:
        form, taken_ns, trusted, files, directories, watched = snapshot
        if form != FORMAT or not trusted or now_ns < taken_ns:
            return False
        below = root + "/"
        lstat = os.lstat
        for path, size, mtime_ns, inode, ctime_ns in files:
            found = lstat(below + path)
            if (
                found.st_mtime_ns != mtime_ns
                or found.st_size != size
                or found.st_ino != inode
                or found.st_ctime_ns != ctime_ns
            ):
                return False
        return _same_layout(below, directories, watched)
    except (OSError, ValueError, TypeError):
        return False


def _assemble(
    files: tuple[FileEntry, ...],
    directories: tuple[DirectoryEntry, ...],
    watched: tuple[WatchedEntry, ...],
    taken_ns: int,
) -> Snapshot:
    trusted = not _is_any_racy(files, directories, watched, taken_ns)
    return (FORMAT, taken_ns, trusted, files, directories, watched)


def _same_layout(
    below: str, directories: Sequence[DirectoryEntry], watched: Sequence[WatchedEntry]
) -> bool:
    """Whether no file came or went, and no file that decides what is analysed changed."""
    for path, mtime_ns in directories:
        if os.stat(below + path).st_mtime_ns != mtime_ns:
            return False
    for path, stamp in watched:
        try:
            found = os.stat(below + path)
        except FileNotFoundError:
            if stamp is not None:
                return False
        else:
            if stamp != (found.st_mtime_ns, found.st_size, found.st_ino, found.st_ctime_ns):
                return False
    return True


def _is_any_racy(
    files: Sequence[FileEntry],
    directories: Sequence[DirectoryEntry],
    watched: Sequence[WatchedEntry],
    taken_ns: int,
) -> bool:
    return (
        any(is_racy(entry[2], entry[4], taken_ns) for entry in files)
        or any(is_racy(mtime_ns, mtime_ns, taken_ns) for _, mtime_ns in directories)
        or any(is_racy(stamp[0], stamp[3], taken_ns) for _, stamp in watched if stamp)
    )


def is_racy(mtime_ns: int, ctime_ns: int, taken_ns: int) -> bool:
    """Whether an edit after the snapshot could have left the very same times.

    The inode's time cannot be set by hand, so any one not older than the snapshot is
    suspect. The content's time can be: one far in the future (an archive unpacked under a
    wrong clock) will not be met again by an edit and must not spoil every run.
    """
    coarse = mtime_ns % _SECOND == 0 and ctime_ns % _SECOND == 0
    start = taken_ns - (COARSE_RACY_NS if coarse else RACY_NS)
    return ctime_ns >= start or start <= mtime_ns <= taken_ns + _MINUTE
