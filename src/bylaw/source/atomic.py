"""Files that are written whole or not at all, and read back whole or not at all."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # importing typing would double the start-up; checkers know the name
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_MAGIC = b"bylaw\x00\x01\n"
_DIGEST_SIZE = 16
_HEAD_SIZE = len(_MAGIC) + _DIGEST_SIZE


class ContentChangedError(OSError):
    """A file does not hold what it was expected to hold."""


def replace_content(path: str, data: bytes, *, expected: bytes) -> None:
    """Replace what a file holds, keeping its mode, if it still holds what was read from it.

    The content is compared when the new file lies ready beside it: all that is left between the
    look and the replacement is one system call.

    Args:
        path: the file; not a symbolic link.
        data: the new content.
        expected: the content it must have.

    Raises:
        ContentChangedError: somebody else wrote it meanwhile; it is as they left it.
        OSError: it cannot be written; it is as it was.
    """

    def check(temporary: str) -> None:
        os.chmod(temporary, os.stat(path).st_mode & 0o7777)
        with open(path, "rb") as file:
            if os.path.islink(path) or file.read() != expected:
                raise ContentChangedError("changed meanwhile")

    write_atomically(path, data, before=check)


def create_content(path: str, data: bytes) -> None:
    """Make a file that is not there yet, with its folders; readers see all of it or nothing.

    Args:
        path: the file.
        data: its content.

    Raises:
        FileExistsError: somebody made it meanwhile; it is as they left it.
        OSError: it cannot be written; nothing is left behind.
    """
    directory, name = os.path.split(path)
    os.makedirs(directory or ".", exist_ok=True)
    temporary = os.path.join(directory, f".{name[:100]}.{os.urandom(8).hex()}.new")
    write_atomically(temporary, data)
    try:
        # Unlike a move, a link is only made where nothing is.
        os.link(temporary, path)
    finally:
        os.unlink(temporary)


def write_atomically(
    path: str, data: bytes, *, durable: bool = True, before: Callable[[str], None] | None = None
) -> None:
    """Replace a file in one step; readers see the old content or the new, never a part.

    Args:
        path: the file; where it is a symbolic link, the file it points to.
        data: the new content.
        durable: wait until the disk holds it. A cache need not.
        before: given the new file just before it takes the place of the old one; may raise.

    Raises:
        OSError: it cannot be written; the old file is as it was and nothing is left behind.
    """
    path = os.path.realpath(path)
    directory, name = os.path.split(path)
    # Not tempfile: importing it costs more than the write.
    temporary = os.path.join(directory, f".{name[:100]}.{os.urandom(8).hex()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
    handle = os.open(temporary, flags | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(handle)
        if before is not None:
            before(temporary)
        os.replace(temporary, path)
    except BaseException:
        if os.path.lexists(temporary):
            os.unlink(temporary)
        raise


def write_checked(path: str, payload: bytes, *, stamp: bytes = b"") -> bool:
    """Write a file of the cache.

    Args:
        path: the file; its directory is made where it is missing.
        payload: what ``read_checked`` gives back.
        stamp: what the payload depends on beyond its bytes (the writing tool's version, the
            Python whose marshal wrote it); a reader with another stamp reads nothing.

    Returns:
        Whether it was written. A read-only or full disk is no error: the next run is slow.
    """
    try:
        # The cache holds facts about private code, and a process that could write there
        # could make us believe anything.
        os.makedirs(os.path.dirname(path) or ".", mode=0o700, exist_ok=True)
        data = b"".join((_MAGIC, _digest(payload, stamp), payload))
        write_atomically(path, data, durable=False)
    except (OSError, ValueError):
        return False
    return True


def read_checked(path: str, *, stamp: bytes = b"") -> bytes | None:
    """Read a file of the cache.

    Args:
        path: the file.
        stamp: what it was written with.

    Returns:
        The payload; None where the file is missing, unreadable, cut short, damaged, of
        another version or written with another stamp.
    """
    try:
        with open(path, "rb") as file:
            data = file.read()
    except (OSError, ValueError):
        return None
    if not data.startswith(_MAGIC) or len(data) < _HEAD_SIZE:
        return None
    payload = data[_HEAD_SIZE:]
    return payload if data[len(_MAGIC) : _HEAD_SIZE] == _digest(payload, stamp) else None


def _digest(payload: bytes, stamp: bytes) -> bytes:
    blake2b = hash_function()
    # Two hashes, so that no byte can move from the stamp to the payload unseen.
    key = blake2b(stamp, digest_size=_DIGEST_SIZE).digest()
    digest: bytes = blake2b(payload, digest_size=_DIGEST_SIZE, key=key).digest()
    return digest


def hash_function() -> Callable[..., Any]:
    """The hash without the OpenSSL bindings that importing hashlib pulls in (3 ms)."""
    try:
        from _blake2 import blake2b
    except ImportError:
        from hashlib import blake2b
    return blake2b


def cache_directory() -> str:
    """Find the place for files that can be made again.

    Returns:
        ``bylaw`` in ``XDG_CACHE_HOME`` (where that is an absolute path, as its
        specification demands), else in ``~/.cache``; empty where there is no home or it
        cannot be written, and callers go without a cache.
    """
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        home = os.environ.get("HOME", "")
        # A home that does not exist (system accounts have such) is not ours to make.
        if not os.path.isabs(home) or not os.path.isdir(home):
            return ""
        base = os.path.join(home, ".cache")
    directory = os.path.join(base, "bylaw")
    place = directory
    while not os.path.lexists(place):
        place = os.path.dirname(place)
    # What exists may still be read when it cannot be written.
    if place == directory or os.access(place, os.W_OK | os.X_OK):
        return directory
    return ""
