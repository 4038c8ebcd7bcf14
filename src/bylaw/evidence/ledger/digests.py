"""Digests, written as ``sha256:`` and 64 hexadecimal digits."""

from __future__ import annotations

import re
from hashlib import sha256

ALGORITHM = "sha256"
_FORM = re.compile(r"sha256:[0-9a-f]{64}")


def digest_of(data: bytes) -> str:
    """Digest of bytes."""
    return f"{ALGORITHM}:{sha256(data).hexdigest()}"


def hexadecimal(digest: str) -> str:
    """The digits alone, as in-toto writes them."""
    return digest.removeprefix(f"{ALGORITHM}:")


def is_digest(text: object) -> bool:
    """Whether a value is a digest as it is written here."""
    return isinstance(text, str) and _FORM.fullmatch(text) is not None
