"""Facts of many files: from the store where nothing changed, else extracted in forked workers."""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

from bylaw.facts.extract import NotParsedError, PreparedInterpreter, extract
from bylaw.facts.newer_syntax import rewrite_newer_syntax
from bylaw.source.workers import (
    MARSHAL_VERSION,
    SharedQueue,
    answer_of,
    can_fork,
    start_worker,
)

SMALL = 48
"""Files up to which a second process costs more than it saves."""
_BATCHES_EACH = 24
_EACH = 500
"""Bytes whose reading costs as much as opening a file."""


class FileFacts(NamedTuple):
    """What became of one file.

    Attributes:
        path: relative to the root.
        digest: blake2b of its content, empty when it could not be read.
        blob: marshalled facts, or None.
        problem: ``(code, message, line)`` when there are no facts, else None; with facts only
            for generated code, which is linked and never judged. The code is ``template`` for
            what a template engine still has to make Python of.
    """

    path: str
    digest: bytes
    blob: bytes | None
    problem: tuple[str, str, int] | None


def content_digest(source: bytes) -> bytes:
    """Digest that keys the facts of a content."""
    return blake2b(source, digest_size=16).digest()


def extract_file(root: str, path: str, known: Mapping[bytes, bytes]) -> FileFacts:
    """Facts of one file; never raises.

    Args:
        root: directory the path is relative to.
        path: the file.
        known: facts by content digest that need no extraction.

    Returns:
        The facts or the problem.
    """
    try:
        with open(f"{root}/{path}", "rb") as file:
            source = file.read()
    except OSError as error:
        return FileFacts(path, b"", None, ("unreadable", error.strerror or "unreadable", 1))
    return facts_of_source(path, source, known)


def facts_of_source(path: str, source: bytes, known: Mapping[bytes, bytes]) -> FileFacts:
    """Facts of a content that need not be on the disk; never raises.

    Args:
        path: where it stands or stood, relative to the root.
        source: the content.
        known: facts by content digest that need no extraction.

    Returns:
        The facts or the problem.
    """
    digest = content_digest(source)
    blob = known.get(digest)
    if blob is not None:
        return FileFacts(path, digest, blob, None)
    generated = ("generated", "generated", 1) if _is_generated(source) else None
    try:
        return FileFacts(path, digest, _dump(_extract_or_rewrite(source)), generated)
    except NotParsedError as error:
        code = "template" if _is_template(path, source, error) else error.code
        return FileFacts(path, digest, None, (code, str(error), error.line))
    except Exception as error:  # noqa: BLE001 - told as an error of the file
        return FileFacts(path, digest, None, ("internal-error", _our_fault(error), 1))


def _extract_or_rewrite(source: bytes) -> tuple[Any, ...]:
    try:
        return extract(source)
    except NotParsedError as error:
        rewritten = rewrite_newer_syntax(source) if error.code == "syntax" else None
        if rewritten is None:
            raise
        try:
            return extract(rewritten)
        except NotParsedError:
            raise error from None


def _our_fault(error: Exception) -> str:
    """What a report of the error needs: it is raised far from whoever could show the trace."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = "" if trace is None else f" at {trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"
    return f"internal error{place}: {type(error).__name__}: {error}"


def _dump(facts: tuple[Any, ...]) -> bytes:
    return marshal.dumps(facts, MARSHAL_VERSION)


def _is_template(path: str, source: bytes, error: NotParsedError) -> bool:
    """Whether a file is no Python yet: a template engine will make Python of it (Jinja's tags)."""
    import re

    if error.code != "syntax" or (b"{{" not in source and b"{%" not in source):
        return False
    tag = re.compile(rb"\{%[^\n]*%\}|\{\{-?\s*[\w.]+[^\n]*?\}\}")
    if "template" in path.lower() or "{{" in path:
        return tag.search(source) is not None
    line = source.split(b"\n")[error.line - 1 : error.line]
    return bool(line) and b'f"' not in line[0] and tag.search(line[0]) is not None


def _is_generated(source: bytes) -> bool:
    from bylaw.source.directory_kinds import is_generated_head

    return is_generated_head(source[:2048])


def extract_files(
    root: str, files: Sequence[tuple[str, int]], known: Mapping[bytes, bytes], jobs: int
) -> list[FileFacts]:
    """Facts of many files, in parallel where that pays.

    Args:
        root: directory the paths are relative to.
        files: path and size of each.
        known: facts by content digest that need no extraction.
        jobs: processes to use, this one included.

    Returns:
        One entry per file, sorted by path whatever the number of processes.
    """

    def extract_all(chosen: Iterable[str]) -> list[tuple[Any, ...]]:
        with PreparedInterpreter():
            return [tuple(extract_file(root, path, known)) for path in chosen]

    if jobs <= 1 or len(files) <= SMALL or not can_fork():
        return sorted(FileFacts(*each) for each in extract_all(path for path, _ in files))
    batches = _batches(files, jobs)
    queue = SharedQueue(len(batches))

    def extract_share() -> list[tuple[Any, ...]]:
        return extract_all(path for number in queue for path in batches[number])

    workers = [start_worker(extract_share) for _ in range(jobs - 1)]
    results = extract_share()
    for worker in workers:
        results += answer_of(worker) or []
    queue.close()
    done = {each[0] for each in results}
    results += extract_all(path for path, _ in files if path not in done)
    return sorted(FileFacts(*each) for each in results)


def _batches(files: Sequence[tuple[str, int]], jobs: int) -> list[list[str]]:
    """Paths in batches of about equal size, the largest files first.

    There are many more batches than processes: which one is slowed down by other work on the
    machine shows only while they run.
    """
    parts = min(jobs * _BATCHES_EACH, SharedQueue.MOST - 1)
    share = sum(size + _EACH for _, size in files) // parts + 1
    batches: list[list[str]] = [[]]
    weight = 0
    for path, size in sorted(files, key=lambda each: (-each[1], each[0])):
        if weight >= share:
            batches.append([])
            weight = 0
        batches[-1].append(path)
        weight += size + _EACH
    return batches
