"""Checks the links of a chain one by one; every kind of damage has its own reason code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from bylaw.evidence.item import ASSERTED, BY_CI, HERE, Draft
from bylaw.evidence.ledger.canonical import UnreadableError, spelled
from bylaw.evidence.ledger.clock import SLACK, microseconds_of
from bylaw.evidence.ledger.digests import digest_of
from bylaw.evidence.ledger.envelope import PAYLOAD_TYPE, Envelope, opened, parts_of
from bylaw.evidence.ledger.keys import verifies
from bylaw.evidence.ledger.problems import BlobError
from bylaw.evidence.ledger.rows import Row
from bylaw.evidence.ledger.statement import Entry, blobs_of, entry_of, name_of, subjects_of
from bylaw.evidence.ledger.store import row_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Finding(NamedTuple):
    """Something that is not as it was written.

    Attributes:
        reason_code: registered code.
        item: name of the item; empty where it is the ledger.
        message: what was found.
        next_command: what to do about it.
    """

    reason_code: str
    item: str
    message: str
    next_command: str = ""


class Trust(NamedTuple):
    """Whose signature counts.

    Attributes:
        keys: public keys by name.
        anchors: those of them that were named from outside ``.bylaw``.
        local: name of the key that lies beside the ledger; empty where none does.
    """

    keys: Mapping[str, Ed25519PublicKey]
    anchors: frozenset[str]
    local: str


class Surroundings(NamedTuple):
    """What links are held against.

    Attributes:
        repositories: identities that are accepted.
        trust: whose signature counts.
        size_of: size of stored content by digest, or a ``BlobError``; None to leave content out.
        now: microseconds since 1970.
    """

    repositories: frozenset[str]
    trust: Trust
    size_of: Callable[[str], int] | None
    now: int


class Chain:
    """Where a check stands: what the next link has to follow.

    Attributes:
        link: digest the next link must name.
        recorded: time of the newest link, in microseconds since 1970.
        items: links so far.
        anchored: how many of them were signed with a key named from outside.
    """

    def __init__(self, around: Surroundings, link: str, recorded: int, items: int) -> None:
        self.link = link
        self.recorded = recorded
        self.items = items
        self.anchored = 0
        self._around = around
        self._names: set[str] = set()
        self._followed: dict[str, str] = {}
        self._sizes: dict[str, int] = {}

    def check(self, row: Row, *, is_indexed: bool = True) -> Iterator[Finding]:
        """Check the next link.

        Args:
            row: the link.
            is_indexed: whether the columns beside the envelope are to be compared with it.
        """
        name = name_of(row.position)
        actual = digest_of(row.envelope)
        if is_indexed and actual != row.digest:
            yield Finding("LEDGER-ALTERED", name, "its bytes are not those its digest names")
            actual = row.digest
        else:
            read = _read(row, self._around.trust, name)
            if isinstance(read, Finding):
                yield read
            else:
                entry, keyid = read
                self.anchored += keyid in self._around.trust.anchors
                yield from self._in_place(entry, name)
                yield from _times(entry, name)
                yield from _about(entry, keyid, self._around, name)
                if is_indexed:
                    yield from _indexed(row, entry, name)
                yield from self._stored(entry.draft, name)
        self.link = actual
        self.items += 1

    def _in_place(self, entry: Entry, name: str) -> Iterator[Finding]:
        if entry.id in self._names:
            yield Finding("LEDGER-DUPLICATE-ID", name, f"another item is called {entry.id} too")
        elif entry.id != name:
            yield Finding("LEDGER-CHAIN-BROKEN", name, f"it is called {entry.id}")
        self._names.add(entry.id)
        if entry.previous != self.link:
            other = self._followed.get(entry.previous)
            if other:
                yield Finding("LEDGER-FORK", name, f"it follows the same item as {other}")
            else:
                yield Finding("LEDGER-CHAIN-BROKEN", name, "it does not follow the item before it")
        self._followed.setdefault(entry.previous, name)
        recorded = microseconds_of(entry.recorded) or 0
        if recorded + SLACK < self.recorded:
            yield Finding("LEDGER-TIME-BACKWARDS", name, "it is older than the item before it")
        if recorded > self._around.now + SLACK:
            yield Finding("LEDGER-TIME-AHEAD", name, f"it was recorded at {entry.recorded}")
        self.recorded = max(self.recorded, recorded)

    def _stored(self, draft: Draft, name: str) -> Iterator[Finding]:
        if self._around.size_of is None:
            return
        sizes = {each.digest: each.size for each in draft.outputs}
        for digest in blobs_of(draft):
            try:
                if digest not in self._sizes:
                    self._sizes[digest] = self._around.size_of(digest)
            except BlobError as error:
                yield Finding(error.reason, name, error.message)
                continue
            if self._sizes[digest] != sizes.get(digest, self._sizes[digest]):
                yield Finding("LEDGER-BLOB-ALTERED", name, f"{digest} is of another size")


def _read(row: Row, trust: Trust, name: str) -> tuple[Entry, str] | Finding:
    """What a link says, and who signed it; nothing is looked at before the signature holds."""
    try:
        envelope = opened(row.envelope)
        problem = untrusted(envelope, trust, name)
        return problem or (entry_of(envelope.payload), envelope.keyid)
    except UnreadableError as error:
        return Finding(error.reason, name, error.message)


def untrusted(envelope: Envelope, trust: Trust, name: str) -> Finding | None:
    """Why an envelope is not believed; None where a trusted key signed it as our type."""
    if envelope.payload_type != PAYLOAD_TYPE:
        return Finding("LEDGER-PAYLOAD-TYPE", name, f"its type is {envelope.payload_type[:80]!r}")
    if not envelope.signature and not envelope.keyid:
        return Finding("LEDGER-UNSIGNED", name, "it has no signature")
    key = trust.keys.get(envelope.keyid)
    if key is None:
        message = f"the key {envelope.keyid[:80]!r} is not trusted here"
        return Finding("LEDGER-UNKNOWN-KEY", name, message, "bylaw ledger check --key PUB")
    if not verifies(key, envelope.signature, envelope.payload_type, envelope.payload):
        message = f"its signature is not that of {envelope.keyid}"
        return Finding("LEDGER-BAD-SIGNATURE", name, message)
    return None


def _about(entry: Entry, keyid: str, around: Surroundings, name: str) -> Iterator[Finding]:
    """Whether an item is about this repository and about its own inputs, and says truly by whom."""
    provenance = entry.draft.provenance
    yield from _subjects(entry, around, name)
    if entry.original is not None:
        yield from _original(entry.original, around, name)
    elif provenance not in (HERE, BY_CI, ASSERTED):
        yield Finding("LEDGER-PROVENANCE", name, f"no run is {provenance!r}")
    elif provenance == BY_CI and keyid == around.trust.local:
        message = "it calls itself observed by CI, and the key beside the ledger signed it"
        yield Finding("LEDGER-PROVENANCE", name, message)


def _original(document: Any, around: Surroundings, name: str) -> Iterator[Finding]:
    """The envelope an item was taken over in; that it can be read is known by now."""
    envelope = parts_of(document)
    problem = untrusted(envelope, around.trust, name)
    if problem is not None:
        yield problem
    else:
        yield from _subjects(entry_of(envelope.payload), around, name)


def _subjects(entry: Entry, around: Surroundings, name: str) -> Iterator[Finding]:
    if entry.repository not in around.repositories:
        yield Finding("LEDGER-OTHER-REPOSITORY", name, f"it is about {entry.repository[:200]}")
    if entry.subjects != subjects_of(entry.draft.inputs):
        message = "what it says it is about is not what it ran on"
        yield Finding("LEDGER-OTHER-TREE", name, message)


def _times(entry: Entry, name: str) -> Iterator[Finding]:
    started, ended = microseconds_of(entry.draft.started), microseconds_of(entry.draft.ended)
    recorded = microseconds_of(entry.recorded)
    if started is None or ended is None or recorded is None:
        yield Finding("LEDGER-MALFORMED", name, "it ran or was recorded at a time that is none")
    elif ended < started:
        yield Finding("LEDGER-TIME-BACKWARDS", name, "it ended before it began")
    elif ended > recorded + SLACK:
        yield Finding("LEDGER-TIME-AHEAD", name, "it ended after it was recorded")


_CODES = {"tier": "LEDGER-OTHER-TIER", "tree": "LEDGER-OTHER-TREE", "inputs": "LEDGER-OTHER-TREE"}


def _indexed(row: Row, entry: Entry, name: str) -> Iterator[Finding]:
    """Compare the columns with the envelope they stand beside."""
    right = row_of(row.position, entry, row.envelope)
    for field, there, said in zip(Row._fields, row, right, strict=True):
        if there != said:
            message = f"the index has the {field} {str(there)[:80]!r}, the item {str(said)[:80]!r}"
            yield Finding(_CODES.get(field, "LEDGER-INDEX-DIFFERS"), name, message)


def spelled_row(position: int, document: Any) -> Row:
    """A link without columns: an envelope of an exported ledger."""
    return Row(position, "", "", "", "", "", "", "", "", "", "", spelled(document))
