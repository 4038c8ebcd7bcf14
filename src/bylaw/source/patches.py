"""Lines that a change adds: commit by commit, then the work tree; read as git prints them."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from typing import NamedTuple

from bylaw.source.git import Git, GitError, command_of, untracked_files

WORK_TREE = ""
_HUNK = re.compile(rb"^@@+ (?:-\d+(?:,\d+)? )+\+(\d+)(?:,(\d+))? @@")
_COMMIT = re.compile(rb"^commit ([0-9a-f]{40,64})$")
_LARGEST = 32 << 20


class Added(NamedTuple):
    """Lines that stand together and are new.

    Attributes:
        path: file, relative to the root.
        line: 1-based line of the first.
        text: the lines; bytes that are no UTF-8 are replaced.
        commit: hash of the commit that adds them; ``WORK_TREE`` where none does yet.
    """

    path: str
    line: int
    text: str
    commit: str


def added_lines(git: Git, base: str) -> Iterator[Added]:
    """Every line that a change adds, also those that a later commit of it takes away again.

    Args:
        git: the repository.
        base: commit the change starts from.

    Yields:
        The lines: those of each commit since the base, merges by what neither parent has; then
        those of the work tree, files that git does not track among them.

    Raises:
        GitError: git refused.
    """
    common = (
        "--unified=0", "--text", "--no-ext-diff", "--no-textconv", "--no-color", "--no-renames",
        "--src-prefix=a/", "--dst-prefix=b/", "--ignore-submodules=all",
    )  # fmt: skip
    log = (
        "log", "--reverse", "--no-show-signature", "--no-notes", "--diff-merges=combined",
        "--format=commit %H", "-p", *common, f"{base}..HEAD", "--",
    )  # fmt: skip
    yield from _hunks(git, log)
    yield from _hunks(git, ("diff", *common, "HEAD", "--"))
    for path in untracked_files(git):
        place = os.path.join(git.top, git.prefix, path)
        if os.path.isfile(place) and not os.path.islink(place):
            with open(place, "rb") as file:
                text = file.read(_LARGEST).decode("utf-8", "replace")
            yield Added(path, 1, text, WORK_TREE)


def _hunks(git: Git, arguments: tuple[str, ...]) -> Iterator[Added]:
    commit, path = WORK_TREE, ""
    first, parents = 0, 1
    rows: list[bytes] = []
    left = 0

    def finished() -> Iterator[Added]:
        if rows and path.startswith(git.prefix):
            text = b"\n".join(rows).decode("utf-8", "replace")
            yield Added(path[len(git.prefix) :], first, text, commit)
        rows.clear()

    for row in _streamed(git, arguments):
        if left > 0 and row[:parents].strip(b"+ ") == b"":
            left -= 1
            is_new = row[:parents] == b"+" * parents
            if is_new:
                rows.append(row[parents:])
            if not is_new or not left:
                after = first + len(rows) + (not is_new)
                yield from finished()
                first = after
            continue
        hunk = _HUNK.match(row)
        if hunk is not None:
            yield from finished()
            parents = len(row) - len(row.lstrip(b"@")) - 1
            first, left = int(hunk[1]), int(hunk[2] if hunk[2] is not None else b"1")
        elif left <= 0 and row.startswith(b"+++ "):
            path = _named(row[4:])
        elif left <= 0 and (head := _COMMIT.match(row)) is not None:
            yield from finished()
            commit = head[1].decode("ascii")
    yield from finished()


def _named(text: bytes) -> str:
    """A path after ``+++``: quoted like a string of C where it has odd characters."""
    text = text.rstrip(b"\t")
    if text.startswith(b'"'):
        raw = text.strip(b'"').decode("latin-1").encode("latin-1").decode("unicode_escape")
        text = raw.encode("latin-1")
    return os.fsdecode(text.removeprefix(b"b/"))


def _streamed(git: Git, arguments: tuple[str, ...]) -> Iterator[bytes]:
    """Lines of what git prints, without holding all of them; the line ends are cut off."""
    command, environment = command_of(git, arguments)
    try:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
            cwd=git.top, env=environment,
        )  # fmt: skip
    except OSError as error:
        raise GitError(f"git cannot be started: {error}") from None
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        for row in process.stdout:
            yield row.rstrip(b"\r\n")
        said = process.stderr.read().decode("utf-8", "replace").strip().splitlines()
    if process.returncode:
        raise GitError(said[-1] if said else f"git {arguments[0]} failed")
