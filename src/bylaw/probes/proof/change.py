"""What a change did: each file before and after, and the lines that are new."""

from __future__ import annotations

import difflib
from typing import NamedTuple

from bylaw.model.roles import is_test_path
from bylaw.source.git import Git, base_of, below, commit_of, run, text_at, untracked_files

_LARGEST = 4 << 20
CONFIGURATION = frozenset(
    {"pyproject.toml", "pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "tox.ini",
     "setup.cfg", "ruff.toml", ".ruff.toml", "mypy.ini", ".mypy.ini", ".coveragerc",
     "pyrightconfig.json", ".flake8"}
)  # fmt: skip
"""Files that say how tests, linters and type checkers run."""


class FileChange(NamedTuple):
    """One file.

    Attributes:
        path: below the root, after the change; where it is gone, before it.
        old_path: before the change; another one where it was renamed.
        before: text at the base; None where it was not there.
        after: text after the change; None where it is gone.
    """

    path: str
    old_path: str
    before: str | None
    after: str | None

    @property
    def is_source(self) -> bool:
        """Whether it is Python that tests are about."""
        return self.path.endswith(".py") and not is_support(self.path)

    @property
    def is_test(self) -> bool:
        """Whether it is a test, or Python that supports tests."""
        return self.path.endswith(".py") and is_support(self.path)

    def new_lines(self) -> frozenset[int]:
        """Lines that the text before did not have, 1-based."""
        if self.after is None:
            return frozenset()
        new = self.after.splitlines()
        if self.before is None:
            return frozenset(range(1, len(new) + 1))
        matcher = difflib.SequenceMatcher(None, self.before.splitlines(), new, autojunk=False)
        return frozenset(
            line
            for tag, _, _, start, end in matcher.get_opcodes()
            if tag != "equal"
            for line in range(start + 1, end + 1)
        )


class Change(NamedTuple):
    """A change.

    Attributes:
        git: the repository.
        base: commit it is compared with.
        head: commit it ends in; empty for the work tree.
        files: what differs, by path.
    """

    git: Git
    base: str
    head: str
    files: tuple[FileChange, ...]

    @property
    def sources(self) -> list[FileChange]:
        """Changed Python that tests are about."""
        return [each for each in self.files if each.is_source]

    @property
    def tests(self) -> list[FileChange]:
        """Changed Python of tests."""
        return [each for each in self.files if each.is_test]

    def text(self, path: str) -> str | None:
        """Text of a file after the change; None where it is not there."""
        if self.head:
            return text_at(self.git, self.head, path)
        return _on_disk(f"{self.git.top}/{self.git.prefix}{path}")


def is_support(path: str) -> bool:
    """Whether a file belongs to the tests: a test, what supports it, or how tests are run."""
    return is_test_path(path) or path.rpartition("/")[2] in CONFIGURATION


def change_between(git: Git, base: str, head: str) -> Change:
    """The change since the merge base of two revisions.

    Args:
        git: the repository.
        base: revision it is compared with; empty for the default branch of ``origin``.
        head: revision it ends in; empty for the work tree.

    Raises:
        GitError: a revision does not exist, or both share no history.
    """
    end = commit_of(git, head) if head else ""
    start = base_of(git, base, end or "HEAD")
    options = ["--name-status", "-M", "-z", "--ignore-submodules=all", "--no-ext-diff"]
    if end:
        listed = run(git, "diff-tree", "-r", *options, start, end, "--")
    else:
        listed = run(git, "diff-index", *options, start, "--")
    pairs = _pairs(git, listed)
    if not end:
        pairs |= {path: path for path in untracked_files(git)}
    files = [_file(git, start, end, old, path) for path, old in sorted(pairs.items())]
    return Change(git, start, end, tuple(each for each in files if each.before != each.after))


def _pairs(git: Git, listed: bytes) -> dict[str, str]:
    """Path after the change to path before it."""
    words = listed.split(b"\0")
    found, at = {}, 0
    while at + 1 < len(words):
        status = words[at][:1]
        count = 2 if status in b"RC" and status else 1
        paths = below(git, b"\0".join(words[at + 1 : at + 1 + count]))
        at += 1 + count
        if len(paths) == count:
            found[paths[-1]] = paths[0] if status != b"C" else paths[-1]
    return found


def _file(git: Git, base: str, head: str, old: str, path: str) -> FileChange:
    before = text_at(git, base, old)
    disk = f"{git.top}/{git.prefix}{path}"
    after = text_at(git, head, path) if head else _on_disk(disk)
    return FileChange(path, old, before, after)


def _on_disk(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            return file.read(_LARGEST).decode("utf-8", "replace")
    except OSError:
        return None
