"""Published vectors, and another implementation of what we sign."""

from __future__ import annotations

import base64
import json
import struct
from hashlib import sha512
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from securesystemslib.dsse import Envelope as TheirEnvelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer._crypto_signer import CryptoSigner
from securesystemslib.signer._key import SSlibKey
from tests.evidence.ledger.made import a_draft, ledger_of

from bylaw.evidence.ledger.canonical import (
    LARGEST,
    UnreadableError,
    canonical,
    is_canonical,
    read,
    spelled,
)
from bylaw.evidence.ledger.envelope import (
    PAYLOAD_TYPE,
    Signer,
    opened,
    parts_of,
    preauthenticated,
    sealed,
)
from bylaw.evidence.ledger.keys import keyid_of, verifies

# RFC 8785, appendix B: IEEE 754 bits and their one spelling.
NUMBERS = (
    ("0000000000000000", "0"), ("8000000000000000", "0"), ("0000000000000001", "5e-324"),
    ("8000000000000001", "-5e-324"), ("7fefffffffffffff", "1.7976931348623157e+308"),
    ("ffefffffffffffff", "-1.7976931348623157e+308"), ("4340000000000000", "9007199254740992"),
    ("c340000000000000", "-9007199254740992"), ("4430000000000000", "295147905179352830000"),
    ("44b52d02c7e14af5", "9.999999999999997e+22"), ("44b52d02c7e14af6", "1e+23"),
    ("44b52d02c7e14af7", "1.0000000000000001e+23"), ("444b1ae4d6e2ef4e", "999999999999999700000"),
    ("444b1ae4d6e2ef4f", "999999999999999900000"), ("444b1ae4d6e2ef50", "1e+21"),
    ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"), ("3eb0c6f7a0b5ed8d", "0.000001"),
    ("41b3de4355555553", "333333333.3333332"), ("41b3de4355555554", "333333333.33333325"),
    ("41b3de4355555555", "333333333.3333333"), ("41b3de4355555556", "333333333.3333334"),
    ("41b3de4355555557", "333333333.33333343"), ("becbf647612f3696", "-0.0000033333333333333333"),
    ("43143ff3c1cb0959", "1424953923781206.2"),
)  # fmt: skip

# RFC 8785, 3.2.3: keys are sorted by UTF-16 units, and the result.
UNSORTED = {
    "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One", "\U0001f600": "Emoji: Grinning Face", "\x80": "Control",
    "\xf6": "Latin Small Letter O With Diaeresis",
}  # fmt: skip
SORTED = ["Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign",
          "Emoji: Grinning Face", "Hebrew Letter Dalet With Dagesh"]  # fmt: skip

# RFC 8032, 7.1: secret, public, message, signature.
SIGNATURES = (
    ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", b"",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
     "b46bd25bf5f0595bbe24655141438e7a100b"),
    ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", b"\x72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f1"
     "1d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", b"\xaf\x82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984d"
     "c6594a7c15e9716ed28dc027beceea1ec40a"),
    ("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf", sha512(b"abc").digest(),
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431"
     "e0303dca179c138ac17ad9bef1177331a704"),
)  # fmt: skip

VALUES = some.recursive(
    some.none() | some.booleans() | some.integers(-LARGEST, LARGEST) | some.text(max_size=8),
    lambda inner: (
        some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(("bits", "spelling"), NUMBERS)
def test_rfc8785_number_of_appendix_b_has_its_spelling(bits: str, spelling: str) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))

    assert rfc8785.dumps(number).decode() == spelling
    with pytest.raises(UnreadableError) as refusal:
        canonical({"number": number})
    assert refusal.value.reason == "LEDGER-FLOAT"


@pytest.mark.parametrize("bits", ["7fffffffffffffff", "7ff0000000000000"])
def test_rfc8785_number_that_is_none_is_refused(bits: str) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))

    with pytest.raises(rfc8785.FloatDomainError):
        rfc8785.dumps(number)
    with pytest.raises(UnreadableError):
        canonical([number])


def test_canonical_sample_of_rfc8785_is_sorted_by_utf16_units() -> None:
    assert list(json.loads(canonical(UNSORTED)).values()) == SORTED
    assert spelled(UNSORTED) == canonical(UNSORTED)


def test_canonical_sample_of_rfc8785_is_escaped_as_there() -> None:
    text = (
        r'{"string":"\u20ac$\u000F\u000aA'
        "'"
        r'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}'
    )
    sample = read(text.encode())

    expected = '{"literals":[null,true,false],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    assert canonical(sample) == spelled(sample) == expected.encode()


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(VALUES)
def test_spelled_any_value_is_what_the_library_writes(value: Any) -> None:
    try:
        expected = rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        with pytest.raises(UnreadableError):
            canonical(value)
        return

    assert canonical(value) == spelled(value) == expected
    assert read(expected) == value
    assert is_canonical(expected, value)


@given(some.binary(max_size=64))
def test_read_any_bytes_is_a_value_or_our_error(data: bytes) -> None:
    try:
        value = read(data)
    except UnreadableError:
        return
    assert is_canonical(canonical(value), value)


@pytest.mark.parametrize("data", [b"9007199254740992", b"-9007199254740992", b"1" * 5000])
def test_read_number_beyond_a_double_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        read(data)


@pytest.mark.parametrize("data", [b"[" * 100_000, b"\xff", b"", b"{'a': 1}", b"\xef\xbb\xbf{}"])
def test_read_no_json_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableError) as refusal:
        read(data)
    assert refusal.value.reason == "LEDGER-MALFORMED"


@pytest.mark.parametrize(("secret", "public", "message", "signature"), SIGNATURES)
def test_ed25519_vector_of_rfc8032_holds(
    secret: str, public: str, message: bytes, signature: str
) -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    assert raw.hex() == public
    assert key.sign(message).hex() == signature
    key.public_key().verify(bytes.fromhex(signature), message)


def test_preauthenticated_vector_of_dsse_holds() -> None:
    kind, body = "http://example.com/HelloWorld", b"hello world"
    encoded = preauthenticated(kind, body)

    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    numbers = ec.EllipticCurvePublicNumbers(
        46950820868899156662930047687818585632848591499744589407958293238635476079160,
        5640078356564379163099075877009565129882514886557779369047442380624545832820,
        ec.SECP256R1(),
    )
    signature = base64.b64decode(
        "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="
    )
    halves = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    numbers.public_key().verify(encode_dss_signature(*halves), encoded, ec.ECDSA(SHA256()))


def test_preauthenticated_length_counts_bytes() -> None:
    assert preauthenticated("ü", b"\x00") == "DSSEv1 2 ü 1 \x00".encode()


def _their_key(public: Ed25519PublicKey) -> SSlibKey:
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return SSlibKey(keyid_of(public), "ed25519", "ed25519", {"public": raw.hex()})


def test_append_envelope_is_verified_by_securesystemslib(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    with ledger_of(tmp_path) as ledger:
        ledger.append(a_draft(message="naïve"))
        data = next(ledger.rows()).envelope
    secret = load_pem_private_key((tmp_path / ".bylaw/keys/signing.pem").read_bytes(), None)
    assert isinstance(secret, Ed25519PrivateKey)
    theirs = TheirEnvelope.from_dict(json.loads(data))

    assert theirs.payload == opened(data).payload
    assert theirs.pae() == preauthenticated(PAYLOAD_TYPE, theirs.payload)
    assert theirs.verify([_their_key(secret.public_key())], 1)
    other = Ed25519PrivateKey.generate().public_key()
    with pytest.raises(VerificationError):
        theirs.verify([_their_key(other)], 1)


def test_verifies_envelope_signed_by_securesystemslib() -> None:
    secret = Ed25519PrivateKey.generate()
    theirs = TheirEnvelope(b'{"a":1}', PAYLOAD_TYPE, {})
    theirs.sign(CryptoSigner(secret, _their_key(secret.public_key())))

    envelope = parts_of(json.loads(json.dumps(theirs.to_dict())))

    assert envelope.keyid == keyid_of(secret.public_key())
    public = secret.public_key()
    assert verifies(public, envelope.signature, envelope.payload_type, envelope.payload)
    assert not verifies(public, envelope.signature, "text/plain", envelope.payload)
    assert not verifies(public, envelope.signature, envelope.payload_type, b'{"a":2}')


def test_sealed_same_payload_is_the_same_envelope() -> None:
    secret = Ed25519PrivateKey.generate()
    signer = Signer(keyid_of(secret.public_key()), secret.sign, False)

    assert sealed(b"{}", signer) == sealed(b"{}", signer) == canonical(
        json.loads(sealed(b"{}", signer))
    )  # fmt: skip
