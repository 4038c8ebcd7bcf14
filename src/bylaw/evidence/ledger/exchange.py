"""A ledger as one file, and back: JSON Lines of envelopes and contents (docs/evidence-ledger.md).

No archive: names come from digests alone, nothing is unpacked, nothing grows when it is read.
"""

from __future__ import annotations

import binascii
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from bylaw.evidence.item import Item
from bylaw.evidence.ledger.canonical import UnreadableError, read, spelled
from bylaw.evidence.ledger.checkpoint import Checkpoint, opened_checkpoint, signed
from bylaw.evidence.ledger.clock import microseconds_of
from bylaw.evidence.ledger.digests import digest_of
from bylaw.evidence.ledger.envelope import parts_of
from bylaw.evidence.ledger.keys import keyid_of, pem_of, public_key, remember, trusted_keys
from bylaw.evidence.ledger.links import Chain, Finding, Surroundings, Trust, spelled_row
from bylaw.evidence.ledger.problems import BlobError, LedgerError
from bylaw.evidence.ledger.statement import blobs_of, entry_of
from bylaw.evidence.ledger.store import Ledger

if TYPE_CHECKING:
    pass

SCHEMA = "bylaw.ledger-export/1"
LONGEST_LINE = 96 << 20
LARGEST_FILE = 4 << 30
MOST_ITEMS = 1_000_000


class Taken(NamedTuple):
    """What an import did.

    Attributes:
        items: what was recorded here.
        known: how many items of the file were here already.
        findings: why nothing was; empty where all went well.
    """

    items: tuple[Item, ...]
    known: int
    findings: tuple[Finding, ...]


def exported(ledger: Ledger) -> Iterator[bytes]:
    """The lines of an export: head, keys, items oldest first, contents, a checkpoint.

    Raises:
        LedgerError: an item or its content cannot be read.
    """
    with ledger.snapshot():
        repository = ledger.identity().own
        yield _line(kind="ledger", schema=SCHEMA, repository=repository)
        for keyid, key in trusted_keys(ledger.folder).items():
            yield _line(kind="key", keyid=keyid, pem=pem_of(key).decode("ascii"))
        needed: dict[str, None] = {}
        count, head = 0, ""
        for row in ledger.rows():
            document = read(row.envelope)
            yield _line(kind="item", envelope=document)
            needed.update(dict.fromkeys(blobs_of(entry_of(parts_of(document).payload).draft)))
            count, head = count + 1, digest_of(row.envelope)
        for digest in needed:
            data = binascii.b2a_base64(ledger.blobs.get(digest), newline=False).decode("ascii")
            yield _line(kind="content", digest=digest, data=data)
        if count:
            checkpoint = signed(Checkpoint(repository, count, head, ledger.now()), ledger.signer())
            yield _line(kind="checkpoint", envelope=read(checkpoint))


def imported(ledger: Ledger, path: str, keys: Sequence[str]) -> Taken:
    """Take the items of an export over, as somebody else's word.

    The file is checked to its end before anything is recorded: every signature by a key that was
    named, the chain, the contents, the checkpoint. Each envelope is kept as it was signed, inside
    one of this ledger.

    Args:
        ledger: where to.
        path: the export.
        keys: paths of the public keys to believe; remembered here.

    Raises:
        LedgerError: the file or a key cannot be read, or items cannot be recorded.
    """
    named = {keyid_of(key): key for key in map(public_key, keys)}
    trust = Trust(named, frozenset(named), "")
    now = microseconds_of(ledger.now()) or 0
    around = Surroundings(ledger.identity().accepted, trust, None, now)
    try:
        envelopes, findings = _verified(path, around)
    except UnreadableError as error:
        return Taken((), 0, (Finding(error.reason, "", error.message),))
    if findings:
        return Taken((), 0, tuple(findings))
    here = {digest for row in ledger.query("SELECT digest, origin FROM items") for digest in row}
    own, fresh = 0, []
    for document in envelopes:
        original = _innermost(document)
        if digest_of(spelled(original)) in here:
            own += 1
        else:
            here.add(digest_of(spelled(original)))
            fresh.append(original)
    _take_contents(ledger, path)
    for key in named.values():
        remember(ledger.folder, key)
    return Taken(tuple(ledger.adopt(fresh)) if fresh else (), own, ())


def _innermost(document: dict[str, Any]) -> Mapping[str, Any]:
    """The envelope of who ran it, also where the exporter had it from another."""
    entry = entry_of(parts_of(document).payload)
    return document if entry.original is None else entry.original


def _verified(path: str, around: Surroundings) -> tuple[list[dict[str, Any]], list[Finding]]:
    """All envelopes of an export, and what is wrong with it."""
    envelopes: list[dict[str, Any]] = []
    sizes: dict[str, int] = {}
    last = None
    for line in _lines(path):
        last = line["kind"]
        if last == "item":
            envelopes.append(line["envelope"])
        elif last == "content":
            data = _content_of(line)
            sizes[line["digest"]] = len(data)
        elif last == "checkpoint":
            checkpoint = line["envelope"]
    if last != "checkpoint" or len(envelopes) > MOST_ITEMS:
        raise _broken("it does not end in a checkpoint, or holds too many items")
    chain = Chain(around._replace(size_of=_sizes(sizes)), "", 0, 0)
    findings: list[Finding] = []
    for position, document in enumerate(envelopes, 1):
        findings += chain.check(spelled_row(position, document), is_indexed=False)
    known, problems = opened_checkpoint(spelled(checkpoint), around.trust)
    findings += problems
    if known is not None and (known.items, known.head) != (chain.items, chain.link):
        findings.append(Finding("LEDGER-TAIL-DROPPED" if known.items > chain.items
                                else "LEDGER-REWRITTEN", "checkpoint",
                                "the items are not those its checkpoint saw"))  # fmt: skip
    return envelopes, findings


def _sizes(sizes: Mapping[str, int]) -> Callable[[str], int]:
    def size_of(digest: str) -> int:
        if digest not in sizes:
            raise BlobError(f"there is no content for {digest}", reason="LEDGER-BLOB-MISSING")
        return sizes[digest]

    return size_of


_FIELDS: Mapping[str, Mapping[str, type]] = {
    "ledger": {"schema": str, "repository": str},
    "key": {"keyid": str, "pem": str},
    "item": {"envelope": dict},
    "content": {"digest": str, "data": str},
    "checkpoint": {"envelope": dict},
}


def _lines(path: str) -> Iterator[dict[str, Any]]:
    """The lines of an export, each of a known form; read one at a time, never beyond a limit."""
    try:
        if os.path.getsize(path) > LARGEST_FILE:
            raise _broken(f"it is larger than {LARGEST_FILE >> 30} GiB")
        with open(path, "rb") as file:
            number = 0
            while data := file.readline(LONGEST_LINE + 1):
                number += 1
                if len(data) > LONGEST_LINE:
                    raise _broken(f"line {number} is longer than {LONGEST_LINE >> 20} MiB")
                yield _known(read(data), number)
    except OSError as error:
        raise LedgerError(f"the export cannot be read: {error.strerror}", path=path) from None


def _known(line: Any, number: int) -> dict[str, Any]:
    fields = _FIELDS.get(line.get("kind", "")) if isinstance(line, dict) else None
    if fields is None or line.keys() != {"kind", *fields} or (number == 1) != (
        line["kind"] == "ledger"
    ) or any(not isinstance(line[name], kind) for name, kind in fields.items()):  # fmt: skip
        raise _broken(f"line {number} is of no known form")
    if number == 1 and line["schema"] != SCHEMA:
        raise _broken(f"it is {line['schema'][:80]!r}, not {SCHEMA}")
    return {str(name): each for name, each in line.items()}


def _content_of(line: Mapping[str, Any]) -> bytes:
    try:
        data = binascii.a2b_base64(line["data"].encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        raise _broken(f"the content of {line['digest'][:80]} is no base64") from None
    if digest_of(data) != line["digest"]:
        raise UnreadableError(f"the content for {line['digest'][:80]} is not that content",
                              reason="LEDGER-BLOB-ALTERED")  # fmt: skip
    return data


def _take_contents(ledger: Ledger, path: str) -> None:
    for line in _lines(path):
        if line["kind"] == "content":
            ledger.blobs.put(_content_of(line))


def _broken(message: str) -> UnreadableError:
    return UnreadableError(message, reason="LEDGER-EXPORT")


def _line(**fields: object) -> bytes:
    return spelled(fields) + b"\n"
