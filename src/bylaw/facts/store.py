"""Facts kept between runs, keyed by content: what did not change is not read twice.

One file per root and per version of everything the facts depend on. The stat of a file only says
whether to hash it again; a file that cannot be trusted whole is not read at all.
"""

from __future__ import annotations

import marshal
import os
import sys
import time
from collections.abc import Iterable
from typing import NamedTuple

from bylaw.facts.gather import FileFacts, extract_files
from bylaw.facts.interpreters import extract_with_newer
from bylaw.facts.schema import FACTS_VERSION
from bylaw.source.atomic import read_checked, write_checked
from bylaw.source.discovery import SourceFile
from bylaw.source.stat_index import RACY_NS
from bylaw.source.workers import available_processes

Stamp = tuple[int, int, int, int]


class Gathered(NamedTuple):
    """Facts of a run.

    Attributes:
        facts: one entry per file, sorted by path.
        extracted: how many files were read and parsed in this run.
    """

    facts: list[FileFacts]
    extracted: int


def store_stamp() -> bytes:
    """What stored facts depend on beyond the files."""
    from bylaw import __version__

    return f"{__version__}/{FACTS_VERSION}/{sys.version_info[:2]}".encode()


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
    stamps, blobs, taken = _load(path) if path else ({}, {}, 0)
    started = time.time_ns()
    fresh: list[tuple[str, int]] = []
    results: list[FileFacts] = []
    for file in files:
        stamp = (file.mtime_ns, file.size, file.ino, file.ctime_ns)
        known = stamps.get(file.path)
        trusted = max(stamp[0], stamp[3]) < taken - RACY_NS
        if known is not None and known[0] == stamp and trusted and known[1] in blobs:
            results.append(FileFacts(file.path, known[1], blobs[known[1]], None))
        else:
            fresh.append((file.path, file.size))
    if fresh:
        count = jobs if jobs is not None else available_processes()
        results += _with_newer(root, extract_files(root, fresh, blobs, count))
        results.sort()
    if path and (fresh or len(stamps) != len(files)):
        _save(path, files, results, started)
    return Gathered(results, len(fresh))


def _with_newer(root: str, results: list[FileFacts]) -> list[FileFacts]:
    failed = [each.path for each in results if each.problem and each.problem[0] == "syntax"]
    if not failed:
        return results
    read = {each.path: each for each in extract_with_newer(root, failed)}
    return [read.get(each.path, each) for each in results]


def _load(path: str) -> tuple[dict[str, tuple[Stamp, bytes]], dict[bytes, bytes], int]:
    payload = read_checked(path, stamp=store_stamp())
    if payload is None:
        return {}, {}, 0
    try:
        stamps, blobs, taken = marshal.loads(payload)
    except (ValueError, EOFError, TypeError):
        return {}, {}, 0
    return stamps, blobs, taken


def _save(path: str, files: list[SourceFile], results: list[FileFacts], taken: int) -> None:
    stamps = {file.path: (file.mtime_ns, file.size, file.ino, file.ctime_ns) for file in files}
    kept = {}
    blobs = {}
    for each in results:
        if each.blob is not None and each.problem is None:
            kept[each.path] = (stamps[each.path], each.digest)
            blobs[each.digest] = each.blob
    write_checked(path, marshal.dumps((kept, blobs, taken), 4), stamp=store_stamp())
