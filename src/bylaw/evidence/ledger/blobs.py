"""Outputs and manifests, each stored once under the digest of its content."""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256

from bylaw.evidence.ledger.digests import digest_of, hexadecimal, is_digest
from bylaw.evidence.ledger.place import sync_folder
from bylaw.evidence.ledger.problems import BlobError, LedgerError

_PIECE = 1 << 20
_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


class Blobs:
    """Content by digest, below ``.bylaw/blobs/sha256``."""

    def __init__(self, folder: str) -> None:
        self._folder = os.path.join(folder, "sha256")

    def path_of(self, digest: str) -> str:
        """Where content with this digest lies, whether it does or not.

        Raises:
            BlobError: it is no digest.
        """
        if not is_digest(digest):
            raise BlobError(f"no digest: {digest[:80]!r}", reason="LEDGER-MALFORMED")
        digits = hexadecimal(digest)
        return os.path.join(self._folder, digits[:2], digits[2:])

    def holds(self, digest: str) -> bool:
        """Whether there is a file for the digest; its content is not looked at."""
        path = self.path_of(digest)
        return os.path.isfile(path) and not os.path.islink(path)

    def put(self, data: bytes) -> str:
        """Store content; when this returns, the disk holds it.

        Returns:
            Its digest.

        Raises:
            LedgerError: it cannot be written; nothing is left behind.
        """
        digest = digest_of(data)
        _write(self, digest, iter((data,)))
        return digest

    def put_file(self, path: str) -> tuple[str, int]:
        """Store what a file holds.

        Returns:
            Its digest and size.

        Raises:
            LedgerError: it cannot be read or written, or changed while it was read.
        """
        try:
            with open(path, "rb") as file:
                hashed, size = sha256(), 0
                while piece := file.read(_PIECE):
                    hashed.update(piece)
                    size += len(piece)
                file.seek(0)
                digest = f"sha256:{hashed.hexdigest()}"
                _write(self, digest, iter(lambda: file.read(_PIECE), b""))
        except OSError as error:
            raise LedgerError(f"an output cannot be read: {error.strerror}", path=path) from None
        return digest, size

    def get(self, digest: str) -> bytes:
        """Stored content.

        Raises:
            BlobError: it is missing, or is not what its name says.
        """
        data = b"".join(_pieces(self, digest))
        if digest_of(data) != digest:
            raise _altered(digest)
        return data

    def size_of(self, digest: str) -> int:
        """Size of stored content, which is read in pieces and compared with its name.

        Raises:
            BlobError: it is missing, or is not what its name says.
        """
        hashed, size = sha256(), 0
        for piece in _pieces(self, digest):
            hashed.update(piece)
            size += len(piece)
        if hashed.hexdigest() != hexadecimal(digest):
            raise _altered(digest)
        return size


def _pieces(blobs: Blobs, digest: str) -> Iterator[bytes]:
    try:
        handle = os.open(blobs.path_of(digest), os.O_RDONLY | _FLAGS)
    except FileNotFoundError:
        raise BlobError(f"there is no content for {digest}",
                        reason="LEDGER-BLOB-MISSING") from None  # fmt: skip
    except OSError:
        raise _altered(digest) from None
    try:
        with open(handle, "rb") as file:
            while piece := file.read(_PIECE):
                yield piece
    except OSError:
        raise _altered(digest) from None


def _write(blobs: Blobs, digest: str, pieces: Iterator[bytes]) -> None:
    path = blobs.path_of(digest)
    try:
        # What lies there is believed only after a look: an item is about to name it.
        blobs.size_of(digest)
    except BlobError:
        pass
    else:
        sync_folder(os.path.dirname(path))
        return
    try:
        _replace(path, digest, pieces)
    except OSError as error:
        hint = "make room on the disk, or make .bylaw writable"
        raise LedgerError(f"an output cannot be stored: {error.strerror}", hint=hint) from None


def _replace(path: str, digest: str, pieces: Iterator[bytes]) -> None:
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        above = os.path.dirname(folder)
        is_first = not os.path.isdir(above)
        os.makedirs(folder, exist_ok=True)
        sync_folder(above)
        if is_first:
            sync_folder(os.path.dirname(above))
            sync_folder(os.path.dirname(os.path.dirname(above)))
    temporary = os.path.join(folder, f".{os.urandom(8).hex()}.tmp")
    hashed = sha256()
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, 0o644)
        with open(handle, "wb") as file:
            for piece in pieces:
                hashed.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(handle)
        if hashed.hexdigest() != hexadecimal(digest):
            raise LedgerError("an output changed while it was stored")
        os.replace(temporary, path)
    except BaseException:
        if os.path.lexists(temporary):
            os.unlink(temporary)
        raise
    sync_folder(folder)


def _altered(digest: str) -> BlobError:
    return BlobError(f"the content stored for {digest} is not that content",
                     reason="LEDGER-BLOB-ALTERED")  # fmt: skip
