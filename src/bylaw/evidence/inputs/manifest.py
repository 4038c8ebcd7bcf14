"""The manifest of an input set: the bytes that are stored, and what they say.

Canonical JSON (RFC 8785) by construction: keys in order, no numbers, strings as the RFC writes
them. Python's encoder agrees with it on strings as long as they hold no lone surrogate; names
that are not UTF-8 are spelled in hexadecimal and say so.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from typing import Any, NamedTuple

from bylaw.errors import BylawError

SCHEMA = "bylaw.manifest/1"


class File(NamedTuple):
    """One file of a tree.

    Attributes:
        path: relative to the root, with ``/``; undecodable bytes as lone surrogates.
        mode: ``100644``, ``100755``, ``120000`` (link), ``160000`` (submodule) or ``special``.
        digest: SHA-256 of the content in hexadecimal; of where a link points; the commit of a
            submodule; ``unreadable``; empty where only the path and the mode count.
    """

    path: str
    mode: str
    digest: str


class Elsewhere(NamedTuple):
    """Something beside the tree that was looked at.

    Attributes:
        kind: ``file`` (its content counts), ``there`` (whether it exists, and as what),
            ``names`` (what lies in a directory beside the files of the tree), ``git`` (the
            history of the repository), ``installed`` (the packages of an environment),
            ``settings`` (files of the names in ``path`` beside those of the tree).
        path: relative to the root where it lies below it, else absolute.
        digest: what it was, in the words of its kind; ``absent`` where it was not there.
    """

    kind: str
    path: str
    digest: str


class Manifest(NamedTuple):
    """What an answer depends on.

    Attributes:
        files: files whose content counts, and with an empty digest those whose path and mode
            count; sorted by path.
        elsewhere: what counts beside the tree; sorted.
    """

    files: tuple[File, ...]
    elsewhere: tuple[Elsewhere, ...] = ()


class ManifestError(BylawError):
    """Stored bytes are no manifest."""

    code = "manifest"
    exit_code = 3


def manifest_of(files: Iterable[File], elsewhere: Iterable[Elsewhere] = ()) -> Manifest:
    """A manifest in order.

    Args:
        files: files of a tree.
        elsewhere: what counts beside it.
    """
    return Manifest(tuple(sorted(files)), tuple(sorted(set(elsewhere))))


def manifest_bytes(manifest: Manifest) -> bytes:
    """The canonical bytes of a manifest; the same for the same set, on every machine."""
    elsewhere = [[each.kind, each.digest, *_spelled(each.path)] for each in manifest.elsewhere]
    files = [[each.mode, each.digest, *_spelled(each.path)] for each in manifest.files]
    document = {"elsewhere": elsewhere, "files": files, "schema": SCHEMA}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def manifest_digest(data: bytes) -> str:
    """``sha256:...`` of a manifest's bytes: the digest of its set."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def read_manifest(data: bytes) -> Manifest:
    """What stored bytes say.

    Raises:
        ManifestError: they are no manifest.
    """
    try:
        document: Any = json.loads(data)
        if document["schema"] != SCHEMA:
            raise ManifestError(f"a manifest of another kind: {document['schema']}")
        files = tuple(File(_path(rest), mode, digest) for mode, digest, *rest in document["files"])
        elsewhere = tuple(
            Elsewhere(kind, _path(rest), digest) for kind, digest, *rest in document["elsewhere"]
        )
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise ManifestError("the stored manifest cannot be read") from error
    return Manifest(files, elsewhere)


def _spelled(path: str) -> tuple[str, ...]:
    """A path as JSON can hold it; ``hex`` behind it where that is not its own spelling."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return os.fsencode(path).hex(), "hex"
    return (path,)


def _path(spelled: list[str]) -> str:
    return os.fsdecode(bytes.fromhex(spelled[0])) if spelled[1:] == ["hex"] else spelled[0]
