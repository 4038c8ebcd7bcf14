"""Approvals as files: written signed, read back with what each is worth."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from bylaw.evidence.ledger.canonical import UnreadableError
from bylaw.evidence.ledger.clock import SLACK, microseconds_of, text_of
from bylaw.evidence.ledger.digests import digest_of, hexadecimal
from bylaw.evidence.ledger.envelope import PAYLOAD_TYPE, Signer, opened, sealed
from bylaw.gates.approvals.approval import (
    CHANGE,
    FOLDER,
    Approval,
    approval_of,
    content_of,
    payload_of,
)
from bylaw.gates.approvals.terms import Terms
from bylaw.source.atomic import create_content

ACTIVE, EXPIRED, ORPHANED, UNTRUSTED, ALTERED = (
    "active", "expired", "orphaned", "untrusted", "altered",
)  # fmt: skip
_DAY = 86_400_000_000
_LARGEST = 1 << 20


class Kept(NamedTuple):
    """One approval that was read.

    Attributes:
        id: ``AP-`` and the first digits of its envelope's digest.
        path: its file, relative to the root.
        approval: what it says; None where it cannot be read.
        state: ``active``, ``expired``, ``orphaned``, ``untrusted`` or ``altered``.
        problem: why it does not count; empty where it does.
        expires: when it runs out under the terms.
    """

    id: str
    path: str
    approval: Approval | None
    state: str
    problem: str
    expires: str


class Circumstances(NamedTuple):
    """What an approval is held against.

    Attributes:
        repositories: identities that this repository answers to.
        terms: of the configuration.
        trusted: names of the keys that are trusted on this machine.
        digests: digest of each file of the tree, by path.
        now: UTC.
    """

    repositories: frozenset[str]
    terms: Terms
    trusted: frozenset[str]
    digests: Mapping[str, str]
    now: str


def write_approval(root: str, approval: Approval, signer: Signer) -> tuple[str, str]:
    """Signs an approval and writes it.

    Args:
        root: absolute path of the root.
        approval: what is approved.
        signer: who signs.

    Returns:
        Its name, and its path relative to the root.

    Raises:
        OSError: it cannot be written.
    """
    data = sealed(payload_of(approval), signer)
    name = _name(data)
    path = f"{FOLDER}/{name}.json"
    create_content(os.path.join(root, path), data)
    return name, path


def read_approvals(root: str, circumstances: Circumstances) -> list[Kept]:
    """Every approval of a repository, by file name; none is left out because it does not count.

    Args:
        root: absolute path of the root.
        circumstances: what they are held against.
    """
    folder = os.path.join(root, FOLDER)
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".json"))
    except OSError:
        return []
    return [_read(folder, name, circumstances) for name in names]


def _read(folder: str, name: str, circumstances: Circumstances) -> Kept:
    path = f"{FOLDER}/{name}"
    try:
        with open(os.path.join(folder, name), "rb") as file:
            data = file.read(_LARGEST)
        envelope = opened(data)
        approval = approval_of(envelope.payload)
    except (OSError, UnreadableError) as error:
        return Kept(name.removesuffix(".json"), path, None, ALTERED, str(error), "")
    kept = Kept(_name(data), path, approval, ACTIVE, "", _end(approval, circumstances.terms))
    if envelope.payload_type != PAYLOAD_TYPE or not _signed(envelope.keyid, approval, data):
        return kept._replace(state=ALTERED, problem="its signature is not that of its key")
    state, problem = _standing(kept, approval, envelope.keyid, circumstances)
    return kept._replace(state=state, problem=problem)


def _signed(keyid: str, approval: Approval, data: bytes) -> bool:
    """Whether the key that the approval brings has its name, and signed it."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    from bylaw.evidence.ledger.keys import keyid_of, verifies

    try:
        key = load_pem_public_key(approval.key.encode("utf-8"))
    except (ValueError, UnsupportedAlgorithm):
        return False
    envelope = opened(data)
    return (
        isinstance(key, Ed25519PublicKey)
        and keyid_of(key) == keyid
        and verifies(key, envelope.signature, envelope.payload_type, envelope.payload)
    )


def _standing(
    kept: Kept, approval: Approval, keyid: str, circumstances: Circumstances
) -> tuple[str, str]:
    """State of an approval whose signature is good, and why it does not count."""
    terms, now = circumstances.terms, microseconds_of(circumstances.now) or 0
    created, ends = microseconds_of(approval.created), microseconds_of(kept.expires)
    if created is None or ends is None:
        return ALTERED, "it names no time"
    if terms.approvers:
        if (approval.approver, keyid) not in terms.approvers:
            return UNTRUSTED, f"[waivers] approvers names no {approval.approver} with this key"
    elif keyid not in circumstances.trusted:
        return (
            UNTRUSTED,
            "its key is not trusted on this machine; [waivers] approvers would name it",
        )
    if approval.repository not in circumstances.repositories:
        return ORPHANED, "it is about another repository"
    if created > now + SLACK:
        return UNTRUSTED, "it was made at a time to come: the clock of one of both is wrong"
    if now >= ends:
        return EXPIRED, f"it ran out on {kept.expires[:10]}"
    if approval.scope == CHANGE:
        content = content_of(circumstances.digests, approval.paths)
        if content != approval.content:
            return ORPHANED, "the files it is about are not as they were"
    return ACTIVE, ""


def _end(approval: Approval, terms: Terms) -> str:
    """When an approval runs out: as it says, or sooner under the terms."""
    created, ends = microseconds_of(approval.created), microseconds_of(approval.expires)
    if created is None or ends is None:
        return ""
    return text_of(min(ends, created + terms.longest_days * _DAY))


def _name(data: bytes) -> str:
    return f"AP-{hexadecimal(digest_of(data))[:12]}"
