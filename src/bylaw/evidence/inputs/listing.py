"""Which files belong to a tree: what git tracks or would track, or what our own rules leave."""

from __future__ import annotations

import os
from typing import NamedTuple

from bylaw.evidence.inputs.leftovers import CACHES, is_coverage_data
from bylaw.source.directory_kinds import OWN_FOLDER, PRUNED, foreign_kind
from bylaw.source.git import Git, GitError, find_git, run
from bylaw.source.ignore_rules import IgnoreRules, is_ignored, read_rules

_NO_COMMIT = "(initial)"


class Listing(NamedTuple):
    """The files of a tree.

    Attributes:
        paths: files and links, relative to the root, with ``/``.
        submodules: path and checked-out commit of each repository inside, empty where there is
            none yet.
        directories: path and time of each directory looked into; the root is ``""``.
        deciders: absolute paths, there or not, of what decides the above besides.
        commit: commit that is checked out; empty where there is none.
        state: ``clean``, ``dirty`` or ``no-git``.
    """

    paths: set[str]
    submodules: dict[str, str]
    directories: dict[str, int]
    deciders: list[str]
    commit: str
    state: str


def list_tree(root: str) -> Listing:
    """Lists the files of a tree.

    Args:
        root: absolute path of the root.

    Returns:
        The listing; without git, or where git refuses, what our own ignore rules leave.
    """
    git = find_git(root)
    if git is not None:
        try:
            return _list_by_git(git, root)
        except GitError:
            # Not installed, or somebody else's directory: evidence of it counts only here.
            pass
    found = Listing(set(), {}, {}, [], "", "no-git")
    _walk(root, found)
    return found


def _list_by_git(git: Git, root: str) -> Listing:
    place = git.prefix or "."
    tracked = run(git, "ls-files", "-z", "--stage", "--", place)
    status = run(
        git, "status", "--porcelain=v2", "-z", "--branch", "--untracked-files=all",
        "--ignored=matching", "--no-renames", "--ignore-submodules=none", "--", place,
    )  # fmt: skip
    told = _read_status(status, git.prefix)
    listing = Listing(
        told.untracked, {}, {}, _deciders(git, told.ignored), told.commit,
        "dirty" if told.changed or told.untracked else "clean",
    )  # fmt: skip
    links: list[str] = []
    _read_tracked(tracked, git.prefix, listing.paths, links)
    # An untracked repository inside ends in a slash: git would add it as a submodule.
    links += [path[:-1] for path in listing.paths if path.endswith("/")]
    listing.paths.difference_update([f"{path}/" for path in links])
    _visit(root, set(told.ignored) | {f"{path}/" for path in links}, listing.directories)
    for path in sorted(set(links)):
        _add_submodule(root, path, listing)
    return listing


class _Status(NamedTuple):
    """What ``git status`` told, relative to the root."""

    commit: str
    changed: bool
    untracked: set[str]
    ignored: list[str]


def _read_status(said: bytes, prefix: str) -> _Status:
    commit, changed = "", False
    untracked: set[str] = set()
    ignored: list[str] = []
    for record in os.fsdecode(said).split("\0"):
        kind, _, rest = record.partition(" ")
        if kind == "#":
            name, _, value = rest.partition(" ")
            if name == "branch.oid" and value != _NO_COMMIT:
                commit = value
        elif kind in ("?", "!"):
            path = rest.removeprefix(prefix)
            parts = path.split("/")
            if parts[0] == OWN_FOLDER or (kind == "?" and _is_leftover(parts)):
                continue
            untracked.add(path) if kind == "?" else ignored.append(path)
        elif kind in ("1", "2", "u"):
            # Seven or nine fields stand before the path.
            path = rest.split(" ", 9 if kind == "u" else 7)[-1].removeprefix(prefix)
            changed = changed or path.partition("/")[0] != OWN_FOLDER
    return _Status(commit, changed, untracked, ignored)


def _is_leftover(parts: list[str]) -> bool:
    """Whether an untracked file is what some tool leaves, in a repository that forgot to say so."""
    return is_coverage_data(parts[-1]) or not CACHES.isdisjoint(parts)


def _read_tracked(said: bytes, prefix: str, paths: set[str], links: list[str]) -> None:
    for record in os.fsdecode(said).split("\0"):
        head, _, path = record.partition("\t")
        if not path:
            continue
        path = path.removeprefix(prefix)
        if path.partition("/")[0] == OWN_FOLDER:
            continue
        links.append(path) if head.startswith("160000") else paths.add(path)


def _deciders(git: Git, ignored: list[str]) -> list[str]:
    """Files that say what is tracked, what is ignored, and what is checked out."""
    found = [f"{git.directory}/index", f"{git.directory}/HEAD", f"{git.common}/packed-refs",
             f"{git.common}/reftable/tables.list", f"{git.common}/config",
             f"{git.directory}/config.worktree", f"{git.common}/info/exclude",
             f"{git.common}/info/sparse-checkout", "/etc/gitconfig"]  # fmt: skip
    home = os.environ.get("HOME", "")
    own = os.environ.get("XDG_CONFIG_HOME", "") or os.path.join(home, ".config")
    found += [f"{home}/.gitconfig", f"{own}/git/config", f"{own}/git/ignore"]
    try:
        with open(f"{git.directory}/HEAD", encoding="utf-8") as file:
            _, is_branch, branch = file.read(4096).strip().partition("ref: ")
        if is_branch:
            found.append(f"{git.common}/{branch}")
    except (OSError, ValueError):
        pass
    try:
        named = run(git, "config", "--null", "--type=path", "--get", "core.excludesFile")
        found.append(os.fsdecode(named.rstrip(b"\0")))
    except GitError:
        pass
    trail = git.prefix.split("/")[:-1]
    found += ["/".join([git.top, *trail[:depth], ".gitignore"]) for depth in range(len(trail))]
    # One that ignores itself is no part of the tree.
    found += [f"{git.top}/{git.prefix}{path}" for path in ignored if path.endswith(".gitignore")]
    return [path for path in found if os.path.isabs(path)]


def _visit(root: str, left_out: set[str], directories: dict[str, int]) -> None:
    """Notes the time of every directory in which a file of the tree could appear."""
    pending = [""]
    while pending:
        below = pending.pop()
        try:
            directories[below[:-1]] = os.stat(f"{root}/{below}").st_mtime_ns
            with os.scandir(f"{root}/{below}") as entries:
                for entry in entries:
                    if entry.name in (".git", OWN_FOLDER) or not _is_directory(entry):
                        continue
                    path = f"{below}{entry.name}/"
                    if path not in left_out:
                        pending.append(path)
        except OSError:
            directories.setdefault(below[:-1], 0)


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _add_submodule(root: str, path: str, listing: Listing) -> None:
    """Takes in the files of a repository inside: what its commit holds may have been edited."""
    listing.submodules[path] = ""
    inside = f"{root}/{path}"
    listing.deciders.append(f"{inside}/.git")
    if not os.path.lexists(f"{inside}/.git") or os.path.islink(inside):
        return
    git = find_git(inside)
    if git is None or git.prefix:
        return
    try:
        found = _list_by_git(git, inside)
    except GitError:
        _visit(inside, set(), listing.directories)
        return
    listing.submodules[path] = found.commit
    listing.paths.update(f"{path}/{each}" for each in found.paths)
    listing.submodules.update({f"{path}/{each}": at for each, at in found.submodules.items()})
    listing.directories.update(
        {f"{path}/{each}".rstrip("/"): at for each, at in found.directories.items()}
    )
    listing.deciders.extend(found.deciders)


def _walk(root: str, listing: Listing) -> None:
    """Lists a tree that is not in git."""
    pending: list[tuple[str, str, tuple[IgnoreRules, ...]]] = [("", "", ())]
    while pending:
        below, name, chain = pending.pop()
        place = f"{root}/{below}"
        try:
            changed_ns = os.stat(place).st_mtime_ns
            with os.scandir(place) as found:
                entries = list(found)
        except OSError:
            listing.directories[below[:-1]] = 0
            continue
        listing.directories[below[:-1]] = changed_ns
        names = {entry.name for entry in entries}
        if below and foreign_kind(name, place, names) == "":
            continue
        rules = read_rules(f"{place}.gitignore", below=below) if ".gitignore" in names else None
        if rules is not None:
            chain = (rules, *chain)
        for entry in entries:
            path, is_directory = below + entry.name, _is_directory(entry)
            if is_ignored(chain, path, entry.name, is_directory):
                continue
            if not is_directory:
                listing.paths.add(path)
            elif entry.name not in PRUNED:
                pending.append((f"{path}/", entry.name, chain))
