"""The SQLite file of the ledger: its tables, how it is opened, what can go wrong.

The columns beside an envelope are an index and nothing more; ``checking`` compares each with the
envelope it stands beside.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from bylaw.evidence.ledger.place import DATABASE, LOCK
from bylaw.evidence.ledger.problems import LedgerError

APPLICATION, VERSION = 0x42796C77, 1
WAIT_SECONDS = 30
TABLES = (
    """CREATE TABLE items (
    position INTEGER PRIMARY KEY,
    claim TEXT NOT NULL,
    result TEXT NOT NULL,
    provenance TEXT NOT NULL,
    tier TEXT NOT NULL,
    tree TEXT NOT NULL,
    inputs TEXT NOT NULL,
    recorded TEXT NOT NULL,
    previous TEXT NOT NULL,
    digest TEXT NOT NULL,
    origin TEXT NOT NULL,
    envelope BLOB NOT NULL
)""",
    "CREATE UNIQUE INDEX items_previous ON items (previous)",
    "CREATE UNIQUE INDEX items_origin ON items (origin)",
    "CREATE INDEX items_claim ON items (claim, position)",
    """CREATE TABLE verified (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    envelope BLOB NOT NULL
)""",
)
"""``origin`` is the digest of an own run's draft, or of the envelope an item was taken over in: the
same evidence cannot be entered twice. ``verified`` holds what a check last found whole."""


class Row(NamedTuple):
    """One row: the columns, and the envelope they stand beside."""

    position: int
    claim: str
    result: str
    provenance: str
    tier: str
    tree: str
    inputs: str
    recorded: str
    previous: str
    digest: str
    origin: str
    envelope: bytes


COLUMNS = ", ".join(Row._fields)
INSERT = f"INSERT INTO items ({COLUMNS}) VALUES ({', '.join('?' * len(Row._fields))})"


def connect(folder: str, *, create: bool) -> sqlite3.Connection | None:
    """Open the file.

    Args:
        folder: path of ``.bylaw``.
        create: make it where it is missing.

    Returns:
        The connection; None where there is no ledger and none is to be made. Where the folder
        cannot be written, what is there can be read.

    Raises:
        LedgerError: it cannot be opened, is no ledger, or a newer Bylaw wrote it.
    """
    path = os.path.join(folder, DATABASE)
    if not os.path.lexists(path) and not create:
        return None
    with translated():
        writable = os.access(folder, os.W_OK) and (create or os.access(path, os.W_OK))
        connection = _opened(path, "rwc" if create else "rw") if writable else _read_only(path)
        try:
            if writable:
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA fullfsync = ON")
            if create and _is_empty(connection):
                with _only_one(folder):
                    _make_tables(connection)
            if not create and _is_empty(connection):
                # Whoever was making it was stopped; there has never been an item.
                connection.close()
                return None
            _look(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def _opened(path: str, mode: str, more: str = "") -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{_quoted(path)}?mode={mode}{more}", uri=True, timeout=WAIT_SECONDS,
        isolation_level=None, check_same_thread=False,
    )  # fmt: skip
    # Nothing that a prepared file brings along is run.
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    return connection


def _quoted(path: str) -> str:
    """A path inside a URI; ``urllib`` would cost more than opening the file."""
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _read_only(path: str) -> sqlite3.Connection:
    log = f"{path}-wal"
    if os.path.exists(log) and os.path.getsize(log):
        return _opened(path, "ro")
    # Without a log nobody is writing, and none can be made here.
    return _opened(path, "ro", "&immutable=1")


def _is_empty(connection: sqlite3.Connection) -> bool:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return not version and not connection.execute("SELECT 1 FROM sqlite_master").fetchone()


@contextmanager
def _only_one(folder: str) -> Iterator[None]:
    """Hold the lock under which a ledger is made: a change of journal mode does not wait."""
    handle = os.open(os.path.join(folder, LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _make_tables(connection: sqlite3.Connection) -> None:
    if not _is_empty(connection):
        return
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    for statement in TABLES:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def _look(connection: sqlite3.Connection) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION:
        raise LedgerError("the ledger is no ledger of Bylaw", path=f".bylaw/{DATABASE}",
                          reason="LEDGER-UNREADABLE",
                          hint="move .bylaw away; the next run begins a new one")  # fmt: skip
    if version > VERSION:
        raise LedgerError(f"a newer Bylaw wrote the ledger (version {version}; this one reads "
                          f"{VERSION})", path=f".bylaw/{DATABASE}", reason="LEDGER-NEWER",
                          hint="install the newer Bylaw")  # fmt: skip


@contextmanager
def translated() -> Iterator[None]:
    """Errors of SQLite and of the system as errors of the ledger.

    Raises:
        LedgerError: in their place.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _translated(error) from error
    except OSError as error:
        message = f"the ledger cannot be used: {error.strerror}"
        raise LedgerError(message, path=f".bylaw/{DATABASE}", reason="LEDGER-UNREADABLE") from error


def _translated(error: sqlite3.Error) -> LedgerError:
    kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
    path = f".bylaw/{DATABASE}"
    if kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return LedgerError("another process holds the ledger", path=path,
                           hint="wait until it has ended, and run it again")  # fmt: skip
    if kind in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return LedgerError(f"the ledger cannot be written: {error}", path=path,
                           hint="make room on the disk; nothing was recorded")  # fmt: skip
    if kind in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return LedgerError(f"the ledger cannot be written: {error}", path=path,
                           hint="make .bylaw writable")  # fmt: skip
    return LedgerError(f"the ledger cannot be read: {error}", path=path,
                       reason="LEDGER-UNREADABLE",
                       hint="move .bylaw away; the next run begins a new one")  # fmt: skip
