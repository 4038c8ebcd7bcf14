"""One run that mends: analyse, edit in memory, analyse again, write what holds."""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bylaw.analysis import Run, check_run, conclude
from bylaw.facts.gather import content_digest, extract_file
from bylaw.finding import Finding
from bylaw.findings.settle import Settled, settle
from bylaw.linking import Progress, relink
from bylaw.mends.catalogue import grade_of, make_mends
from bylaw.mends.choosing import Choice, Chooser, Judgement
from bylaw.mends.context import MendContext
from bylaw.mends.difference import unified_diff
from bylaw.mends.edit import SAFE, UNSAFE, Mend, NoMend, compatible, contents_after
from bylaw.mends.writing import write_mends
from bylaw.result import CheckResult, Left, MendReport
from bylaw.rules.delegated.beside import Delegated, collect_anew, start_anew
from bylaw.rules.selection import Options
from bylaw.source.workers import available_processes

MOST_PASSES = 10
"""Rounds of mends; one that overlaps another waits for the next."""


class Wish(NamedTuple):
    """What the caller asks for.

    Attributes:
        unsafe: make mends that change behaviour too.
        write: write the files; else only tell the difference.
    """

    unsafe: bool
    write: bool


class Mended(NamedTuple):
    """Outcome of a run that mends.

    Attributes:
        result: what is found after mending (before it, where nothing is written).
        run: what that rests on, None where the run could not be made.
        diff: unified diff of what was or would be changed.
    """

    result: CheckResult
    run: Run | None
    diff: bytes


def check_and_mend(
    paths: Sequence[str], options: Options, wish: Wish, progress: Progress
) -> Mended:
    """Runs the check and mends what it finds.

    A file is written only when the whole result was analysed again: every changed file parses,
    the mended findings are gone and nothing new is found anywhere in the root.

    Args:
        paths: what to report on and mend.
        options: of the run.
        wish: what is asked for.
        progress: told what is under way.

    Returns:
        The outcome.
    """
    result, run = check_run(paths, options, progress)
    if run is None:
        return Mended(result, None, b"")
    progress("mending")
    bench = _Bench(run)
    done, left, unsafe = bench.mend(wish.unsafe)
    before = {path: bench.original(path) for path in bench.overlay}
    diff = unified_diff(before, bench.overlay)
    if not wish.write:
        report = _report(done, left, unsafe, written=False)
        return Mended(result._replace(mends=report), run, diff)
    written, refused = write_mends(run.linked.root, done, before, bench.overlay)
    report = _report(written, [*left, *refused], unsafe, written=True)
    if not refused:
        return Mended(bench.current.result._replace(mends=report), run, diff)
    result, run = check_run(paths, options, progress)
    return Mended(result._replace(mends=report), run, diff)


def _report(
    done: Sequence[Mend], left: Sequence[NoMend], unsafe: int, *, written: bool
) -> MendReport:
    files = {edit.path for mend in done for edit in mend.edits}
    rows = sorted({Left(n.finding.path, n.finding.line, n.finding.rule, n.reason) for n in left})
    return MendReport(len(done), len(files), unsafe, tuple(rows), written)


class _Bench:
    """A repository with edits that are not on the disk; dropped when the run ends."""

    def __init__(self, run: Run) -> None:
        self._base = run
        self._root = run.linked.root
        self._originals: dict[str, bytes] = {}
        self._digests = {each.path: each.digest for each in run.linked.facts}
        self.overlay: dict[str, bytes] = {}
        self.current = run
        self._latest: tuple[dict[str, bytes], Run] = ({}, run)

    def original(self, path: str) -> bytes:
        """What a file held when it was analysed."""
        return self._originals[path]

    def mend(self, unsafe: bool) -> tuple[list[Mend], list[NoMend], int]:
        """Makes all mends that hold, in rounds until nothing is left to do.

        Args:
            unsafe: whether unsafe ones are made too.

        Returns:
            The mends, why others were not made, and how many only ``unsafe`` allows.
        """
        done: list[Mend] = []
        failed: dict[tuple[str, ...], NoMend] = {}
        left: list[NoMend] = []
        possible = 0
        for _ in range(MOST_PASSES):
            context = self._context()
            wanted = [
                each for each in self.current.result.findings
                if (unsafe or grade_of(each.rule) == SAFE) and _key(each) not in failed
            ]  # fmt: skip
            made, left = make_mends(context, wanted)
            possible = sum(each.grade == UNSAFE for each in made) * (not unsafe)
            allowed, _ = compatible([m for m in made if unsafe or m.grade == SAFE])
            chosen = self._choose(allowed)
            failed |= {_key(each.finding): each for each in chosen.left}
            done += chosen.mends
            if not chosen.mends:
                break
        if not unsafe:
            others = [f for f in self.current.result.findings if grade_of(f.rule) == UNSAFE]
            possible += len(make_mends(self._context(), others)[0])
        return done, [*left, *failed.values()], possible

    def _choose(self, mends: list[Mend]) -> Choice:
        contents = {
            edit.path: self._read(edit.path) or b"" for mend in mends for edit in mend.edits
        }
        chooser = Chooser(self._judgement(self.current), contents, self._judge)
        chosen = chooser.choose(mends)
        if chosen.mends:
            self.overlay |= contents_after(chosen.mends, contents)
            self.current = self._run_with(self.overlay)
        return chosen

    def _context(self) -> MendContext:
        linked = self.current.linked
        return MendContext(
            linked.project, linked.graph, self._read,
            {path: number for number, path in enumerate(linked.project.paths)},
            _everything(self.current).suppressed, self.current.comments,
            self.current.activation.known.names, self.current.activation.enabled,
            not linked.errors, {}, {},
        )  # fmt: skip

    def _read(self, path: str) -> bytes | None:
        if path in self.overlay:
            return self.overlay[path]
        if path not in self._originals:
            try:
                with open(f"{self._root}/{path}", "rb") as file:
                    data = file.read()
            except OSError:
                return None
            if content_digest(data) != self._digests.get(path):
                return None
            self._originals[path] = data
        return self._originals[path]

    def _judge(self, contents: Mapping[str, bytes]) -> Judgement:
        return self._judgement(self._run_with({**self.overlay, **contents}))

    def _judgement(self, run: Run) -> Judgement:
        unreadable = {each.path for each in run.linked.facts if each.blob is None}
        return Judgement(_everything(run).findings, frozenset(unreadable))

    def _run_with(self, overlay: dict[str, bytes]) -> Run:
        """The analysis of the root with other contents for some files."""
        if self._latest[0] == overlay:
            return self._latest[1]
        run = _run_with(self._base, overlay)
        gc.collect()
        self._latest = (dict(overlay), run)
        return run


def _run_with(base: Run, overlay: Mapping[str, bytes]) -> Run:
    """A run over the same repository with other contents for some of its files."""
    with tempfile.TemporaryDirectory(prefix="bylaw-") as folder:
        folder = os.path.realpath(folder)
        for path, data in overlay.items():
            os.makedirs(os.path.dirname(f"{folder}/{path}"), exist_ok=True)
            with open(f"{folder}/{path}", "wb") as file:
                file.write(data)
        ruff = start_anew(folder, sorted(overlay), base.activation.enabled)
        facts = [extract_file(folder, path, {}) for path in sorted(overlay)]
        linked = relink(base.linked, facts, base.options.jobs or available_processes())

        def delegated() -> Delegated:
            seen = collect_anew(ruff)
            kept = [each for each in base.delegated.findings if each.path not in overlay]
            problems = [*base.delegated.problems, *seen.problems]
            return Delegated([*kept, *seen.findings], problems)

        return conclude(linked, base.asked, base.inside, base.activation, base.options, delegated)


def _everything(run: Run) -> Settled:
    """What a run finds in the whole root, whatever paths were asked for."""
    return settle(
        run.linked.root, [""], run.raw, run.noqa, run.comments, run.activation.enabled, run.options,
        run.result.errors, run.activation.known.names,
    )  # fmt: skip


def _key(finding: Finding) -> tuple[str, ...]:
    return (finding.rule, finding.path, finding.fingerprint)
