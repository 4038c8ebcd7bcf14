"""What git knows: tracked files, the base of a change, files and commits since then.

Only plumbing commands that read, none of which runs a hook, filter, pager, signature check or
external diff; the repository is named outright, so that git looks at no other one.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from typing import NamedTuple

from bylaw.errors import BylawError

_LIMIT = 60
_DEFAULT_BRANCHES = ("origin/HEAD", "origin/main", "origin/master")


class Git(NamedTuple):
    """A repository.

    Attributes:
        top: absolute path of the work tree.
        directory: its git directory: for a linked work tree, its own one.
        common: the git directory that holds branches and tags.
        prefix: the root that is analysed, relative to ``top``, with a trailing slash; empty where
            they are the same.
    """

    top: str
    directory: str
    common: str
    prefix: str


class Commit(NamedTuple):
    """One commit.

    Attributes:
        identity: full hash.
        parents: number of parents.
        message: the whole message.
    """

    identity: str
    parents: int
    message: str


class GitError(BylawError):
    """git is missing, or refused; the message says why."""

    code = "git"
    exit_code = 3


def find_git(root: str) -> Git | None:
    """The repository around a root; None where there is none."""
    top = root
    while not os.path.lexists(f"{top}/.git"):
        parent = os.path.dirname(top)
        if parent == top:
            return None
        top = parent
    directory = _pointed(f"{top}/.git")
    common = directory
    try:
        with open(f"{directory}/commondir", encoding="utf-8") as file:
            common = os.path.normpath(os.path.join(directory, file.read(4096).strip()))
    except (OSError, ValueError):
        pass
    inside = os.path.relpath(root, top)
    return Git(top, directory, common, "" if inside == "." else f"{inside}/")


def _pointed(path: str) -> str:
    """The git directory: ``.git`` itself, or where the file of that name points."""
    try:
        with open(path, encoding="utf-8") as file:
            head = file.read(4096)
    except (OSError, ValueError):
        return path
    if not head.startswith("gitdir:"):
        return path
    return os.path.normpath(os.path.join(os.path.dirname(path), head[7:].strip()))


def marks(git: Git, base: str, needs: frozenset[str]) -> list[str]:
    """Files that change when the answers below could.

    Args:
        git: the repository.
        base: the revision that was asked for; empty for the default.
        needs: ``tracked`` or ``base``, as rules declare them.

    Returns:
        Absolute paths, whether they exist or not.
    """
    found = [f"{git.directory}/index"] if needs else []
    if "base" in needs:
        names = [base] if base else [f"refs/remotes/{each}" for each in _DEFAULT_BRANCHES]
        names += [f"refs/{kind}/{base}" for kind in ("heads", "tags", "remotes") if base]
        found += [f"{git.directory}/HEAD", f"{git.common}/packed-refs"]
        found += [f"{git.common}/{name}" for name in names if ".." not in name]
        try:
            with open(f"{git.directory}/HEAD", encoding="utf-8") as file:
                _, is_branch, branch = file.read(4096).strip().partition("ref: ")
        except (OSError, ValueError):
            return found
        if is_branch:
            found.append(f"{git.common}/{branch}")
    return found


def command_of(git: Git, arguments: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The words and the environment that a reading command of git is started with.

    Args:
        git: the repository.
        arguments: the command.
    """
    command = [
        "git", "--no-optional-locks", "--no-pager", "--literal-pathspecs", "-c", "core.fsmonitor=",
        "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false", *arguments,
    ]  # fmt: skip
    keep = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    keep |= {"GIT_DIR": git.directory, "GIT_WORK_TREE": git.top, "GIT_TERMINAL_PROMPT": "0",
             "GIT_NO_LAZY_FETCH": "1", "GIT_NO_REPLACE_OBJECTS": "1", "LC_ALL": "C"}  # fmt: skip
    return command, keep


def run(git: Git, *arguments: str, given: bytes = b"") -> bytes:
    """Run a command of git that only reads.

    Args:
        git: the repository.
        arguments: the command.
        given: its standard input.

    Returns:
        What it prints.

    Raises:
        GitError: git is not installed, refused, or took too long.
    """
    command, environment = command_of(git, arguments)
    try:
        done = subprocess.run(
            command, input=given, capture_output=True, cwd=git.top, env=environment, timeout=_LIMIT,
            check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise GitError("git is not installed") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GitError(f"git {arguments[0]} did not finish: {error}") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise GitError(said[-1] if said else f"git {arguments[0]} failed")
    return done.stdout


def tracked_files(git: Git) -> set[str]:
    """Paths below the root that git tracks."""
    listed = run(git, "ls-files", "-z", "--", git.prefix or ".")
    return set(below(git, listed))


def untracked_files(git: Git) -> list[str]:
    """Paths below the root that git neither tracks nor ignores."""
    return below(
        git, run(git, "ls-files", "-z", "--others", "--exclude-standard", "--", git.prefix or ".")
    )


def below(git: Git, listed: bytes) -> list[str]:
    """Paths below the root of a list that git ends with null bytes, relative to the root."""
    names = (os.fsdecode(name) for name in listed.split(b"\0") if name)
    cut = len(git.prefix)
    return [name[cut:] for name in names if name.startswith(git.prefix)]


def commit_of(git: Git, revision: str) -> str:
    """Hash of the commit that a revision names.

    Raises:
        GitError: there is no such commit.
    """
    if not revision or revision.startswith("-"):
        raise GitError(f"no such revision: {revision}")
    asked = f"{revision}^{{commit}}"
    try:
        said = run(git, "rev-parse", "--verify", "--quiet", "--end-of-options", asked)
    except GitError as error:
        if "not installed" in str(error):
            raise
        raise GitError(f"no such revision: {revision}") from None
    return said.decode("ascii").strip().splitlines()[-1]


def base_of(git: Git, revision: str, head: str = "HEAD") -> str:
    """The commit a change is compared with.

    Args:
        git: the repository.
        revision: the one that is asked for; empty for the default branch of ``origin``.
        head: where the change ends.

    Returns:
        The merge base of both.

    Raises:
        GitError: there is none.
    """
    candidates = [revision] if revision else [f"refs/remotes/{each}" for each in _DEFAULT_BRANCHES]
    problem = GitError("no base revision: origin has no default branch here; name one with --base")
    for each in candidates:
        try:
            tip = commit_of(git, each)
        except GitError as error:
            if revision or "not installed" in str(error):
                raise
            continue
        try:
            return run(git, "merge-base", tip, head).decode("ascii").strip().splitlines()[0]
        except (GitError, IndexError):
            problem = GitError(f"{each.removeprefix('refs/remotes/')} and HEAD share no history: "
                               "fetch more of it")  # fmt: skip
    raise problem


def changed_files(git: Git, base: str) -> set[str]:
    """Paths below the root that differ from a commit, untracked ones included."""
    differ = run(
        git,
        "diff-index",
        "--name-only",
        "--no-renames",
        "--ignore-submodules=all",
        "-z",
        base,
        "--",
    )
    return {*below(git, differ), *untracked_files(git)}


def files_at(git: Git, base: str) -> set[str]:
    """Paths below the root that a commit holds."""
    return set(below(git, run(git, "ls-tree", "-r", "--name-only", "--full-tree", "-z", base)))


def text_at(git: Git, base: str, path: str) -> str | None:
    """Text of a file in a commit; None where it is not there."""
    try:
        data = run(git, "cat-file", "blob", f"{base}:{git.prefix}{path}")
    except GitError:
        return None
    return data.decode("utf-8", "replace")


def commits_since(git: Git, base: str) -> list[Commit]:
    """Commits of HEAD that a base does not hold, oldest first."""
    listed = run(
        git, "log", "--reverse", "--no-show-signature", "--no-notes", "--no-color", "-z",
        "--format=%H %P%n%B", f"{base}..HEAD", "--",
    )  # fmt: skip
    found = []
    for record in listed.decode("utf-8", "replace").split("\0"):
        head, _, message = record.lstrip("\n").partition("\n")
        if head.strip():
            identity, *parents = head.split()
            found.append(Commit(identity, len(parents), message))
    return found
