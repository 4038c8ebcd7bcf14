"""Checkpoints: what a ledger held at one time, signed, to be kept elsewhere."""

from __future__ import annotations

from typing import Any, NamedTuple

from bylaw.evidence.ledger.canonical import UnreadableError, canonical
from bylaw.evidence.ledger.clock import microseconds_of
from bylaw.evidence.ledger.digests import hexadecimal, is_digest
from bylaw.evidence.ledger.envelope import Signer, opened, sealed
from bylaw.evidence.ledger.formats import CHECKPOINT, STATEMENT, VERIFIED
from bylaw.evidence.ledger.links import Finding, Trust, untrusted
from bylaw.evidence.ledger.statement import read_statement

LARGEST = 1 << 16


class Checkpoint(NamedTuple):
    """A ledger at one time.

    Attributes:
        repository: identity of the repository.
        items: how many there were.
        head: digest of the newest envelope.
        recorded: when this was written, UTC.
        rows: digest over the index of these items, where Bylaw keeps for itself what it verified;
            empty in a checkpoint.
        newest: when the newest item was recorded, the same; empty in a checkpoint.
    """

    repository: str
    items: int
    head: str
    recorded: str
    rows: str = ""
    newest: str = ""


def signed(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """The signed envelope of a checkpoint."""
    kind = VERIFIED if checkpoint.rows else CHECKPOINT
    predicate = {name: each for name, each in checkpoint._asdict().items() if each != ""}
    statement = {
        "_type": STATEMENT,
        "subject": [{"name": "ledger", "digest": {"sha256": hexadecimal(checkpoint.head)}}],
        "predicateType": kind,
        "predicate": predicate,
    }
    return sealed(canonical(statement), signer)


def opened_checkpoint(
    data: bytes, trust: Trust, kind: str = CHECKPOINT
) -> tuple[Checkpoint | None, list[Finding]]:
    """What a checkpoint says, and what is wrong with it.

    Args:
        data: the envelope.
        trust: whose signature counts.
        kind: predicate type that is asked for.

    Returns:
        The checkpoint where it can be read (a key nobody trusts does not keep it from being
        compared; a bad or missing signature does), and findings.
    """
    findings: list[Finding] = []
    try:
        envelope = opened(data.strip())
        problem = untrusted(envelope, trust, "checkpoint")
        if problem is not None:
            findings.append(problem)
            if problem.reason_code != "LEDGER-UNKNOWN-KEY":
                return None, findings
        statement = read_statement(envelope.payload)
        found = _checkpoint(statement, kind)
    except UnreadableError as error:
        return None, [*findings, Finding(error.reason, "checkpoint", error.message)]
    if found is None:
        findings.append(Finding("LEDGER-CHECKPOINT", "checkpoint", "is no checkpoint of a ledger"))
    return found, findings


def _checkpoint(statement: dict[str, Any], kind: str) -> Checkpoint | None:
    said = statement["predicate"]
    names = set(Checkpoint._fields) - (set() if kind == VERIFIED else {"rows", "newest"})
    if statement["predicateType"] != kind or said.keys() != names:
        return None
    if any(not isinstance(said[name], str) for name in names - {"items"}):
        return None
    items = said["items"]
    if not isinstance(items, int) or isinstance(items, bool) or items < 1:
        return None
    if not is_digest(said["head"]) or microseconds_of(said["recorded"]) is None:
        return None
    subject = [{"name": "ledger", "digest": {"sha256": hexadecimal(said["head"])}}]
    return Checkpoint(**said) if statement["subject"] == subject else None
