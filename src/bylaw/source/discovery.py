"""The repository as files: which Python is first-party, what was left out and why."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from bylaw.result import Skipped
from bylaw.source.config_files import CONFIG_NAME, PYPROJECT_NAME
from bylaw.source.directory_kinds import (
    DEPLOY_FOLDERS,
    PRUNED,
    foreign_kind,
    is_companion,
    is_deploy_file,
    is_generated_head,
    is_generated_name,
)
from bylaw.source.ignore_rules import (
    PYTHON_ENDINGS,
    IgnoreRules,
    compile_rules,
    is_ignored,
    read_rules,
)
from bylaw.source.manifest_names import manifest_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "LARGEST_FILE",
    "Discovery",
    "SourceFile",
    "Stamp",
    "discover",
    "is_generated_head",
    "stamp_of",
]

LARGEST_FILE = 8 * 1024 * 1024
"""Bytes beyond which a Python file is data, not code."""

_CONFIGURATION = (CONFIG_NAME, PYPROJECT_NAME)
# Repositories that ignore every dotfile track these by force.
_KEPT = frozenset({".gitignore", ".pre-commit-config.yaml", ".gitlab-ci.yml", ".python-version"})

Stamp = tuple[int, int, int, int]
"""mtime_ns, size, inode, ctime_ns: together they say whether to hash a file again."""


class SourceFile(NamedTuple):
    """One first-party Python file, as the walk saw it.

    Attributes:
        path: relative to the root, with ``/``.
        size: bytes.
        mtime_ns: time of the last change of its content.
        ino: inode number.
        ctime_ns: time of the last change of its inode.
    """

    path: str
    size: int
    mtime_ns: int
    ino: int
    ctime_ns: int


class Discovery(NamedTuple):
    """Everything one walk found; every list is sorted by path.

    Attributes:
        files: first-party Python files.
        skipped: what looks like Python of this repository and is not analysed. The path of
            a whole directory ends in ``/``.
        directories: (path, mtime_ns) of each directory looked into; the root is ``""``.
        companions: files other rooms read: deploy files, tool configuration, ignore files,
            environment examples.
        watched: (path, stamp) of each file that is not analysed and still decides the
            outcome; the stamp is None where the file does not exist.
        manifests: deploy and project files; they are read, and watched, only where a rule
            that runs asks for them.
    """

    files: list[SourceFile]
    skipped: list[Skipped]
    directories: list[tuple[str, int]]
    companions: list[str]
    watched: list[tuple[str, Stamp | None]]
    manifests: list[str] = []  # noqa: RUF012


def discover(root: str, *, exclude: Sequence[str] = ()) -> Discovery:
    """Walk the root once.

    Args:
        root: absolute path of the root.
        exclude: patterns in the language of ``.gitignore``, relative to the root; they win
            over every ignore file.

    Returns:
        What was found, the same whatever order the file system lists it in.
    """
    walk = _Walk(root, exclude)
    for name in _CONFIGURATION:
        walk.watched[name] = stamp_of(f"{root}/{name}")
    walk.pending.append(("", "", _rules_above(root, walk.watched)))
    _enter_workflows(walk)
    while walk.pending:
        walk.visit(*walk.pending.pop())
    for path in walk.companions:
        walk.watched.setdefault(path, stamp_of(f"{root}/{path}"))
    return Discovery(
        sorted(walk.files),
        sorted(walk.skipped + _judge_links(root, walk.links, walk.files)),
        sorted(walk.directories.items()),
        sorted(walk.companions),
        sorted(walk.watched.items()),
        sorted(set(walk.manifests)),
    )


def stamp_of(path: str) -> Stamp | None:
    """Take the stamp of a file.

    Args:
        path: where it lies.

    Returns:
        Its stamp; None where it does not exist or cannot be looked at.
    """
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino, found.st_ctime_ns)


class _Walk:
    """State of one walk; dropped when it ends."""

    def __init__(self, root: str, exclude: Sequence[str]) -> None:
        self.root = root
        self.exclude = (compile_rules(exclude),) if exclude else ()
        self.files: list[SourceFile] = []
        self.skipped: list[Skipped] = []
        self.directories: dict[str, int] = {}
        self.companions: list[str] = []
        self.manifests: list[str] = []
        self.watched: dict[str, Stamp | None] = {}
        self.links: list[tuple[str, bool]] = []
        self.pending: list[tuple[str, str, tuple[IgnoreRules, ...]]] = []

    def visit(self, below: str, name: str, chain: tuple[IgnoreRules, ...]) -> None:
        """Look into one directory; ``below`` is its path with a trailing slash."""
        path = f"{self.root}/{below}"
        try:
            # Before the listing, so that a change during it is seen by the next run.
            changed_ns = os.stat(path).st_mtime_ns
            with os.scandir(path) as listing:
                entries = list(listing)
        except OSError as error:
            self.skipped.append(Skipped(below, f"unreadable directory: {error.strerror}"))
            return
        self.directories[below[:-1]] = changed_ns
        names = {entry.name for entry in entries}
        if below:
            kind = foreign_kind(name, path, names)
            if kind is not None:
                if kind:
                    self.leave_out(below, kind)
                return
        chain = _with_rules(path, below, names, chain)
        for entry in entries:
            self.enter(entry, below, chain)

    def enter(self, entry: os.DirEntry[str], below: str, chain: tuple[IgnoreRules, ...]) -> None:
        """Sort one entry of a directory into what it is to us."""
        name = entry.name
        path = below + name
        if entry.is_dir(follow_symlinks=False):
            if name in PRUNED or is_ignored(chain, path, name, True):
                return
            if not _is_text(name):
                self.leave_out(f"{path}/", "name is not valid UTF-8")
            elif is_ignored(self.exclude, path, name, True):
                self.leave_out(f"{path}/", "excluded by the configuration")
            else:
                self.pending.append((f"{path}/", name, chain))
        elif name.endswith(PYTHON_ENDINGS):
            if not is_ignored(chain, path, name, False):
                self.enter_python(entry, path)
            if name in ("setup.py", "noxfile.py"):
                self.enter_companion(entry, path, chain)
        elif is_companion(name) or manifest_kind(path):
            self.enter_companion(entry, path, chain)
        elif entry.is_symlink() and not is_ignored(chain, path, name, False):
            self.links.append((path, False))

    def enter_python(self, entry: os.DirEntry[str], path: str) -> None:
        """Take a Python file in, or say why not."""
        if self.exclude and is_ignored(self.exclude, path, entry.name, False):
            self.skipped.append(Skipped(_printable(path), "excluded by the configuration"))
            return
        judged = _judge_python(entry, path)
        if judged is None:
            self.links.append((path, True))
        elif isinstance(judged, SourceFile):
            self.files.append(judged)
        else:
            self.skipped.append(judged)

    def enter_companion(
        self, entry: os.DirEntry[str], path: str, chain: tuple[IgnoreRules, ...]
    ) -> None:
        """Note a file for another room, if it is one that can be opened without harm."""
        name = entry.name
        kept = name in _KEPT or not is_ignored(chain, path, name, False)
        excluded = is_ignored(self.exclude, path, name, False)
        if kept and not excluded and _is_text(name) and entry.is_file():
            if manifest_kind(path):
                self.manifests.append(path)
            if is_companion(name) or name == "setup.py":
                self.companions.append(path)

    def leave_out(self, below: str, reason: str) -> None:
        """Report a whole directory once, and only if there is Python in it."""
        visited, found = _search_python(self.root, below)
        if found:
            self.skipped.append(Skipped(_printable(below), reason))
        if _is_text(below):
            self.directories.update(visited)
        if below[:-1].rpartition("/")[2] in DEPLOY_FOLDERS:
            visited, companions = _search_deploy_files(self.root, below)
            self.directories.update(visited)
            self.companions += companions


def _enter_workflows(walk: _Walk) -> None:
    """Take in workflows and actions: the one hidden directory that is the project's own."""
    pending = [".github/workflows/", ".github/actions/", ".do/"]
    while pending:
        place = pending.pop()
        try:
            changed_ns = os.stat(f"{walk.root}/{place}").st_mtime_ns
            with os.scandir(f"{walk.root}/{place}") as listing:
                entries = list(listing)
        except OSError:
            continue
        walk.directories[place[:-1]] = changed_ns
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                pending.append(f"{place}{entry.name}/")
            elif manifest_kind(place + entry.name):
                walk.enter_companion(entry, place + entry.name, ())


def _with_rules(
    path: str, below: str, names: set[str], chain: tuple[IgnoreRules, ...]
) -> tuple[IgnoreRules, ...]:
    """The ignore rules that hold in a directory, its own in front."""
    rules = read_rules(f"{path}.gitignore", below=below) if ".gitignore" in names else None
    return chain if rules is None else (rules, *chain)


def _judge_python(entry: os.DirEntry[str], path: str) -> SourceFile | Skipped | None:
    """Look at a Python file without opening it; None for a symbolic link."""
    if not _is_text(path):
        return Skipped(_printable(path), "name is not valid UTF-8")
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError as error:
        return Skipped(path, f"unreadable: {error.strerror}")
    if stat.S_ISLNK(found.st_mode):
        return None
    if not stat.S_ISREG(found.st_mode):
        return Skipped(path, "not a regular file")
    if is_generated_name(entry.name):
        return Skipped(path, "generated")
    if found.st_size > LARGEST_FILE:
        return Skipped(path, "larger than 8 MB")
    return SourceFile(path, found.st_size, found.st_mtime_ns, found.st_ino, found.st_ctime_ns)


def _judge_links(
    root: str, links: list[tuple[str, bool]], files: list[SourceFile]
) -> list[Skipped]:
    """Follow links only in thought: what they reach is here already, or not ours."""
    home = os.path.realpath(root).rstrip("/") + "/"
    seen = {file.path for file in files}
    skipped: list[Skipped] = []
    for path, is_python in links:
        target = os.path.realpath(f"{root}/{path}")
        inside = target.startswith(home)
        if not is_python:
            if not inside and _is_text(path) and os.path.isfile(f"{target}/__init__.py"):
                skipped.append(Skipped(f"{path}/", "symlink out of the root"))
        elif os.path.isdir(target) or path.rpartition("/")[2].startswith(".#"):
            # Editors lock a file with a broken link of that name.
            continue
        elif not os.path.exists(target):
            skipped.append(Skipped(path, "broken symlink"))
        elif not inside:
            skipped.append(Skipped(path, "symlink out of the root"))
        elif target[len(home) :] not in seen:
            skipped.append(Skipped(path, "symlink to a file that is not analysed"))
    return skipped


def _is_text(name: str) -> bool:
    """Whether a name has a spelling; undecodable bytes arrive as lone surrogates."""
    if name.isascii():
        return True
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _printable(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _search_python(root: str, below: str) -> tuple[dict[str, int], bool]:
    """Look for one Python file below a directory; say where was looked and if it is there."""
    visited: dict[str, int] = {}
    pending = [below]
    while pending:
        place = pending.pop()
        try:
            changed_ns = os.stat(f"{root}/{place}").st_mtime_ns
            with os.scandir(f"{root}/{place}") as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError:
            continue
        visited[place[:-1]] = changed_ns
        if any(entry.name.endswith(PYTHON_ENDINGS) for entry in entries):
            return visited, True
        pending += [
            f"{place}{entry.name}/"
            for entry in reversed(entries)
            if entry.name not in PRUNED and entry.is_dir(follow_symlinks=False)
        ]
    return visited, False


def _search_deploy_files(root: str, below: str) -> tuple[dict[str, int], list[str]]:
    """Deploy files of a hidden directory that a platform gives a meaning; and where was looked."""
    visited: dict[str, int] = {}
    found: list[str] = []
    pending = [below]
    while pending:
        place = pending.pop()
        try:
            changed_ns = os.stat(f"{root}/{place}").st_mtime_ns
            with os.scandir(f"{root}/{place}") as listing:
                entries = [entry for entry in listing if _is_text(entry.name)]
        except OSError:
            continue
        visited[place[:-1]] = changed_ns
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                pending.append(f"{place}{entry.name}/")
            elif is_deploy_file(entry.name) and entry.is_file(follow_symlinks=False):
                found.append(place + entry.name)
    return visited, found


def _rules_above(root: str, watched: dict[str, Stamp | None]) -> tuple[IgnoreRules, ...]:
    """Collect what git's own files above the root, and ``info/exclude``, leave out."""
    trail: list[str] = []
    top = root
    while not os.path.lexists(f"{top}/.git"):
        parent, name = os.path.split(top)
        if parent == top:
            return ()
        trail.insert(0, name)
        top = parent
    chain: tuple[IgnoreRules, ...] = ()
    sources = [(_exclude_file(top), 0)]
    sources += [
        ("/".join([top, *trail[:depth], ".gitignore"]), depth) for depth in range(len(trail))
    ]
    for path, depth in sources:
        watched[os.path.relpath(path, root)] = stamp_of(path)
        prefix = "".join(f"{name}/" for name in trail[depth:])
        rules = read_rules(path, prefix=prefix)
        if rules is not None:
            chain = (rules, *chain)
    return () if _is_root_ignored(chain, trail) else chain


def _is_root_ignored(chain: tuple[IgnoreRules, ...], trail: list[str]) -> bool:
    """Whether git leaves the root itself out; who asks for it all the same wants it whole."""
    for rules in chain:
        known = rules.prefix.rstrip("/").split("/")
        for depth in range(1, len(known) + 1):
            asked = rules._replace(prefix="/".join(known[:depth]))
            if known[0] and asked.verdict("", known[depth - 1], True):
                return True
    return False


def _exclude_file(top: str) -> str:
    """Where ``info/exclude`` lies, also for a linked worktree or a submodule."""
    git = f"{top}/.git"
    try:
        with open(git, "rb") as file:
            head = os.fsdecode(file.read(4096))
        if head.startswith("gitdir:"):
            git = os.path.normpath(os.path.join(top, head[7:].strip()))
            with open(f"{git}/commondir", "rb") as file:
                git = os.path.normpath(os.path.join(git, os.fsdecode(file.read(4096)).strip()))
    except OSError:
        pass
    return f"{git}/info/exclude"
