"""The ledger: items are appended, never changed; each names the digest of the one before it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bylaw.evidence.item import Draft, Item
from bylaw.evidence.ledger import clock
from bylaw.evidence.ledger.blobs import Blobs
from bylaw.evidence.ledger.canonical import UnreadableError
from bylaw.evidence.ledger.digests import digest_of
from bylaw.evidence.ledger.place import BLOBS, folder_of, make_folder
from bylaw.evidence.ledger.problems import LedgerError, RefusedDraftError
from bylaw.evidence.ledger.rows import COLUMNS, INSERT, Row, connect, translated
from bylaw.evidence.ledger.statement import (
    Entry,
    entry_of,
    imported_draft,
    name_of,
    position_of,
    statement_of,
)  # fmt: skip

if TYPE_CHECKING:
    import sqlite3

    from bylaw.evidence.ledger.envelope import Signer
    from bylaw.evidence.ledger.identity import Identity


_MOST_AT_ONCE = 256
_AFTER_ALL = 2**63 - 1


def open_ledger(
    root: str, *, create: bool, environment: Mapping[str, str] | None = None,
    now: Callable[[], str] = clock.now,
) -> Ledger:  # fmt: skip
    """The ledger of a root.

    Args:
        root: absolute path of the root.
        create: make it where there is none; without, an absent ledger is an empty one.
        environment: variables that may name a signing key; those of this process by default.
        now: tells the time.

    Raises:
        LedgerError: it cannot be opened; a newer Bylaw wrote it; ``.bylaw`` is a symbolic link.
    """
    folder = make_folder(root) if create else folder_of(root)
    return Ledger(root, folder, connect(folder, create=create), environment, now)


class Reader:
    """A ledger as it lies there.

    Attributes:
        root: absolute path of the root.
        folder: path of ``.bylaw``.
        blobs: outputs and manifests.
    """

    def __init__(self, root: str, folder: str, connection: sqlite3.Connection | None) -> None:
        self.root = root
        self.folder = folder
        self.blobs = Blobs(os.path.join(folder, BLOBS))
        self._connection = connection

    @property
    def exists(self) -> bool:
        """Whether there is a ledger at all."""
        return self._connection is not None

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            with translated():
                self._connection.close()
            self._connection = None

    def latest(self, claim: str) -> Item | None:
        """The newest item of a claim.

        Raises:
            LedgerError: the row is not what its envelope says.
        """
        where = "WHERE claim = ? ORDER BY position DESC LIMIT 1"
        return next(map(_item_of, self.rows(where, claim)), None)

    def history(self, claim: str) -> Iterator[Item]:
        """Items of a claim, newest first.

        Raises:
            LedgerError: a row is not what its envelope says.
        """
        return _pages(self, "claim = ? AND position < ? ORDER BY position DESC", claim)

    def find(self, name: str) -> Item | None:
        """The item of that name (``EV-001``)."""
        rows = self.rows("WHERE position = ?", position_of(name))
        return next(map(_item_of, rows), None)

    def items(self) -> Iterator[Item]:
        """All items, oldest first."""
        return _pages(self, "position > ? ORDER BY position", last=0)

    def newest_first(self) -> Iterator[Item]:
        """All items, newest first."""
        return _pages(self, "position < ? ORDER BY position DESC")

    def count(self, claim: str = "") -> int:
        """How many items there are: of a claim, or of all."""
        if claim:
            counted = self.query("SELECT count(*) FROM items WHERE claim = ?", claim)
        else:
            counted = self.query("SELECT count(*) FROM items")
        return next((number for (number,) in counted), 0)

    def head(self) -> str:
        """Digest of the newest envelope; empty for an empty ledger."""
        row = next(self.rows("ORDER BY position DESC LIMIT 1"), None)
        return digest_of(row.envelope) if row is not None else ""

    def rows(self, where: str = "ORDER BY position", *values: object) -> Iterator[Row]:
        """Rows as they lie there, unchecked; for ``checking``."""
        # bylaw: ignore[unparameterized-sql] a piece of SQL of ours; what is asked for is bound
        for row in self.query(f"SELECT {COLUMNS} FROM items {where}", *values):
            yield _row(row)

    def query(self, statement: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """Rows of any statement that reads; none where there is no ledger."""
        if self._connection is None:
            return
        with translated():
            cursor = self._connection.execute(statement, values)
        yield from _fetched(cursor)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All that is read in it is of one moment, whoever writes meanwhile."""
        if self._connection is None:
            yield
            return
        with translated():
            self._connection.execute("BEGIN")
        try:
            yield
        finally:
            with translated():
                self._connection.execute("COMMIT")


class Ledger(Reader):
    """Evidence of one root; a context manager.

    Attributes:
        now: tells the time.
    """

    def __init__(
        self, root: str, folder: str, connection: sqlite3.Connection | None,
        environment: Mapping[str, str] | None, now: Callable[[], str],
    ) -> None:  # fmt: skip
        super().__init__(root, folder, connection)
        self.now = now
        self._environment = os.environ if environment is None else environment
        self._identity: Identity | None = None
        self._signer: Signer | None = None

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def append(self, draft: Draft) -> Item:
        """Record an item; when this returns, the disk holds it.

        Args:
            draft: what was run and seen; everything it names is in ``blobs`` already.

        Returns:
            The item: the draft as it was recorded (pairs sorted, secrets taken out of its words,
            ``observed-by-CI`` under a named key), with its name and place.

        Raises:
            RefusedDraftError: it could not stand for what it says; nothing was recorded.
            LedgerError: it cannot be recorded: disk, key, another process, a broken ledger.
        """
        from bylaw.evidence.ledger import drafts

        taken = drafts.accepted(draft, self.blobs, self.signer())
        return _append(self, [(taken, None)])[0]

    def adopt(self, originals: Iterable[Mapping[str, Any]]) -> list[Item]:
        """Record envelopes of another ledger that were checked there: all of them or none.

        Args:
            originals: the envelopes.

        Raises:
            LedgerError: they cannot be recorded.
        """
        return _append(self, [(imported_draft(each), each) for each in originals])

    def signer(self) -> Signer:
        """Who signs here; makes a key on first use.

        Raises:
            LedgerError: the key cannot be used.
        """
        if self._signer is None:
            from bylaw.evidence.ledger.keys import signer_of

            self._signer = signer_of(self.folder, self._environment)
        return self._signer

    def identity(self) -> Identity:
        """Which repository this is, as git says now.

        Raises:
            LedgerError: the stored name cannot be read or made.
        """
        if self._identity is None:
            from bylaw.evidence.ledger.identity import identity_of

            self._identity = identity_of(self.root, self.folder, create=self.exists)
        return self._identity

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All that is written in it is on the disk when it ends, or none of it is written."""
        if self._connection is None:
            raise LedgerError("there is no ledger to write to")
        with translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # A full disk may have rolled it back already.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


def _fetched(cursor: sqlite3.Cursor) -> Iterator[tuple[Any, ...]]:
    """What a cursor gives; the first row alone, since it is often all that is asked for."""
    size = 1
    while True:
        with translated():
            rows = cursor.fetchmany(size)
        yield from rows
        if len(rows) < size:
            return
        size = min(2 * size, _MOST_AT_ONCE)


def _pages(reader: Reader, where: str, *values: object, last: int = _AFTER_ALL) -> Iterator[Item]:
    # No statement stays open meanwhile: it would hold an old state, and keep us from writing.
    size = 1
    while rows := list(reader.rows(f"WHERE {where} LIMIT ?", *values, last, size)):
        yield from map(_item_of, rows)
        last, size = rows[-1].position, min(2 * size, _MOST_AT_ONCE)


def _row(values: tuple[Any, ...]) -> Row:
    if not isinstance(values[-1], bytes):
        message = "the ledger holds something else than an envelope"
        raise LedgerError(message, path=".bylaw/ledger.db", reason="LEDGER-UNREADABLE",
                          hint="bylaw ledger check --full")  # fmt: skip
    return Row._make(values)


def _append(ledger: Ledger, drafts: Iterable[tuple[Draft, Mapping[str, Any] | None]]) -> list[Item]:
    signer, repository = ledger.signer(), ledger.identity().own
    with ledger.transaction() as connection:
        last = next(ledger.rows("ORDER BY position DESC LIMIT 1"), None)
        items = []
        for draft, original in drafts:
            last = _following(last, draft, original, repository, signer, ledger.now())
            _insert(connection, last)
            items.append(_item_of(last))
    return items


def _following(
    last: Row | None, draft: Draft, original: Mapping[str, Any] | None, repository: str,
    signer: Signer, now: str,
) -> Row:  # fmt: skip
    """The row after the last one, signed."""
    from bylaw.evidence.ledger.canonical import canonical
    from bylaw.evidence.ledger.drafts import require_times
    from bylaw.evidence.ledger.envelope import sealed

    moment = clock.microseconds_of(now)
    if moment is None:
        raise RefusedDraftError(f"no time: {now!r}", reason="clock")
    require_times(draft.started, draft.ended, moment)
    position, previous = 1, ""
    if last is not None:
        before = clock.microseconds_of(_entry_of(last).recorded)
        if before is None or before > moment + clock.SLACK:
            message = "the newest item is of a time that is still to come"
            hint = "set the clock, and run it again"
            raise RefusedDraftError(message, reason="clock", hint=hint)
        position, previous = last.position + 1, digest_of(last.envelope)
    entry = Entry(name_of(position), repository, previous, now, draft, original, None)
    envelope = sealed(canonical(statement_of(entry)), signer)
    return row_of(position, entry, envelope)


def row_of(position: int, entry: Entry, envelope: bytes) -> Row:
    """The row that belongs beside an envelope."""
    draft = entry.draft
    return Row(position, draft.claim, draft.result, draft.provenance, draft.scope.tier,
               draft.inputs.tree, draft.inputs.digest, entry.recorded, entry.previous,
               digest_of(envelope), origin_of(entry), envelope)  # fmt: skip


def origin_of(entry: Entry) -> str:
    """What the same evidence has in common, however often it is entered."""
    from bylaw.evidence.ledger.canonical import spelled
    from bylaw.evidence.ledger.statement import run_object

    whole = run_object(entry.draft) if entry.original is None else entry.original
    return digest_of(spelled(whole))


def _insert(connection: sqlite3.Connection, row: Row) -> None:
    import sqlite3

    try:
        connection.execute(INSERT, row)
    except sqlite3.IntegrityError as error:
        if "origin" in str(error):
            raise RefusedDraftError("the same run is recorded already",
                                    reason="LEDGER-DUPLICATE-ID") from None  # fmt: skip
        raise


def _item_of(row: Row) -> Item:
    entry = _entry_of(row)
    if entry.draft.claim != row.claim or entry.id != name_of(row.position):
        raise _differs(row, "the ledger's index says something else than the item",
                       "LEDGER-INDEX-DIFFERS")  # fmt: skip
    return entry.item(row.digest)


def _entry_of(row: Row) -> Entry:
    from bylaw.evidence.ledger.envelope import opened

    if digest_of(row.envelope) != row.digest:
        raise _differs(row, "the bytes of the item are not those its digest names",
                       "LEDGER-ALTERED")  # fmt: skip
    try:
        return entry_of(opened(row.envelope).payload)
    except UnreadableError as error:
        raise _differs(row, error.message, error.reason) from None


def _differs(row: Row, message: str, reason: str) -> LedgerError:
    return LedgerError(f"{name_of(row.position)}: {message}", path=".bylaw/ledger.db",
                       reason=reason, hint="bylaw ledger check --full")  # fmt: skip
