"""What an adapter hands over: a command to run, and how to read what it left."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from bylaw.evidence.item import FAIL, NOT_VERIFIED, PASS, Tool
from bylaw.evidence.running import Ended

ROOM, CACHE = "{room}", "{cache}"
"""Stand for directories outside the tree in the words and variables of a step."""
CHECKS, TESTS, HEAVY = "checks", "tests", "heavy"
"""What may run beside what: checks beside anything, tests and heavy ones only beside checks."""
CODES = {PASS: 0, FAIL: 1, NOT_VERIFIED: 3}


class Step(NamedTuple):
    """One process.

    Attributes:
        argv: its words; ``{room}`` and ``{cache}`` are filled in.
        cwd: directory below the root; empty for the root.
        variables: those it gets beside those of the project; filled in as well.
        seconds: its time.
        stops: whether the further steps are left out where it does not end with 0.
        plain: what a person would type in its place; empty for its own words.
    """

    argv: tuple[str, ...]
    cwd: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    seconds: float = 900.0
    stops: bool = False
    plain: tuple[str, ...] = ()


class Report(NamedTuple):
    """A file that a tool writes for machines.

    Attributes:
        kind: as outputs of items name it (``junit``, ``coverage``, ``other``).
        name: of the file in the room.
    """

    kind: str
    name: str


class Verdict(NamedTuple):
    """What came of it.

    Attributes:
        result: ``pass``, ``fail`` or ``not-verified``.
        codes: why it is no pass.
        message: one sentence.
        next_command: the one command that moves it on; empty for a pass.
        counts: what was counted.
    """

    result: str
    codes: tuple[str, ...] = ()
    message: str = ""
    next_command: str = ""
    counts: tuple[tuple[str, int], ...] = ()


class Seen(NamedTuple):
    """What the steps of a work left.

    Attributes:
        steps: how each ended; fewer than were planned where one stopped the others.
        room: directory the reports are in.
        shown: the command as a person would type it.
    """

    steps: tuple[Ended, ...]
    room: str
    shown: str

    @property
    def last(self) -> Ended:
        """The step that was run last."""
        return self.steps[-1]

    def report(self, name: str) -> bytes | None:
        """Content of a file a tool wrote; None where it did not."""
        try:
            with open(os.path.join(self.room, name), "rb") as file:
                return file.read()
        except OSError:
            return None


class Work(NamedTuple):
    """A command that proves claims.

    Attributes:
        claims: slugs of the claims, the first of which it was asked for.
        tool: what runs.
        steps: its processes, one after the other.
        reports: files that are kept.
        judge: reads what was left; a verdict for each claim.
        group: what it may run beside.
        shell: whether a shell reads the command, as its author declared.
        remark: what is said beside the result: tools that were not looked at.
        paths: changed paths the claim is judged on; empty for all.
    """

    claims: tuple[str, ...]
    tool: Tool
    steps: tuple[Step, ...]
    reports: tuple[Report, ...]
    judge: Callable[[Seen], Mapping[str, Verdict]]
    group: str = CHECKS
    shell: bool = False
    remark: str = ""
    paths: tuple[str, ...] = ()


class Refusal(NamedTuple):
    """A claim that nothing can be run for.

    Attributes:
        claim: its slug.
        codes: why.
        message: one sentence.
        next_command: the one command that moves it on.
        tool: what would have run; without a version.
    """

    claim: str
    codes: tuple[str, ...]
    message: str
    next_command: str
    tool: str = "bylaw"


def counted(**counts: int) -> tuple[tuple[str, int], ...]:
    """Counts in their order by name."""
    return tuple(sorted(counts.items()))


def shown(argv: Sequence[str], cwd: str = "") -> str:
    """A command as one line for a shell, without what only keeps the tree as it is."""
    import shlex

    words: list[str] = []
    for each in argv:
        if ROOM in each or CACHE in each:
            if not each.startswith("-") and words and words[-1].startswith("-"):
                words.pop()
        else:
            words.append(each)
    line = shlex.join(words)
    return f"cd {shlex.quote(cwd)} && {line}" if cwd else line


def broken_off(seen: Seen, tool: str) -> Verdict | None:
    """The verdict where a process did not end by itself; None where all did."""
    for each in seen.steps:
        command = seen.shown
        if each.problem:
            return Verdict(NOT_VERIFIED, ("tool-broken",), each.problem, command)
        if each.stopped and each.exit_code is None:
            return Verdict(NOT_VERIFIED, ("killed",), f"{tool} was stopped", command)
        if each.late:
            took = each.milliseconds // 1000
            text = f"{tool} did not end within {took} s"
            return Verdict(NOT_VERIFIED, ("time-limit",), text, command)
        if each.exit_code is None:
            text = f"signal {each.signal} ended {tool}"
            return Verdict(NOT_VERIFIED, ("killed",), text, command)
    return None


def broken(seen: Seen, tool: str) -> Verdict:
    """The verdict where a tool could not do its work: what it said last."""
    said = last_words(seen.last)
    text = f"{tool} ended with {seen.last.exit_code}: {said}" if said else (
        f"{tool} ended with {seen.last.exit_code}"
    )  # fmt: skip
    return Verdict(NOT_VERIFIED, ("tool-broken",), text, seen.shown)


def unreadable(seen: Seen, tool: str, what: str) -> Verdict:
    """The verdict where what a tool wrote cannot be understood."""
    return Verdict(NOT_VERIFIED, ("output-unreadable",), f"{tool}: {what}", seen.shown)


def last_words(ended: Ended) -> str:
    """The last line a process wrote, to its error stream where there is one."""
    for stream in ("stderr", "stdout"):
        lines = [each for each in ended.text(stream).splitlines() if each.strip()]
        if lines:
            return " ".join(lines[-1].split())[:300]
    return ""


def merged(verdicts: Iterable[Verdict]) -> Verdict:
    """One verdict of several tools: what fails stays seen beside what is not verified."""
    every = list(verdicts)
    by_weight = {FAIL: 0, NOT_VERIFIED: 1, PASS: 2}
    worst = min(every, key=lambda each: by_weight[each.result])
    totals: dict[str, int] = {}
    for each in every:
        for name, number in each.counts:
            totals[name] = totals.get(name, 0) + number
    codes = tuple(sorted({code for each in every for code in each.codes}))
    message = "; ".join(dict.fromkeys(each.message for each in every if each.message))
    return Verdict(worst.result, codes, message, worst.next_command, counted(**totals))
