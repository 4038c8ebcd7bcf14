"""The delegated rules of a run: ruff beside our own work, and only on files that changed."""

from __future__ import annotations

import marshal
import os
import time
from collections.abc import Collection, Sequence
from typing import NamedTuple

from bylaw.errors import Diagnostic
from bylaw.rules.delegated.merge import CODES
from bylaw.rules.delegated.ruff_run import (
    RuffFinding,
    RuffRun,
    collect,
    find_ruff,
    ruff_options,
    start_ruff,
)
from bylaw.source.atomic import read_checked, write_checked
from bylaw.source.discovery import SourceFile
from bylaw.source.stat_index import is_racy

_Stamp = tuple[int, int, int, int]
_Plain = tuple[str, int, int, int, str]
"""A finding of ruff without its path."""


class Delegated(NamedTuple):
    """What ruff reported in a run, and what kept it from seeing everything."""

    findings: list[RuffFinding]
    problems: list[Diagnostic]


class _Memory(NamedTuple):
    """What ruff said in an earlier run.

    Attributes:
        stamps: stat of each file it saw.
        findings: by path, of the files it said something about.
        taken: when that run began, in nanoseconds.
    """

    stamps: dict[str, _Stamp]
    findings: dict[str, list[_Plain]]
    taken: int


class Beside(NamedTuple):
    """Ruff at work, and what is known without it.

    Attributes:
        run: on the files that changed; None where none did.
        known: findings in the others.
        files: all files of the run.
        place: file the answer is kept in, empty for none.
        key: what else the answer depends on.
        started: when the run began, in nanoseconds.
    """

    run: RuffRun | None
    known: list[RuffFinding]
    files: Sequence[SourceFile]
    place: str
    key: bytes
    started: int


def codes_of(enabled: Collection[str]) -> list[str]:
    """Codes of ruff behind the delegated ones among some rules."""
    return [code for rule, each in CODES.items() if rule in enabled for code in each]


def start_anew(root: str, paths: Sequence[str], enabled: Collection[str]) -> RuffRun | None:
    """Starts ruff on some files and remembers nothing; None where there is no work."""
    codes = codes_of(enabled)
    return start_ruff(root, paths, codes, "") if codes and paths else None


def start_beside(
    root: str, files: Sequence[SourceFile], enabled: Collection[str], cache: str
) -> Beside:
    """Starts ruff on the files that changed since it saw them last.

    Args:
        root: directory the paths are relative to.
        files: what the walk found.
        enabled: rules of the run.
        cache: directory that belongs to this root; empty for none.

    Returns:
        The run, to be collected once.
    """
    codes = codes_of(enabled)
    started = time.time_ns()
    if not codes or not files:
        return Beside(None, [], files, "", b"", started)
    place = os.path.join(cache, "ruff-findings") if cache else ""
    key = _key(codes) if place else b""
    memory = _read(place, key)
    fresh = [each.path for each in files if not _is_known(memory, each)]
    ruff_cache = os.path.join(os.path.dirname(cache), "ruff") if cache else ""
    run = start_ruff(root, fresh, codes, ruff_cache) if fresh else None
    unchanged = {each.path for each in files}.difference(fresh)
    known = [
        RuffFinding(plain[0], path, *plain[1:])
        for path, found in memory.findings.items()
        if path in unchanged
        for plain in found
    ]
    return Beside(run, known, files, place if fresh else "", key, started)


def collect_beside(beside: Beside) -> Delegated:
    """What ruff reports, as soon as it is done; kept for the next run where it saw all files."""
    if beside.run is None:
        return Delegated(beside.known, [])
    findings, problems = collect(beside.run)
    findings = [*beside.known, *findings]
    if beside.place and not problems:
        _write(beside, findings)
    return Delegated(findings, problems)


def collect_anew(run: RuffRun | None) -> Delegated:
    """What a run on some files reports."""
    return Delegated(*collect(run)) if run is not None else Delegated([], [])


def _key(codes: Sequence[str]) -> bytes:
    """What ruff's answer depends on beside the files: which ruff it is, and what it is asked."""
    program = find_ruff()
    stat = os.stat(program) if program is not None else None
    which = (program, stat.st_mtime_ns, stat.st_size) if stat is not None else ()
    return repr((which, ruff_options(codes))).encode("utf-8", "surrogateescape")


def _stamp(file: SourceFile) -> _Stamp:
    return (file.mtime_ns, file.size, file.ino, file.ctime_ns)


def _is_known(memory: _Memory, file: SourceFile) -> bool:
    if memory.stamps.get(file.path) != _stamp(file):
        return False
    return not is_racy(file.mtime_ns, file.ctime_ns, memory.taken)


def _read(place: str, key: bytes) -> _Memory:
    payload = read_checked(place, stamp=key) if place else None
    if payload is not None:
        try:
            return _Memory(*marshal.loads(payload))
        except (ValueError, EOFError, TypeError):
            pass
    return _Memory({}, {}, 0)


def _write(beside: Beside, findings: Sequence[RuffFinding]) -> None:
    by_path: dict[str, list[_Plain]] = {}
    for each in findings:
        plain = (each.code, each.line, each.column, each.end_line, each.message)
        by_path.setdefault(each.path, []).append(plain)
    stamps = {each.path: _stamp(each) for each in beside.files}
    payload = marshal.dumps((stamps, by_path, beside.started), 4)
    write_checked(beside.place, payload, stamp=beside.key)
