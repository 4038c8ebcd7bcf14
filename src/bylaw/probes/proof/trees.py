"""Other revisions of the project, as what differs from the checkout, which stays as it is."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable

from bylaw.probes.proof.change import Change
from bylaw.source.git import Git, changed_files, run

_LINK, _PROGRAM = "120000", "100755"


def write_head(change: Change, folder: str) -> str:
    """What makes the checkout the head of a change; empty where it is that already.

    Args:
        change: the change.
        folder: a temporary directory.
    """
    if not change.head:
        return ""
    return _write(change.git, folder, _to_head(change))


def write_base_with_tests(change: Change, folder: str) -> str:
    """What makes the checkout the base of a change, with the tests of its head.

    Everything but tests, what supports them, and how they are run is as it was at the base.
    """
    wanted = _to_head(change) if change.head else {}
    for each in change.files:
        if each.is_test or not _belongs_to_base(each.path):
            continue
        wanted[each.path] = ""
        if each.old_path != each.path:
            wanted[each.old_path] = change.base
        elif each.before is not None:
            wanted[each.path] = change.base
    return _write(change.git, folder, wanted)


def write_base(change: Change, folder: str) -> str:
    """What makes the checkout the base of a change, tests included."""
    wanted = _to_head(change) if change.head else {}
    for each in change.files:
        wanted[each.path] = ""
        if each.before is not None:
            wanted[each.old_path] = change.base
    return _write(change.git, folder, wanted)


def _belongs_to_base(path: str) -> bool:
    from bylaw.probes.proof.change import is_support

    return not is_support(path)


def _to_head(change: Change) -> dict[str, str]:
    """Path to the commit its content comes from; empty where it is not in the head."""
    git = change.git
    held = set(_listing(git, change.head))
    paths = changed_files(git, change.head)
    return {path: change.head if path in held else "" for path in paths}


def _listing(git: Git, commit: str) -> dict[str, tuple[str, str]]:
    """Path to mode and blob of every file of a commit."""
    found = {}
    cut = len(git.prefix)
    for row in run(git, "ls-tree", "-r", "--full-tree", "-z", commit).split(b"\0"):
        head, _, name = row.partition(b"\t")
        words = head.decode("ascii").split()
        path = os.fsdecode(name)
        if len(words) == 3 and words[1] == "blob" and path.startswith(git.prefix):
            found[path[cut:]] = (words[0], words[2])
    return found


def identities(git: Git, commit: str, paths: Iterable[str]) -> dict[str, str]:
    """Blob of each of some files in a commit; those that it does not hold are left out."""
    held = _listing(git, commit)
    return {path: held[path][1] for path in paths if path in held}


def _write(git: Git, folder: str, wanted: dict[str, str]) -> str:
    place = tempfile.mkdtemp(prefix="tree-", dir=folder)
    listings = {commit: _listing(git, commit) for commit in set(wanted.values()) if commit}
    removed = []
    os.mkdir(f"{place}/files")
    for path, commit in sorted(wanted.items()):
        entry = listings[commit].get(path) if commit else None
        if entry is None:
            removed.append(path)
        else:
            _put(git, f"{place}/files/{path}", *entry)
    with open(f"{place}/removed.json", "w", encoding="utf-8") as file:
        json.dump(removed, file)
    return place


def _put(git: Git, target: str, mode: str, blob: str) -> None:
    data = run(git, "cat-file", "blob", blob)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if mode == _LINK:
        os.symlink(os.fsdecode(data), target)
        return
    with open(target, "wb") as file:
        file.write(data)
    os.chmod(target, 0o755 if mode == _PROGRAM else 0o644)
