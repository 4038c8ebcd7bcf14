"""Facts kept between runs, keyed by content: what did not change is not read twice.

One file per root and per version of everything the facts depend on. The stat of a file only says
whether to hash it again; a file that cannot be trusted whole is not read at all.
"""

from __future__ import annotations

import marshal
import os
import sys
import time
from collections.abc import Iterable, Set
from typing import NamedTuple

from bylaw.facts.gather import FileFacts, extract_files
from bylaw.facts.interpreters import extract_with_newer, newer_interpreters
from bylaw.facts.schema import FACTS_VERSION
from bylaw.source.atomic import read_checked, write_checked
from bylaw.source.discovery import SourceFile
from bylaw.source.stat_index import is_racy
from bylaw.source.workers import available_processes

Stamp = tuple[int, int, int, int]

_FEW = 64
"""Files that may differ from the stored whole before it is written again."""
_RECENT = ".recent"
"""What an edit changes is kept beside the whole: 29 MB on a large tree, which take their time."""


class _Part(NamedTuple):
    """One stored file: stat and digest by path, facts by digest, and when the reading began."""

    stamps: dict[str, tuple[Stamp, bytes]]
    blobs: dict[bytes, bytes]
    taken: int


_EMPTY = _Part({}, {}, 0)


class Gathered(NamedTuple):
    """Facts of a run.

    Attributes:
        facts: one entry per file, sorted by path.
        extracted: how many files were read and parsed in this run.
    """

    facts: list[FileFacts]
    extracted: int


def store_stamp(root: str) -> bytes:
    """What stored facts depend on beyond the files.

    The interpreters at hand are part of it: facts that only a newer one could read must not
    outlive it, or a warm run would pass where a cold one does not.
    """
    from bylaw.version import __version__

    parts = [__version__, str(FACTS_VERSION), str(sys.version_info[:2]), *newer_interpreters(root)]
    return "\0".join(parts).encode("utf-8", "surrogateescape") + _extractor_digest()


def _extractor_digest() -> bytes:
    """Digest of the extractor's own code, for whoever works on it and forgets the version."""
    from bylaw.facts.gather import content_digest

    here = os.path.dirname(os.path.abspath(__file__))
    texts = []
    try:
        for name in sorted(os.listdir(here)):
            if name.endswith(".py"):
                with open(os.path.join(here, name), "rb") as file:
                    texts.append(file.read())
    except OSError:
        return b""
    return content_digest(b"\0".join(texts))


def store_path(cache: str, root: str) -> str:
    """File that keeps the facts of a root; empty without a cache directory."""
    if not cache:
        return ""
    from bylaw.facts.gather import content_digest

    return os.path.join(cache, content_digest(os.fsencode(root)).hex(), "facts")


def gather_facts(root: str, files: Iterable[SourceFile], cache: str, jobs: int | None) -> Gathered:
    """Facts of every file, from the store where the content is known.

    Args:
        root: directory the paths are relative to.
        files: what discovery found.
        cache: cache directory; empty for none.
        jobs: processes to use; None for as many as the machine allows.

    Returns:
        The facts, and how many files had to be read.
    """
    files = list(files)
    path = store_path(cache, root)
    key = store_stamp(root) if path else b""
    base, recent = _load(path, key) if path else (_EMPTY, _EMPTY)
    blobs = {**base.blobs, **recent.blobs} if recent.blobs else base.blobs
    started = time.time_ns()
    fresh: list[tuple[str, int]] = []
    results: list[FileFacts] = []
    for file in files:
        stamp = (file.mtime_ns, file.size, file.ino, file.ctime_ns)
        part = recent if file.path in recent.stamps else base
        known = part.stamps.get(file.path)
        seen = known is not None and known[0] == stamp and known[1] in blobs
        if known is not None and seen and not is_racy(stamp[0], stamp[3], part.taken):
            results.append(FileFacts(file.path, known[1], blobs[known[1]], None))
        else:
            fresh.append((file.path, file.size))
    if fresh:
        count = jobs if jobs is not None else available_processes()
        results += _with_newer(root, extract_files(root, fresh, blobs, count))
        results.sort()
    if path and (fresh or len(base.stamps) > len(files) + _FEW):
        changed = {path for path, _ in fresh} | recent.stamps.keys()
        few = base.stamps and len(changed) <= _FEW and len(base.stamps) <= len(files) + _FEW
        _save(path, key, files, results, base.taken if few else 0, changed, started)
    return Gathered(results, len(fresh))


def _with_newer(root: str, results: list[FileFacts]) -> list[FileFacts]:
    failed = [each.path for each in results if each.problem and each.problem[0] == "syntax"]
    if not failed:
        return results
    read = {each.path: each for each in extract_with_newer(root, failed)}
    return [read.get(each.path, each) for each in results]


def _load(path: str, key: bytes) -> tuple[_Part, _Part]:
    """What an earlier run read of all files, and what later ones read of a few."""
    base = _load_part(path, key)
    if not base.stamps:
        return _EMPTY, _EMPTY
    return base, _load_part(f"{path}{_RECENT}", _recent_key(key, base.taken))


def _load_part(path: str, key: bytes) -> _Part:
    payload = read_checked(path, stamp=key)
    if payload is None:
        return _EMPTY
    try:
        return _Part(*marshal.loads(payload))
    except (ValueError, EOFError, TypeError):
        return _EMPTY


def _recent_key(key: bytes, taken: int) -> bytes:
    """What the facts of a few files belong to: one certain state of all the others."""
    return key + b"\0" + str(taken).encode()


def _save(
    path: str,
    key: bytes,
    files: list[SourceFile],
    results: list[FileFacts],
    base: int,
    changed: Set[str],
    taken: int,
) -> None:
    """Writes everything, or beside the ``base`` that stays only what changed since."""
    stamps = {file.path: (file.mtime_ns, file.size, file.ino, file.ctime_ns) for file in files}
    kept = {}
    blobs = {}
    for each in results:
        if each.blob is not None and each.problem is None and (not base or each.path in changed):
            kept[each.path] = (stamps[each.path], each.digest)
            blobs[each.digest] = each.blob
    payload = marshal.dumps((kept, blobs, taken), 4)
    if base:
        write_checked(f"{path}{_RECENT}", payload, stamp=_recent_key(key, base))
    else:
        write_checked(path, payload, stamp=key)
