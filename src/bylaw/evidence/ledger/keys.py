"""Keys: the one that signs, and the public ones that are trusted here.

The signing key is made on first use and lies beside the ledger: it shows that nothing changed by
accident, or by somebody who cannot read ``.bylaw/keys``; it proves nothing about who can.
``BYLAW_SIGNING_KEY`` names another one, which a CI keeps to itself.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING

from bylaw.evidence.ledger.envelope import Signer, preauthenticated
from bylaw.evidence.ledger.place import KEYS, TRUSTED, sync_folder
from bylaw.evidence.ledger.problems import LedgerError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )  # fmt: skip

VARIABLE = "BYLAW_SIGNING_KEY"
_NAME = "signing.pem"
_LARGEST = 1 << 16


def signer_of(folder: str, environment: Mapping[str, str]) -> Signer:
    """Who signs here; a key is made where there is none, and its public half remembered.

    Args:
        folder: path of ``.bylaw``.
        environment: variables of this process.

    Raises:
        LedgerError: the key cannot be read or made, is no Ed25519 key, or others can read it.
    """
    named = environment.get(VARIABLE, "")
    path = named or os.path.join(folder, KEYS, _NAME)
    if not named and not os.path.lexists(path):
        _make(path)
    key = _private(path)
    if _is_open(path):
        raise LedgerError("others can read or write the signing key", path=path,
                          hint="remove it, and a new one is made; or chmod 600 where nobody could "
                          "have read it")  # fmt: skip
    keyid = remember(folder, key.public_key())
    return Signer(keyid, key.sign, bool(named))


def has_signer(folder: str) -> bool:
    """Whether there is a key beside the ledger; one is not made."""
    return os.path.exists(os.path.join(folder, KEYS, _NAME))


def is_exposed(folder: str) -> bool:
    """Whether others than its owner can read or write the key beside the ledger."""
    path = os.path.join(folder, KEYS, _NAME)
    return os.path.exists(path) and _is_open(path)


def named_public_key(path: str) -> Ed25519PublicKey:
    """The public half of a signing key.

    Raises:
        LedgerError: it cannot be read.
    """
    return _private(path).public_key()


def local_keyid(folder: str) -> str:
    """Name of the key that lies beside the ledger; empty where there is none to be read."""
    try:
        return keyid_of(_private(os.path.join(folder, KEYS, _NAME)).public_key())
    except LedgerError:
        return ""


def trusted_keys(folder: str) -> dict[str, Ed25519PublicKey]:
    """Public keys that are trusted here, by name; a file's own name counts for nothing.

    Raises:
        LedgerError: one of them cannot be read.
    """
    place = os.path.join(folder, TRUSTED)
    try:
        names = sorted(name for name in os.listdir(place) if name.endswith(".pem"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _unreadable(place, error) from None
    keys = (public_key(os.path.join(place, name)) for name in names)
    return {keyid_of(key): key for key in keys}


def remember(folder: str, key: Ed25519PublicKey) -> str:
    """Trust a public key here from now on.

    Returns:
        Its name.

    Raises:
        LedgerError: it cannot be written.
    """
    from bylaw.source.atomic import write_atomically

    keyid = keyid_of(key)
    path = os.path.join(folder, TRUSTED, f"{keyid}.pem")
    if not os.path.lexists(path):
        try:
            os.makedirs(os.path.dirname(os.path.dirname(path)), mode=0o700, exist_ok=True)
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            write_atomically(path, pem_of(key))
            for each in (TRUSTED, KEYS, "."):
                sync_folder(os.path.join(folder, each))
        except OSError as error:
            raise LedgerError(f"a key cannot be written: {error.strerror}", path=path) from None
    return keyid


def keyid_of(key: Ed25519PublicKey) -> str:
    """Name of a key: SHA-256 of its SubjectPublicKeyInfo (DER), in hexadecimal digits."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return sha256(der).hexdigest()


def pem_of(key: Ed25519PublicKey) -> bytes:
    """A public key as a PEM file."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def public_key(path: str) -> Ed25519PublicKey:
    """The public Ed25519 key of a PEM file.

    Raises:
        LedgerError: there is none in it.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(_content(path))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise LedgerError("holds no public Ed25519 key in PEM form", path=path,
                          hint="openssl pkey -in KEY -pubout")  # fmt: skip
    return key


def verifies(key: Ed25519PublicKey, signature: bytes, payload_type: str, payload: bytes) -> bool:
    """Whether a signature is that of a key, over this payload as this type (RFC 8032, DSSE)."""
    from cryptography.exceptions import InvalidSignature

    try:
        key.verify(signature, preauthenticated(payload_type, payload))
    except InvalidSignature:
        return False
    return True


def _make(path: str) -> None:
    """A new key, readable by its owner alone; who comes second takes the first one's."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    data = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    folder = os.path.dirname(path)
    temporary = os.path.join(folder, f".{os.urandom(8).hex()}.tmp")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        os.link(temporary, path)
        sync_folder(folder)
    except FileExistsError:
        pass
    except OSError as error:
        raise LedgerError(f"a signing key cannot be made: {error.strerror}", path=path) from None
    finally:
        if os.path.lexists(temporary):
            os.unlink(temporary)


def _private(path: str) -> Ed25519PrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(_content(path), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise LedgerError("holds no Ed25519 key in PEM form without a password", path=path,
                          hint="openssl genpkey -algorithm ed25519 -out KEY")  # fmt: skip
    return key


def _is_open(path: str) -> bool:
    return bool(os.stat(path).st_mode & 0o077)


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(_LARGEST)
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: str, error: OSError) -> LedgerError:
    return LedgerError(f"a key cannot be read: {error.strerror}", path=path,
                       hint=f"{VARIABLE} names a PEM file; without it a key is made")  # fmt: skip
