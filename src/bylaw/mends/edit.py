"""Edits: byte ranges of files, what they become, and how several of them go together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bylaw.finding import Finding

SAFE, UNSAFE, DISPLAY = "safe", "unsafe", "display"
"""What may happen without asking, what changes behaviour, what is only ever shown."""


class Edit(NamedTuple):
    """Bytes of one file and what stands there afterwards.

    Attributes:
        path: file relative to the root.
        start: first byte that is replaced.
        end: first byte after it; equal to ``start`` for an insertion.
        replacement: the new bytes.
    """

    path: str
    start: int
    end: int
    replacement: bytes


class Mend(NamedTuple):
    """The edits that make one finding go away.

    Attributes:
        finding: what is mended.
        grade: ``safe`` or ``unsafe``.
        edits: in any number of files, sorted, none overlapping another.
    """

    finding: Finding
    grade: str
    edits: tuple[Edit, ...]


class NoMend(NamedTuple):
    """Why a finding that could have been mended is left to people.

    Attributes:
        finding: what stays.
        reason: a few words that continue "left because".
    """

    finding: Finding
    reason: str


def apply_edits(data: bytes, edits: Iterable[Edit]) -> bytes:
    """A file's bytes after its edits; everything outside of them is the same.

    Args:
        data: the content.
        edits: of this file, none overlapping another.

    Returns:
        The new content.
    """
    parts = []
    at = 0
    for edit in sorted(set(edits)):
        parts += [data[at : edit.start], edit.replacement]
        at = edit.end
    return b"".join([*parts, data[at:]])


def overlaps(one: Edit, other: Edit) -> bool:
    """Whether two different edits cannot both be made.

    Two mends may want the very same edit (an import both need): that is one edit. Insertions at
    one place would depend on their order, so that they overlap.
    """
    if one == other or one.path != other.path:
        return False
    if one.start == other.start:
        return True
    first, second = sorted((one, other))
    return second.start < first.end


def compatible(mends: Sequence[Mend]) -> tuple[list[Mend], list[Mend]]:
    """Divides mends into those that go together and those that have to wait.

    The earlier finding wins, so that the outcome does not depend on the order of work.

    Args:
        mends: in the order of their findings.

    Returns:
        Mends of which no two overlap, and the rest.
    """
    taken: dict[str, list[Edit]] = {}
    chosen, waiting = [], []
    for mend in mends:
        if any(overlaps(edit, other) for edit in mend.edits for other in taken.get(edit.path, ())):
            waiting.append(mend)
            continue
        chosen.append(mend)
        for edit in mend.edits:
            taken.setdefault(edit.path, []).append(edit)
    return chosen, waiting


def contents_after(mends: Iterable[Mend], contents: dict[str, bytes]) -> dict[str, bytes]:
    """New content of each file that some mends change.

    Args:
        mends: of which no two overlap.
        contents: what the files hold.
    """
    edits: dict[str, list[Edit]] = {}
    for mend in mends:
        for edit in mend.edits:
            edits.setdefault(edit.path, []).append(edit)
    return {path: apply_edits(contents[path], each) for path, each in sorted(edits.items())}


def groups(mends: Sequence[Mend]) -> list[list[Mend]]:
    """Mends that share a file, together: none of a group can be judged by its files alone."""
    group_of: dict[str, int] = {}
    found: dict[int, list[Mend]] = {}
    for number, mend in enumerate(mends):
        paths = {edit.path for edit in mend.edits}
        joined = sorted({group_of[path] for path in paths if path in group_of})
        members = [each for key in joined for each in found.pop(key)]
        found[number] = [*members, mend]
        for each in found[number]:
            group_of.update(dict.fromkeys((edit.path for edit in each.edits), number))
    return [found[number] for number in sorted(found)]
