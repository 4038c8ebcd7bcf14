"""The unified diff of what mends would change, for people and for ``patch``."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

_NO_NEWLINE = b"\\ No newline at end of file\n"


def unified_diff(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> bytes:
    """The difference between two states of some files.

    Args:
        before: content by path; a file that is not in it is new.
        after: new content of the files that change.

    Returns:
        A diff that ``git apply`` and ``patch -p1`` take, in the bytes of the files.
    """
    lines: list[bytes] = []
    for path in sorted(after):
        name = path.encode("utf-8", "surrogateescape")
        for line in difflib.diff_bytes(
            difflib.unified_diff,
            _rows(before.get(path, b"")), _rows(after[path]),
            b"a/" + name if path in before else b"/dev/null", b"b/" + name,
        ):  # fmt: skip
            lines.append(line if line.endswith(b"\n") else line + b"\n" + _NO_NEWLINE)
    return b"".join(lines)


def _rows(data: bytes) -> list[bytes]:
    """Lines as diff tools see them: ended by a line feed and by nothing else."""
    rows = [row + b"\n" for row in data.split(b"\n")]
    last = rows.pop()[:-1]
    return [*rows, last] if last else rows
