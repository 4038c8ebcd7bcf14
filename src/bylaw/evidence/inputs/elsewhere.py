"""What lies beside the tree and was looked at: ignored files, files above, packages, history."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterable
from typing import NamedTuple

from bylaw.evidence.inputs.hashing import LINK, PROGRAM, hash_file
from bylaw.evidence.inputs.installed import installed_digest
from bylaw.evidence.inputs.leftovers import CACHES, is_coverage_data
from bylaw.source.directory_kinds import OWN_FOLDER
from bylaw.source.stat_index import is_racy

FILE, THERE, NAMES, GIT, INSTALLED, SETTINGS = (
    "file", "there", "names", "git", "installed", "settings",
)  # fmt: skip
ABSENT = "absent"
NO_SETTINGS = hashlib.sha256().hexdigest()
"""What ``settings`` are where there are none."""

_Stamp = tuple[int, int, int, int]
Remembered = dict[str, tuple[_Stamp, int, str]]
"""Digest of a file, with its stamp and when that was taken."""


class Layout(NamedTuple):
    """The paths of a tree.

    Attributes:
        files: its files.
        directories: what they lie in.
    """

    files: frozenset[str]
    directories: frozenset[str]


def layout_of(paths: Iterable[str]) -> Layout:
    """Files and directories of a tree.

    Args:
        paths: its files.
    """
    files = frozenset(paths)
    directories = {""}
    for path in files:
        above = path.rpartition("/")[0]
        while above not in directories:
            directories.add(above)
            above = above.rpartition("/")[0]
    return Layout(files, frozenset(directories))


def look(
    kind: str, path: str, root: str, layout: Layout, remembered: Remembered | None = None
) -> str:
    """What something beside the tree is now, in the words of its kind.

    Args:
        kind: see ``Elsewhere``.
        path: relative to the root, or absolute.
        root: absolute path of the root.
        layout: the tree as it is now.
        remembered: digests of files looked at before; is added to.
    """
    place = os.path.join(root, path)
    if kind == FILE:
        return _content(place, {} if remembered is None else remembered)
    if kind == THERE:
        return _presence(place)
    if kind == NAMES:
        return _names(place, path, layout)
    if kind == GIT:
        return _history(root)
    if kind == SETTINGS:
        return _settings(root, path.split(","), layout)
    return installed_digest(place)


def _content(place: str, remembered: Remembered) -> str:
    try:
        found = os.stat(place)
    except (OSError, ValueError):
        return ABSENT
    if stat.S_ISDIR(found.st_mode):
        return "directory"
    stamp = (found.st_mtime_ns, found.st_size, found.st_ino, found.st_ctime_ns)
    known = remembered.get(place)
    if known is not None and known[0] == stamp and not is_racy(stamp[0], stamp[3], known[1]):
        return known[2]
    taken_ns = time.time_ns()
    hashed = hash_file(place, found)
    if hashed is None:
        return ABSENT
    digest = hashed.digest or hashed.mode
    if hashed.mode == PROGRAM:
        digest += f" {PROGRAM}"
    if hashed.steady:
        remembered[place] = (stamp, taken_ns, digest)
    return digest


def _presence(place: str) -> str:
    try:
        kind = os.stat(place).st_mode
    except (OSError, ValueError):
        return LINK if os.path.islink(place) else ABSENT
    if stat.S_ISDIR(kind):
        return "directory"
    if not stat.S_ISREG(kind):
        return "special"
    return "program" if kind & stat.S_IXUSR else FILE


def _names(place: str, path: str, layout: Layout) -> str:
    """Digest over what lies in a directory and is neither the tree's nor some tool's cache."""
    below = f"{path}/" if path else ""
    names = []
    try:
        with os.scandir(place) as entries:
            for entry in entries:
                where = below + entry.name
                if where in layout.files or where in layout.directories or _is_cache(entry):
                    continue
                names.append(entry.name + ("/" if entry.is_dir() else ""))
    except OSError:
        return ABSENT
    text = "\0".join(sorted(names))
    return hashlib.sha256(os.fsencode(text)).hexdigest()


def _settings(root: str, names: list[str], layout: Layout) -> str:
    """Digest over files of these names that lie beside files of the tree, and are none of it."""
    digest = hashlib.sha256()
    for folder in sorted(layout.directories):
        below = f"{folder}/" if folder else ""
        for name in names:
            path = below + name
            if path not in layout.files and os.path.lexists(f"{root}/{path}"):
                digest.update(os.fsencode(f"{path}\0{_content(f'{root}/{path}', {})}\0"))
    return digest.hexdigest()


def _is_cache(entry: os.DirEntry[str]) -> bool:
    """Whether a tool may make this at any time, and promises that it does not matter."""
    name = entry.name
    if name in CACHES or name in (".git", OWN_FOLDER) or is_coverage_data(name):
        return True
    return entry.is_dir() and os.path.isfile(f"{entry.path}/CACHEDIR.TAG")


def in_cache(root: str, path: str) -> bool:
    """Whether a path below the root lies in some tool's cache.

    Args:
        root: absolute path of the root.
        path: relative to it.
    """
    parts = path.split("/")
    if is_coverage_data(parts[-1]):
        return True
    for depth in range(1, len(parts) + 1):
        if parts[depth - 1] in CACHES:
            return True
        if os.path.isfile("/".join([root, *parts[:depth], "CACHEDIR.TAG"])):
            return True
    return False


def _history(root: str) -> str:
    """Digest over the checked-out commit, every branch and tag, and what is staged."""
    # It brings subprocess along, and few ask for it.
    from bylaw.source.git import GitError, find_git, run

    git = find_git(root)
    if git is None:
        return ABSENT
    digest = hashlib.sha256()
    for words in (
        ("rev-parse", "--verify", "--quiet", "HEAD"),
        ("symbolic-ref", "--quiet", "HEAD"),
        ("for-each-ref", "--format=%(objectname) %(refname)"),
        ("ls-files", "--stage", "-z"),
    ):
        try:
            digest.update(run(git, *words))
        except GitError:
            # A repository without a commit, or a detached head.
            digest.update(b"none")
        digest.update(b"\0\0")
    return digest.hexdigest()
