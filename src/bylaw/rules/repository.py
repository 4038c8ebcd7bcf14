"""What rules ask of the repository beyond its Python, read lazily: manifests, git, the change."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bylaw.errors import Diagnostic, UsageError
from bylaw.manifests.command import Command
from bylaw.manifests.kinds import Manifest, read_manifest
from bylaw.source import git as git_reader
from bylaw.source.git import Commit, Git, GitError, find_git
from bylaw.source.ignore_rules import IgnoreFiles
from bylaw.source.manifest_names import manifest_kind

_EXAMPLES = frozenset({"fixtures", "fixture", "testdata", "test_data", "snapshots", "cassettes"})
_LARGEST = 1 << 20


class Unverified(NamedTuple):
    """A rule that could not look.

    Attributes:
        rule: its name.
        reason: what it lacked.
    """

    rule: str
    reason: str


class Repository:
    """Files and history of the root, read when first asked for."""

    def __init__(self, root: str, manifests: Sequence[str], base: str = "") -> None:
        self.root = root
        self.paths = [path for path in manifests if not _is_example(path)]
        self.base = base
        self.unverified: list[Unverified] = []
        self._texts: dict[str, str] = {}
        self.ignored = IgnoreFiles(root)
        self._read: dict[str, Manifest] = {}
        self._change: Change | str | None = None

    def text(self, path: str) -> str:
        """Text of a file below the root; empty where it cannot be read."""
        if path not in self._texts:
            try:
                with open(f"{self.root}/{path}", "rb") as file:
                    text = file.read(_LARGEST).decode("utf-8", "replace")
            except OSError:
                text = ""
            self._texts[path] = text
        return self._texts[path]

    def whole(self, path: str) -> str:
        """Text of a file however long it is: a lock file."""
        try:
            with open(f"{self.root}/{path}", encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def manifest(self, path: str) -> Manifest:
        """What one deploy or project file says."""
        if path not in self._read:
            self._read[path] = read_manifest(path, self.text(path))
        return self._read[path]

    def of_kind(self, *kinds: str) -> list[Manifest]:
        """Files of some kinds that could be read, by path."""
        found = [self.manifest(path) for path in self.paths if manifest_kind(path) in kinds]
        return [each for each in found if each.problem is None]

    def names(self, *kinds: str) -> list[str]:
        """Paths of some kinds, without reading them."""
        return [path for path in self.paths if manifest_kind(path) in kinds]

    def commands(self, *kinds: str) -> list[Command]:
        """Commands of files of some kinds."""
        return [command for each in self.of_kind(*kinds) for command in each.commands]

    def seen(self) -> list[Manifest]:
        """What was read so far, by path."""
        return [self._read[path] for path in sorted(self._read)]

    def exists(self, path: str) -> bool:
        """Whether a file or directory is there, below the root."""
        return os.path.exists(f"{self.root}/{path}")

    def is_directory(self, path: str) -> bool:
        """Whether a directory is there, below the root."""
        return os.path.isdir(f"{self.root}/{path}")

    def listing(self, path: str = "") -> list[str]:
        """Names in a directory below the root, sorted; none where it is not there."""
        try:
            return sorted(os.listdir(f"{self.root}/{path}"))
        except OSError:
            return []

    def tracked(self) -> set[str] | str:
        """Paths that git tracks, or why that is not known."""
        git = find_git(self.root)
        if git is None:
            return "the root is not in a git repository"
        try:
            return git_reader.tracked_files(git)
        except GitError as error:
            return str(error)

    def change(self) -> Change | str:
        """What changed since the base revision, or why there is nothing to compare with.

        Raises:
            UsageError: the revision that was asked for does not exist.
        """
        if self._change is None:
            self._change = self._compared()
        return self._change

    def _compared(self) -> Change | str:
        git = find_git(self.root)
        if git is None:
            return "the root is not in a git repository"
        try:
            return Change(git, git_reader.base_of(git, self.base))
        except GitError as error:
            if self.base and "not installed" not in str(error):
                raise UsageError(str(error), hint="name a commit with --base") from None
            return str(error)


# bylaw: ignore[role-naming] the repository is the one git keeps, no layer that stores records
class Change:
    """Files and commits since a base revision; asked of git when first needed."""

    def __init__(self, git: Git, base: str) -> None:
        self.git = git
        self.base = base
        self._changed: set[str] | None = None
        self._held: set[str] | None = None

    def changed(self) -> set[str]:
        """Paths that differ from the base, in the work tree."""
        if self._changed is None:
            self._changed = git_reader.changed_files(self.git, self.base)
        return self._changed

    def held(self) -> set[str]:
        """Paths that the base holds."""
        if self._held is None:
            self._held = git_reader.files_at(self.git, self.base)
        return self._held

    def before(self, path: str) -> str | None:
        """Text of a file at the base; None where it was not there."""
        return git_reader.text_at(self.git, self.base, path)

    def commits(self) -> list[Commit]:
        """Commits since the base, oldest first."""
        return git_reader.commits_since(self.git, self.base)


def reading_problems(repository: Repository) -> list[Diagnostic]:
    """What is wrong with deploy and project files that were read."""
    return [
        Diagnostic(
            "manifest", f"not read: {each.problem.message}", each.path, each.problem.line,
            "mend the file, or exclude it in bylaw.toml",
        )
        for each in repository.seen()
        if each.problem is not None
    ]  # fmt: skip


def comments(repository: Repository) -> dict[str, tuple[tuple[int, int, str, bool], ...]]:
    """Comments that address Bylaw in the files that were read."""
    found = {}
    for each in repository.seen():
        if each.kind != "markdown" and "bylaw:" in (text := repository.text(each.path)):
            found[each.path] = tuple(_comments(text))
    return {path: each for path, each in found.items() if each}


def _is_example(path: str) -> bool:
    return "{{" in path or not _EXAMPLES.isdisjoint(path.split("/")[:-1])


def _comments(text: str) -> Iterable[tuple[int, int, str, bool]]:
    for number, row in enumerate(text.split("\n"), 1):
        at = row.find("# bylaw:")
        if at >= 0:
            yield number, at + 1, row[at:].rstrip(), not row[:at].strip()
