"""What the agent told of one session: the tests, their runs, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from bylaw.probes.host import Room

PASSED = frozenset({"passed", "xfailed", "xpassed"})
BROKEN = frozenset({"failed", "error", "timeout"})


class Collected(NamedTuple):
    """One test the runner found.

    Attributes:
        identity: its name to the runner, with parameters.
        path: file below the root.
        line: where it begins.
        name: class and function, without parameters.
        marks: names of its markers.
    """

    identity: str
    path: str
    line: int
    name: str
    marks: tuple[str, ...]


class Failure(NamedTuple):
    """Why a test, or the collection of a file, failed.

    Attributes:
        type: name of the exception's class.
        message: its text.
        assertion: whether an expectation was not met.
        frames: the project's lines it passed through, outermost first: path, line, function.
        missing: kind, name and owner of what is not there; empty for any other exception.
    """

    type: str
    message: str
    assertion: bool
    frames: tuple[tuple[str, int, str], ...]
    missing: tuple[str, ...]

    @property
    def words(self) -> str:
        """The exception in one line."""
        first = self.message.strip().partition("\n")[0][:160]
        return f"{self.type}: {first}" if first else self.type


class Told(NamedTuple):
    """What became of one test in one run.

    Attributes:
        outcome: passed, failed, error, skipped, xfailed, xpassed or timeout.
        phase: setup, call or teardown.
        failure: the exception; None where there was none.
        reruns: how often a plug-in tried again.
        reached: lines of the traced files, by path.
        calls: kind, name, path and line of what is another thing the next time.
        refused: host, path and line of connections to other machines.
    """

    outcome: str
    phase: str
    failure: Failure | None
    reruns: int
    reached: Mapping[str, frozenset[int]]
    calls: tuple[tuple[str, str, str, int], ...]
    refused: tuple[tuple[str, str, int], ...]


class Uncollected(NamedTuple):
    """A file that could not be collected.

    Attributes:
        path: the file.
        skipped: why the file itself asks to be skipped; empty where it failed.
        failure: why it failed.
    """

    path: str
    skipped: str
    failure: Failure | None


class Ran(NamedTuple):
    """One run.

    Attributes:
        name: its name.
        tests: what became of each test, by identity, in the order they ran.
        started: the test that was running when the run ended early; empty where it did not.
        files: identity of the content of each source that was imported, by path.
        elsewhere: file that was imported in place of a source.
    """

    name: str
    tests: dict[str, Told]
    started: str
    files: dict[str, str]
    elsewhere: dict[str, str]


class Session(NamedTuple):
    """One session.

    Attributes:
        runner: ``pytest`` or ``unittest``; empty where none began.
        python: version of the interpreter.
        plugins: of the runner.
        tests: what was collected.
        deselected: what a selection of the project's own leaves out.
        uncollected: files that could not be collected.
        imported: lines that ran while tests were collected, by path.
        runs: by name.
        unsafe: runs that need a process of their own.
        late: runs the time did not reach.
        reruns: how often the project's configuration asks to try again.
        clock: why the clock cannot be set off; empty where it can.
        room: where it ran.
        problem: why it ended early; empty where it did not.
        said: the end of what the runner printed.
    """

    runner: str
    python: tuple[int, ...]
    plugins: tuple[str, ...]
    tests: tuple[Collected, ...]
    deselected: tuple[str, ...]
    uncollected: tuple[Uncollected, ...]
    imported: Mapping[str, frozenset[int]]
    runs: dict[str, Ran]
    unsafe: tuple[str, ...]
    late: tuple[str, ...]
    reruns: int
    clock: str
    room: Room | None
    problem: str
    said: str


EMPTY = Session("", (), (), (), (), (), {}, {}, (), (), 0, "", None, "", "")


def failure_of(said: Mapping[str, Any] | None) -> Failure | None:
    """A failure as the agent writes it."""
    if said is None:
        return None
    frames = tuple((str(a), int(b), str(c)) for a, b, c in said["frames"])
    return Failure(str(said["type"]), str(said["message"]), bool(said["assertion"]), frames,
                   tuple(map(str, said["missing"])))  # fmt: skip


def lines_of(said: Mapping[str, list[int]]) -> dict[str, frozenset[int]]:
    """Lines by path as the agent writes them."""
    return {path: frozenset(lines) for path, lines in said.items()}


def told_of(said: Mapping[str, Any]) -> Told:
    """What became of a test as the agent writes it."""
    return Told(
        str(said["outcome"]), str(said["phase"]), failure_of(said["failure"]), int(said["reruns"]),
        lines_of(said["reached"]),
        tuple((str(a), str(b), str(c), int(d)) for a, b, c, d in said["calls"]),
        tuple((str(a), str(b), int(c)) for a, b, c in said["refused"]),
    )  # fmt: skip
