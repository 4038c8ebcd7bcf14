"""Which repository evidence is about: something a clone keeps and another repository has not."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from bylaw.evidence.ledger.place import IDENTITY, make_folder, sync_folder
from bylaw.evidence.ledger.problems import LedgerError

_RANDOM = re.compile(r"random:[0-9a-f]{32}")


class Identity(NamedTuple):
    """Which repository this is.

    Attributes:
        own: what new items are bound to.
        accepted: what items may be bound to that stand here.
        is_random: whether nothing in the content says so: without git, without a commit, or with
            a history that is cut off.
    """

    own: str
    accepted: frozenset[str]
    is_random: bool


def identity_of(root: str, folder: str, *, create: bool) -> Identity:
    """Which repository a root is.

    ``git:COMMIT`` names the first commit of HEAD's history (along first parents), with the root's
    folder inside the repository after another colon. Items of the first commits of HEAD and of
    local branches are accepted: a merge of two histories has more than one. Where there is no whole
    history, a random name is made and kept below ``.bylaw``; items that carry it stay acceptable
    when there is one later.

    Args:
        root: absolute path of the root.
        folder: path of ``.bylaw``.
        create: make the random name where it is needed and missing.

    Raises:
        LedgerError: the stored name cannot be read or made.
    """
    stored = _stored(folder)
    of_git = _of_git(root)
    if of_git is not None:
        own, accepted = of_git
        return Identity(own, frozenset((*accepted, *([stored] if stored else []))), False)
    if not stored and create:
        stored = _made(root, folder)
    return Identity(stored, frozenset([stored] if stored else []), True)


def _of_git(root: str) -> tuple[str, list[str]] | None:
    from bylaw.source.git import GitError, find_git, run

    git = find_git(root)
    if git is None or os.path.exists(os.path.join(git.common, "shallow")):
        return None
    inside = f":{git.prefix.rstrip('/')}" if git.prefix else ""
    try:
        first = run(git, "rev-list", "--first-parent", "--max-parents=0", "HEAD").decode().split()
        roots = run(git, "rev-list", "--max-parents=0", "HEAD", "--branches").decode().split()
    except GitError:
        return None
    if not first:
        return None
    return f"git:{first[0]}{inside}", [f"git:{each}{inside}" for each in roots]


def _stored(folder: str) -> str:
    path = os.path.join(folder, IDENTITY)
    try:
        with open(path, encoding="ascii") as file:
            text = file.read(200).strip()
    except FileNotFoundError:
        return ""
    except (OSError, ValueError):
        text = ""
    if not _RANDOM.fullmatch(text):
        raise LedgerError("the repository's stored name cannot be read", path=path,
                          reason="LEDGER-UNREADABLE")  # fmt: skip
    return text


def _made(root: str, folder: str) -> str:
    from bylaw.source.atomic import create_content

    make_folder(root)
    path = os.path.join(folder, IDENTITY)
    try:
        create_content(path, f"random:{os.urandom(16).hex()}\n".encode("ascii"))
        sync_folder(folder)
    except FileExistsError:
        pass
    except OSError as error:
        raise LedgerError(f"a name for the repository cannot be stored: {error.strerror}",
                          path=path) from None  # fmt: skip
    return _stored(folder)
