"""The tree at one moment: every file that git tracks or would track, by its content.

Only what changed since the last time is read again. That a stamp vouches for content is judged by
``source/stat_index.py``, whose rule for edits within one tick of the clock holds here too.
"""

from __future__ import annotations

import marshal
import os
import time
from typing import TYPE_CHECKING, NamedTuple

from bylaw.evidence.inputs.hashing import SUBMODULE, UNREADABLE, Hashed, hash_file
from bylaw.evidence.inputs.manifest import File, Manifest, manifest_bytes, manifest_digest
from bylaw.evidence.inputs.replayed import TREE_FORMAT, tree_target
from bylaw.source.atomic import read_checked, write_checked
from bylaw.source.stat_index import Snapshot, is_racy, take, unchanged

if TYPE_CHECKING:
    from collections.abc import Callable

    from bylaw.evidence.inputs.listing import Listing
    from bylaw.source.discovery import SourceFile


class Tree(NamedTuple):
    """A tree at one moment.

    Attributes:
        root: absolute path of the root.
        files: its files, sorted by path.
        whole: ``sha256:...`` of the manifest of all of them.
        tree: git tree of the commit that is checked out; empty outside git.
        commit: that commit; empty outside git, and before the first one.
        state: ``clean``, ``dirty`` or ``no-git``.
        unreadable: files that may not be opened.
        restless: files that changed while they were read.
    """

    root: str
    files: tuple[File, ...]
    whole: str
    tree: str
    commit: str
    state: str
    unreadable: tuple[str, ...] = ()
    restless: tuple[str, ...] = ()


class _Kept(NamedTuple):
    """What the cache holds of the last look."""

    snapshot: Snapshot
    whole: str
    files: tuple[tuple[str, str, str], ...]
    tree: str
    commit: str
    state: str
    unreadable: tuple[str, ...]


def take_tree(root: str, *, cached: bool = True, clock: Callable[[], int] = time.time_ns) -> Tree:
    """Looks at a tree.

    Args:
        root: absolute path of the root.
        cached: whether what an earlier look read may be used again.
        clock: tells the time, in nanoseconds since 1970.

    Returns:
        The tree; the same for the same files, whatever the cache holds.
    """
    root = os.path.realpath(root)
    target = tree_target(root) if cached else ""
    kept = _read(target)
    now_ns = clock()
    if kept is not None and unchanged(kept.snapshot, root, now_ns):
        files = tuple(map(File._make, kept.files))
        return Tree(root, files, kept.whole, kept.tree, kept.commit, kept.state, kept.unreadable)
    # Git and its kin are not needed where nothing changed.
    from bylaw.evidence.inputs.listing import list_tree

    listing = list_tree(root)
    looked = _look(root, listing, kept, now_ns)
    files = tuple(sorted(looked.files))
    whole = manifest_digest(manifest_bytes(Manifest(files)))
    tree_id = _tree_of(root, listing, kept)
    unreadable = tuple(sorted(each.path for each in files if each.digest == UNREADABLE))
    tree = Tree(root, files, whole, tree_id, listing.commit, listing.state, unreadable,
                tuple(sorted(looked.restless)))  # fmt: skip
    if target and not looked.restless:
        payload = (_snapshot(root, listing, looked, now_ns), whole, tuple(map(tuple, files)),
                   tree_id, listing.commit, listing.state, unreadable)  # fmt: skip
        write_checked(target, marshal.dumps(payload, 4), stamp=TREE_FORMAT)
    return tree


def changed_between(before: Tree, after: Tree) -> list[str]:
    """Paths of files that are not the same in two looks at one tree, sorted."""
    return sorted({each.path for each in {*before.files} ^ {*after.files}})


class _Looked(NamedTuple):
    """What one look at the files brought."""

    files: list[File]
    stamps: list[SourceFile]
    restless: list[str]


def _look(root: str, listing: Listing, kept: _Kept | None, now_ns: int) -> _Looked:
    from bylaw.source.discovery import SourceFile

    known, trusted = _known(kept)
    looked = _Looked([File(path, SUBMODULE, at) for path, at in listing.submodules.items()], [], [])
    lstat = os.lstat
    for path in listing.paths:
        place = f"{root}/{path}"
        try:
            found = lstat(place)
        except OSError:
            continue
        if found.st_mode & 0o170000 == 0o040000:
            # A directory stands where git tracks a file; what lies in it is listed by itself.
            continue
        stamp = (found.st_size, found.st_mtime_ns, found.st_ino, found.st_ctime_ns)
        before = known.get(path)
        if before is not None and before[0] == stamp and not _doubted(stamp, trusted):
            hashed: Hashed | None = Hashed(before[1], before[2], True)
        else:
            hashed = hash_file(place, found)
        if hashed is None:
            continue
        if not hashed.steady:
            looked.restless.append(path)
        looked.files.append(File(path, hashed.mode, hashed.digest))
        looked.stamps.append(SourceFile(path, *stamp))
    return looked


def _known(kept: _Kept | None) -> tuple[dict[str, tuple[tuple[int, ...], str, str]], int]:
    """Stamp, mode and digest of each file at the last look; and when that began."""
    if kept is None:
        return {}, 0
    of_path = {path: (mode, digest) for path, mode, digest in kept.files}
    known = {
        path: (tuple(stamp), *of_path[path]) for path, *stamp in kept.snapshot[3] if path in of_path
    }
    return known, kept.snapshot[1]


def _doubted(stamp: tuple[int, int, int, int], taken_ns: int) -> bool:
    return is_racy(stamp[1], stamp[3], taken_ns)


def _snapshot(root: str, listing: Listing, looked: _Looked, now_ns: int) -> Snapshot:
    from bylaw.source.discovery import Discovery, stamp_of

    deciders = sorted({os.path.relpath(path, root) for path in listing.deciders})
    watched = [(path, stamp_of(f"{root}/{path}")) for path in deciders]
    directories = sorted(listing.directories.items())
    return take(Discovery(sorted(looked.stamps), [], directories, [], watched), now_ns)


def _tree_of(root: str, listing: Listing, kept: _Kept | None) -> str:
    if not listing.commit:
        return ""
    if kept is not None and kept.commit == listing.commit:
        return kept.tree
    from bylaw.source.git import GitError, find_git, run

    git = find_git(root)
    if git is None:
        return ""
    try:
        return run(git, "rev-parse", "--verify", f"{listing.commit}^{{tree}}").decode().strip()
    except GitError:
        return ""


def _read(target: str) -> _Kept | None:
    payload = read_checked(target, stamp=TREE_FORMAT) if target else None
    if payload is None:
        return None
    try:
        return _Kept._make(marshal.loads(payload))
    except (ValueError, EOFError, TypeError):
        return None
