"""What differs between a commit and another one or the work tree: each file before and after."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bylaw.source.git import Git, run, untracked_files

LARGEST = 4 << 20
"""Bytes of a file beyond which its content is not read."""
SUBMODULE, LINK, FILE = "160000", "120000", "100644"
MISSING = "missing from the clone"
_NOTHING = "000000"
_OPTIONS = ("--raw", "-M", "-z", "--no-abbrev", "--ignore-submodules=dirty", "--no-ext-diff")
_MOST_PAIRS = 20_000
_ALIKE = 0.5


class Changed(NamedTuple):
    """One file.

    Attributes:
        path: below the root, after the change; where it is gone, before it.
        old_path: before the change; another one where it was renamed.
        old_mode: of git, before the change; empty where it was not there.
        mode: after the change; empty where it is gone.
        before: content before; of a link its target; None where it was not there or is not read.
        after: content after.
        problem: why a content is not read; empty where both are.
    """

    path: str
    old_path: str
    old_mode: str
    mode: str
    before: bytes | None
    after: bytes | None
    problem: str = ""

    @property
    def is_renamed(self) -> bool:
        """Whether it had another path before."""
        return self.path != self.old_path

    @property
    def is_submodule(self) -> bool:
        """Whether it is the commit of another repository, before or after."""
        return SUBMODULE in (self.old_mode, self.mode)


class _Row(NamedTuple):
    path: str
    old_path: str
    old_mode: str
    mode: str
    old_blob: str
    blob: str


def changes_between(git: Git, base: str, head: str = "") -> list[Changed]:
    """What differs below the root.

    Renames are followed, also out of and into the root, and also where git does not know yet of
    the new file. Submodules count where they stand at another commit.

    Args:
        git: the repository.
        base: commit before the change.
        head: commit after it; empty for the work tree with everything git does not ignore.

    Returns:
        One entry per file whose content or mode differs, by path.

    Raises:
        GitError: git refused.
    """
    rows = list(_rows(git, _raw(git, base, head)))
    if not head:
        known = {each.path for each in rows if each.mode}
        # What ends with a slash is another repository, which git would not look into either.
        listed = (path for path in untracked_files(git) if not path.endswith("/"))
        new = [path for path in listed if path not in known]
        rows = [each for each in rows if each.mode or each.path not in new] + [
            _untracked(git, path, {each.path: each for each in rows if not each.mode})
            for path in new
        ]
    blobs = _read_blobs(git, rows)
    found = [_changed(git, row, blobs, head) for row in rows]
    found = [each for each in found if not _is_same(each)]
    return sorted(_paired(found) if not head else found, key=lambda each: each.path)


def _raw(git: Git, base: str, head: str) -> bytes:
    if head:
        return run(git, "diff-tree", "-r", *_OPTIONS, base, head, "--")
    return run(git, "diff-index", *_OPTIONS, base, "--")


def _rows(git: Git, listed: bytes) -> Iterator[_Row]:
    """Entries below the root; a rename over its border is a new file, or one that is gone."""
    words = iter(listed.split(b"\0"))
    cut = len(git.prefix)
    for head in words:
        if not head:
            continue
        old_mode, mode, old_blob, blob, status = head.decode("ascii").lstrip(":").split(" ")
        old = os.fsdecode(next(words))
        new = os.fsdecode(next(words)) if status[0] in "RC" else old
        inside = (old.startswith(git.prefix), new.startswith(git.prefix))
        if status[0] == "C":
            inside = (False, inside[1])
        if not inside[0] or old_mode == _NOTHING:
            old_mode = old_blob = ""
        if not inside[1] or mode == _NOTHING:
            mode = blob = ""
        if any(inside):
            path = new[cut:] if inside[1] else old[cut:]
            yield _Row(path, old[cut:] if inside[0] else path, old_mode, mode, old_blob, blob)


def _untracked(git: Git, path: str, gone: dict[str, _Row]) -> _Row:
    """A file that git does not track; it may have tracked one of that path at the base."""
    before = gone.get(path)
    mode = _mode_on_disk(f"{git.top}/{git.prefix}{path}")
    if before is None:
        return _Row(path, path, "", mode, "", "")
    return before._replace(mode=mode)


def _mode_on_disk(place: str) -> str:
    try:
        found = os.lstat(place).st_mode
    except OSError:
        return FILE
    if stat.S_ISDIR(found):
        return SUBMODULE
    return LINK if stat.S_ISLNK(found) else "100755" if found & 0o100 else FILE


def _changed(git: Git, row: _Row, blobs: dict[str, bytes | str], head: str) -> Changed:
    before = _content(row.old_mode, row.old_blob, blobs)
    if head:
        after = _content(row.mode, row.blob, blobs)
    else:
        after = _on_disk(f"{git.top}/{git.prefix}{row.path}") if row.mode else None
        if row.mode == SUBMODULE:
            after = None
    problem = next((each for each in (before, after) if isinstance(each, str)), "")
    return Changed(
        row.path, row.old_path, row.old_mode, row.mode,
        before if isinstance(before, bytes) else None, after if isinstance(after, bytes) else None,
        problem,
    )  # fmt: skip


def _content(mode: str, blob: str, blobs: dict[str, bytes | str]) -> bytes | str | None:
    return None if not mode or mode == SUBMODULE else blobs.get(blob, MISSING)


def _on_disk(place: str) -> bytes | str:
    """Content of a file, target of a link, or why it cannot be had."""
    try:
        if os.path.islink(place):
            return os.fsencode(os.readlink(place))
        if os.path.getsize(place) > LARGEST:
            return "too large to be read"
        with open(place, "rb") as file:
            return file.read()
    except OSError as error:
        return error.strerror or "unreadable"


def _is_same(each: Changed) -> bool:
    """Whether a file only looks changed to git: touched, or with other ends of lines."""
    if each.is_renamed or each.mode != each.old_mode or each.is_submodule or each.problem:
        return False
    if each.before is None or each.after is None:
        return each.before is each.after
    return each.before.replace(b"\r\n", b"\n") == each.after.replace(b"\r\n", b"\n")


def _read_blobs(git: Git, rows: Iterable[_Row]) -> dict[str, bytes | str]:
    """Contents of many objects by one process; why not, for those that cannot be had."""
    wanted = {row.old_blob for row in rows if row.old_blob and row.old_mode != SUBMODULE}
    wanted |= {row.blob for row in rows if row.blob.strip("0") and row.mode != SUBMODULE}
    sizes = run(git, "cat-file", "--batch-check", given=_lines(wanted)).splitlines()
    found: dict[str, bytes | str] = {}
    for line in sizes:
        name, _, rest = line.decode("ascii").partition(" ")
        kind, _, size = rest.partition(" ")
        if kind == "blob" and int(size) > LARGEST:
            found[name] = "too large to be read"
    data = run(git, "cat-file", "--batch", given=_lines(wanted - found.keys()))
    at = 0
    while at < len(data):
        end = data.index(b"\n", at)
        name, kind, *told = data[at:end].decode("ascii").split(" ")
        at = end + 1
        if kind == "blob":
            found[name] = data[at : at + int(told[0])]
            at += int(told[0]) + 1
    return found


def _lines(names: Iterable[str]) -> bytes:
    return "".join(f"{each}\n" for each in sorted(names)).encode("ascii")


def _paired(found: list[Changed]) -> list[Changed]:
    """Joins files that are gone with new ones of the same or nearly the same content.

    Git does so for what it tracks; ``mv`` without ``git add`` looks like two other things.
    """
    gone = [each for each in found if not each.mode and each.before]
    new = [each for each in found if not each.old_mode and each.after]
    if not gone or not new or len(gone) * len(new) > _MOST_PAIRS:
        return found
    pairs = sorted(
        (-likeness, old.path, fresh.path) for old in gone for fresh in new
         if old.mode != SUBMODULE and _ending(old) == _ending(fresh)
         and (likeness := _likeness(old.before or b"", fresh.after or b"")) > _ALIKE
    )  # fmt: skip
    by_path = {each.path: each for each in found}
    used: set[str] = set()
    for _, old, fresh in pairs:
        if old in used or fresh in used:
            continue
        used |= {old, fresh}
        before = by_path.pop(old)
        by_path[fresh] = by_path[fresh]._replace(
            old_path=old, old_mode=before.old_mode, before=before.before
        )
    return list(by_path.values())


def _ending(each: Changed) -> str:
    return os.path.splitext(each.path)[1]


def _likeness(before: bytes, after: bytes) -> float:
    """Share of lines that two contents have in common, from 0 to 1."""
    if before == after:
        return 1.0
    old, new = set(before.split(b"\n")), set(after.split(b"\n"))
    return 2 * len(old & new) / (len(old) + len(new))


def cut_history(git: Git, base: str, head: str, tip: str) -> str:
    """Why the history of a shallow clone cannot tell what a change is; empty where it can.

    Where the base is the head itself, and the history ends there, nothing is known of a change.

    Args:
        git: the repository.
        base: the merge base that was found.
        head: commit the change ends in.
        tip: commit it is compared with.

    Raises:
        GitError: git refused.
    """
    try:
        with open(f"{git.common}/shallow", encoding="ascii") as file:
            ends = set(file.read().split())
    except OSError:
        return ""
    seen = set(run(git, "rev-list", head, tip, f"^{base}", "--").decode("ascii").split())
    if base == head:
        seen.add(base)
    return "the history of this shallow clone ends within the change" if seen & ends else ""
