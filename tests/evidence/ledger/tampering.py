"""What somebody does to a ledger: with access to the file, or with the key as well."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bylaw.evidence.ledger.canonical import canonical
from bylaw.evidence.ledger.digests import digest_of
from bylaw.evidence.ledger.envelope import Signer, opened, sealed
from bylaw.evidence.ledger.keys import keyid_of
from bylaw.evidence.ledger.rows import COLUMNS, INSERT, Row
from bylaw.evidence.ledger.statement import entry_of
from bylaw.evidence.ledger.store import row_of

Change = Callable[[dict[str, Any]], object]


def database(root: Path) -> sqlite3.Connection:
    return sqlite3.connect(root / ".bylaw/ledger.db", isolation_level=None)


def execute(root: Path, statement: str, *values: object) -> None:
    connection = database(root)
    connection.execute(statement, values)
    connection.close()


def rows(root: Path) -> list[Row]:
    connection = database(root)
    found = connection.execute(f"SELECT {COLUMNS} FROM items ORDER BY position").fetchall()
    connection.close()
    return [Row._make(each) for each in found]


def signer_of(root: Path) -> Signer:
    key = load_pem_private_key((root / ".bylaw/keys/signing.pem").read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)
    return Signer(keyid_of(key.public_key()), key.sign, False)


def put(root: Path, position: int, envelope: bytes) -> None:
    """Put an envelope in the place of another, with the digest it has."""
    execute(root, "UPDATE items SET envelope = ?, digest = ? WHERE position = ?",
            envelope, digest_of(envelope), position)  # fmt: skip


def outside(root: Path, position: int, change: Change) -> None:
    """Change an envelope's JSON, without a key."""
    document = json.loads(rows(root)[position - 1].envelope)
    change(document)
    put(root, position, canonical(document))


def inside(root: Path, position: int, change: Change) -> None:
    """Change what an envelope holds, without a key."""

    def changed(document: dict[str, Any]) -> None:
        statement = json.loads(base64.b64decode(document["payload"]))
        change(statement)
        document["payload"] = base64.b64encode(canonical(statement)).decode()

    outside(root, position, changed)


def signed_payload(root: Path, position: int, payload: bytes) -> None:
    """Sign other bytes with the ledger's own key, and put them into the place of the last item."""
    envelope = sealed(payload, signer_of(root))
    put(root, position, envelope)


def signed_change(root: Path, position: int, change: Change, *, reindex: bool = True) -> None:
    """Change an item and all that follow, with the ledger's own key: the chain fits again."""
    chain = rows(root)
    signer = signer_of(root)
    previous = chain[position - 1].previous
    execute(root, "DELETE FROM items WHERE position >= ?", position)
    for row in chain[position - 1 :]:
        statement = json.loads(opened(row.envelope).payload)
        statement["predicate"]["previous"] = previous
        if row.position == position:
            change(statement)
        payload = canonical(statement)
        envelope = sealed(payload, signer)
        new = row_of(row.position, entry_of(payload), envelope) if reindex else row._replace(
            envelope=envelope, digest=digest_of(envelope), previous=previous)  # fmt: skip
        execute(root, INSERT, *new)
        previous = digest_of(envelope)
