"""What a change did: each file before and after, and the lines that are new."""

from __future__ import annotations

import difflib
from typing import NamedTuple

from bylaw.model.roles import is_test_path
from bylaw.source.changes import LARGEST, MISSING, changes_between
from bylaw.source.git import Git, GitError, base_of, commit_of, text_at

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
        GitError: a revision does not exist, both share no history, or a file of the base is
            missing from the clone.
    """
    end = commit_of(git, head) if head else ""
    start = base_of(git, base, end or "HEAD")
    found = changes_between(git, start, end)
    for each in found:
        if each.problem == MISSING:
            raise GitError(f"{each.path}: {each.problem}: fetch it from the remote")
    files = [
        FileChange(each.path, each.old_path, _text(each.before), _text(each.after))
        for each in found
        if not each.is_submodule
    ]
    return Change(git, start, end, tuple(each for each in files if each.before != each.after))


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode("utf-8", "replace")


def _on_disk(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            return file.read(LARGEST).decode("utf-8", "replace")
    except OSError:
        return None
