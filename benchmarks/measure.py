"""Runs cases in rounds and keeps what each round showed."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterable
from typing import NamedTuple

from benchmarks.process import Command, Run, run_command

_SLOW_SECONDS = 20.0


class Case(NamedTuple):
    """One thing to measure.

    Attributes:
        name: what the tables call it.
        command: what to run.
        accepted: exit codes that say the tool did its work.
        prepare: brings caches and files into the state the case wants; not timed.
        reads_seconds: the command times itself and prints ``{"seconds": ...}``.
        once_if_slow: a run above 20 seconds is not repeated.
        problem: says from what a run printed why it does not count; empty if it does.
    """

    name: str
    command: Command
    accepted: frozenset[int]
    prepare: Callable[[], object] | None = None
    reads_seconds: bool = False
    once_if_slow: bool = False
    problem: Callable[[bytes], str] | None = None


class Outcome(NamedTuple):
    """What the rounds of a case showed.

    Attributes:
        case: its name.
        status: ``ok``, ``failed``, ``stopped``, ``not installed`` or ``not applicable``.
        note: why, where the status is not ``ok``.
        argv: what was run.
        seconds: one time for each round.
        processor_seconds: likewise, of all its processes.
        peak_mib: largest resident set of a single process.
        exit_code: of the last round.
        output: what the last round printed.
    """

    case: str
    status: str
    note: str = ""
    argv: tuple[str, ...] = ()
    seconds: tuple[float, ...] = ()
    processor_seconds: tuple[float, ...] = ()
    peak_mib: float = 0.0
    exit_code: int = 0
    output: bytes = b""

    @property
    def median(self) -> float | None:
        """The middle time, of a case that went well."""
        return statistics.median(self.seconds) if self.status == "ok" else None


def measure(cases: Iterable[Case], rounds: int, say: Callable[[str], object]) -> list[Outcome]:
    """Measures cases, all of them in each round.

    Going round and round, and not case by case, spreads the other work of the machine evenly over
    the cases, so that it cancels out of the ratios.

    Args:
        cases: in the order they have to be run in: a warm run comes after its cold one.
        rounds: how often.
        say: hears of each run.

    Returns:
        One outcome for each case, in the same order.
    """
    listed = list(cases)
    outcomes = {case.name: Outcome(case.name, "ok", argv=case.command.argv) for case in listed}
    for number in range(rounds):
        for case in listed:
            known = outcomes[case.name]
            if known.status != "ok" or _is_enough(case, known):
                continue
            if case.prepare is not None:
                case.prepare()
            outcomes[case.name] = add_run(case, known, run_command(case.command))
            say(f"round {number + 1}: {case.name}: {_in_short(outcomes[case.name])}")
    return list(outcomes.values())


def _is_enough(case: Case, known: Outcome) -> bool:
    return case.once_if_slow and any(seconds > _SLOW_SECONDS for seconds in known.seconds)


def add_run(case: Case, known: Outcome, run: Run) -> Outcome:
    """Joins a run to what is known of its case.

    Args:
        case: the case.
        known: what earlier rounds showed.
        run: how this round went.

    Returns:
        The new outcome; a run that was stopped or failed decides the status.
    """
    if run.stopped:
        return known._replace(status="stopped", note=f">{case.command.timeout:.0f} s")
    if run.exit_code not in case.accepted:
        note = f"exit code {run.exit_code}: {run.error or 'no message'}"
        return known._replace(status="failed", note=note, exit_code=run.exit_code)
    problem = "" if case.problem is None else case.problem(run.output)
    if problem:
        return known._replace(status="failed", note=problem, exit_code=run.exit_code)
    seconds = run.wall
    if case.reads_seconds:
        seconds = float(json.loads(run.output)["seconds"])
    return known._replace(
        seconds=(*known.seconds, seconds),
        processor_seconds=(*known.processor_seconds, run.cpu),
        peak_mib=max(known.peak_mib, run.peak_mib),
        exit_code=run.exit_code,
        output=run.output,
    )


def _in_short(outcome: Outcome) -> str:
    return f"{outcome.seconds[-1]:.3f} s" if outcome.status == "ok" else outcome.note
