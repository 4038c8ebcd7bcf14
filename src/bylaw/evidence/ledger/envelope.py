"""Signed envelopes: DSSE v1.0.2 (https://github.com/secure-systems-lab/dsse)."""

from __future__ import annotations

import binascii
from collections.abc import Callable
from typing import Any, NamedTuple

from bylaw.evidence.ledger.canonical import UnreadableError, is_canonical, read

PAYLOAD_TYPE = "application/vnd.in-toto+json"


class Signer(NamedTuple):
    """Who signs.

    Attributes:
        keyid: SHA-256 of the public key's SubjectPublicKeyInfo, in hexadecimal digits.
        sign: makes the Ed25519 signature of bytes.
        is_ci: whether the caller named the key, and it does not lie beside the ledger.
    """

    keyid: str
    sign: Callable[[bytes], bytes]
    is_ci: bool


class Envelope(NamedTuple):
    """What an envelope says, before anything is believed.

    Attributes:
        payload_type: media type of the payload.
        payload: the signed bytes.
        keyid: key that is said to have signed; empty without a signature.
        signature: the signature; empty without one.
    """

    payload_type: str
    payload: bytes
    keyid: str
    signature: bytes


def preauthenticated(payload_type: str, payload: bytes) -> bytes:
    """The bytes that are signed: DSSE's PAE, which binds the type to the payload."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sealed(payload: bytes, signer: Signer) -> bytes:
    """A signed envelope, in its one spelling (RFC 8785)."""
    signature = signer.sign(preauthenticated(PAYLOAD_TYPE, payload))
    return (
        b'{"payload":"%b","payloadType":"%b","signatures":[{"keyid":"%b","sig":"%b"}]}' % (
            _base64(payload), PAYLOAD_TYPE.encode(), signer.keyid.encode(), _base64(signature)
        )
    )  # fmt: skip


def opened(data: bytes) -> Envelope:
    """What an envelope says.

    Raises:
        UnreadableError: it is no envelope as this module writes them.
    """
    return parts_of(document_of(data))


def document_of(data: bytes) -> Any:
    """The JSON of an envelope, in its one spelling.

    Raises:
        UnreadableError: it is none.
    """
    document = read(data)
    if not is_canonical(data, document):
        raise UnreadableError("is not in canonical form", reason="LEDGER-NOT-CANONICAL")
    return document


def parts_of(document: Any) -> Envelope:
    """What an envelope says, from its JSON.

    Raises:
        UnreadableError: it is not as ``sealed`` writes them.
    """
    if not isinstance(document, dict) or document.keys() != {"payload", "payloadType",
                                                             "signatures"}:  # fmt: skip
        raise _malformed("is no envelope")
    kind, signatures = document["payloadType"], document["signatures"]
    if not isinstance(kind, str) or not isinstance(signatures, list) or len(signatures) > 1:
        raise _malformed("is no envelope of ours: one type, one signature")
    payload = _bytes_of(document["payload"])
    if not signatures:
        return Envelope(kind, payload, "", b"")
    signature = signatures[0]
    if not isinstance(signature, dict) or signature.keys() != {"keyid", "sig"}:
        raise _malformed("has a signature of another form")
    if not isinstance(signature["keyid"], str):
        raise _malformed("has a key name that is no text")
    return Envelope(kind, payload, signature["keyid"], _bytes_of(signature["sig"]))


def _base64(data: bytes) -> bytes:
    return binascii.b2a_base64(data, newline=False)


def _bytes_of(text: object) -> bytes:
    try:
        data = binascii.a2b_base64(text.encode("ascii"), strict_mode=True) if isinstance(
            text, str) else None  # fmt: skip
    except (binascii.Error, UnicodeEncodeError):
        data = None
    # Trailing bits that no byte takes could be spelled in several ways.
    if data is None or _base64(data).decode("ascii") != text:
        raise _malformed("holds something that is no base64")
    return data


def _malformed(message: str) -> UnreadableError:
    return UnreadableError(message, reason="LEDGER-MALFORMED")
