"""The folder evidence lies in: ``.bylaw`` of the root, which git does not see."""

from __future__ import annotations

import os
import stat

from bylaw.evidence.ledger.problems import LedgerError

FOLDER = ".bylaw"
DATABASE, BLOBS, KEYS, TRUSTED, IDENTITY, LOCK = (
    "ledger.db", "blobs", "keys", "keys/trusted", "repository", "lock",
)  # fmt: skip
_MOVE = "move it away: Bylaw makes its own folder"


def folder_of(root: str) -> str:
    """Path of the folder, whether it is there or not.

    Args:
        root: absolute path of the root.

    Raises:
        LedgerError: it, or something the ledger is made of, is a symbolic link or no folder.
    """
    folder = os.path.join(root, FOLDER)
    for name in ("", DATABASE, BLOBS, f"{BLOBS}/sha256", KEYS, TRUSTED, IDENTITY, LOCK):
        path = os.path.join(folder, name) if name else folder
        try:
            mode = os.lstat(path).st_mode
        except FileNotFoundError:
            continue
        except OSError as error:
            raise LedgerError(f"{FOLDER}/{name} cannot be read: {error.strerror}",
                              reason="LEDGER-UNREADABLE") from None  # fmt: skip
        is_file = name in (DATABASE, IDENTITY, LOCK)
        if not (stat.S_ISREG(mode) if is_file else stat.S_ISDIR(mode)):
            what = "a symbolic link" if stat.S_ISLNK(mode) else "of another kind than it should be"
            raise LedgerError(f"{os.path.join(FOLDER, name).rstrip('/')} is {what}",
                              reason="LEDGER-UNREADABLE", hint=_MOVE)  # fmt: skip
    return folder


def make_folder(root: str) -> str:
    """The folder, made where it is missing, with a file that keeps git from looking into it.

    Args:
        root: absolute path of the root.

    Raises:
        LedgerError: it cannot be made, or is not a folder of ours.
    """
    folder = folder_of(root)
    ignore = os.path.join(folder, ".gitignore")
    try:
        os.makedirs(folder, mode=0o755, exist_ok=True)
        if not os.path.lexists(ignore):
            with open(ignore, "x", encoding="ascii") as file:
                file.write("*\n")
    except FileExistsError:
        pass
    except OSError as error:
        raise LedgerError(f"{FOLDER} cannot be written: {error.strerror}",
                          hint="make the root writable, or run elsewhere") from None  # fmt: skip
    return folder


def sync_folder(path: str) -> None:
    """Wait until the disk holds the names in a folder: a synced file alone may lose its own.

    Raises:
        OSError: the disk does not take them.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
