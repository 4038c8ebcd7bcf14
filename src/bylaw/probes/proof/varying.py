"""Runs the tests under other conditions, and again where an outcome changed."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from bylaw.errors import Diagnostic
from bylaw.probes.outcome import Observation
from bylaw.probes.proof.determinism import (
    CLOCK,
    ORDER,
    REPEAT,
    SEED,
    ZONE,
    Flaky,
    Varied,
    confirmed,
    differing,
    judged_determinism,
)
from bylaw.probes.proof.part import Part
from bylaw.probes.proof.running import Run, Setting, run_session
from bylaw.probes.proof.session import Ran, Session, Told

_SEEDS = ("101", "20021")
_DAY = 86400.0
SHIFTS = (183 * _DAY + 41489.0, -397 * _DAY - 9061.0, 11 * _DAY + 20017.0)
"""Half a year, a year and a month back, and eleven days: another month, weekday, hour, second."""
_ZONES = "/usr/share/zoneinfo"
MORE_SECONDS = "bylaw probe tests --seconds 7200"


def other_zone(hour: int) -> str:
    """A zone whose day is another one now.

    By its name where the machine has a zone database: Django refuses to start with what is not
    in it. Else written out, so that none is needed.

    Args:
        hour: of the day in UTC.
    """
    name, written = ("Pacific/Kiritimati", "BYL-14") if hour >= 10 else ("Pacific/Niue", "BYL+11")
    return name if os.path.exists(f"{_ZONES}/{name}") else written


def judged_variations(setting: Setting, tree: str, head: Session, runs: Sequence[Run]) -> Part:
    """Whether any outcome depends on order, hash seed, time zone or clock.

    Args:
        setting: what all sessions share.
        tree: what makes the checkout the head.
        head: its first session, with several runs where a fork was safe.
        runs: what that session was asked for.
    """
    first = head.runs["first"]
    varied, late = _orders(setting, tree, head, runs)
    zone = other_zone(time.gmtime().tm_hour)
    seeds = {"PYTHONHASHSEED": _SEEDS[0]}
    both = {"PYTHONHASHSEED": _SEEDS[1], "TZ": zone}
    for variables, dimension in ((seeds, SEED), (both, ZONE)):
        if time.monotonic() > setting.deadline:
            late.append(dimension)
            continue
        ran = _in_environment(setting, tree, variables, None)
        if ran is not None:
            varied.append(Varied(dimension, ran._replace(name=_named(variables))))
    clocked, clock_problem = _clocks(setting, tree, head, varied)
    flaky = differing(first, [*varied, *clocked])
    again = _Again(setting, tree, zone)
    flaky = {identity: again.confirmed(each, head) for identity, each in flaky.items()}
    everything = [first, *(each.ran for each in varied)]
    part = judged_determinism(head, flaky, everything)
    return part._replace(
        observations=(*part.observations, *_done(varied, clocked)),
        questions=(*_late(late), *_still(clock_problem)),
    )


def _orders(
    setting: Setting, tree: str, head: Session, runs: Sequence[Run]
) -> tuple[list[Varied], list[str]]:
    """The other orders: those of the first session, else each in a process of its own."""
    kinds = {"again": REPEAT, "reversed": ORDER, "random": ORDER}
    varied, late = [], list(head.late)
    for run in runs[1:]:
        ran = head.runs.get(run.name)
        if ran is None and run.name not in head.late:
            if time.monotonic() > setting.deadline:
                late.append(run.name)
                continue
            session = run_session(setting, "head", tree, [run])
            ran = session.runs.get(run.name)
        if ran is not None:
            varied.append(Varied(kinds[run.name], ran))
    return varied, late


def _in_environment(
    setting: Setting, tree: str, variables: dict[str, str], only: set[tuple[str, str]] | None
) -> Ran | None:
    name = _named(variables)
    session = run_session(setting, name, tree, [Run("there")], variables=variables, only=only)
    return session.runs.get("there")


def _named(variables: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(variables.items()))


def _clocks(
    setting: Setting, tree: str, head: Session, varied: Sequence[Varied]
) -> tuple[list[Varied], str]:
    """Runs of the tests that read the clock, with it set off."""
    readers = {
        identity
        for each in varied
        for identity, told in each.ran.tests.items()
        if any(kind == "clock" for kind, _, _, _ in told.calls)
    }
    only = {(each.path, each.name) for each in head.tests if each.identity in readers}
    if not only:
        return [], ""
    if time.monotonic() > setting.deadline:
        return [], "the time for the whole probe was over"
    shifts = [Run(f"clock set off by {shift / _DAY:+.1f} days", shift=shift) for shift in SHIFTS]
    plain, *others = _with_clocks(setting, tree, [Run("clock as it is"), *shifts], only)
    if isinstance(plain, str):
        return [], plain
    first = head.runs["first"]
    # A test that the replaced clock itself changes tells nothing.
    spoiled = set(differing(first, [Varied(CLOCK, plain)]))
    found, problem = [], ""
    for ran in others:
        if isinstance(ran, str):
            problem = ran
            continue
        tests = {name: told for name, told in ran.tests.items() if name not in spoiled}
        found.append(Varied(CLOCK, ran._replace(tests=tests)))
    return found, problem


def _with_clocks(
    setting: Setting, tree: str, runs: Sequence[Run], only: set[tuple[str, str]]
) -> list[Ran | str]:
    """Each run with a clock that can be set off, or why it was not made."""
    # The agent replaces the clock where any run sets it off, so the plain one comes along.
    session = run_session(setting, "clock", tree, runs, only=only)
    found: list[Ran | str] = []
    for run in runs:
        ran = session.runs.get(run.name)
        if ran is None and run.name in session.unsafe:
            alone = run_session(setting, "clock", tree, [run], only=only)
            ran, session = alone.runs.get(run.name), session._replace(problem=alone.problem)
        problem = session.clock or session.problem or "the time for the whole probe was over"
        found.append(problem if ran is None or session.clock else ran)
    return found


def _done(varied: Sequence[Varied], clocked: Sequence[Varied]) -> list[Observation]:
    """Which runs were made, so that a reader knows what was not."""
    return [
        Observation("run", "", 0, "", f"{each.dimension}: {each.ran.name}: {len(each.ran.tests)} "
                    "tests", "")
        for each in (*varied, *clocked)
    ]  # fmt: skip


def _late(names: Sequence[str]) -> tuple[Diagnostic, ...]:
    if not names:
        return ()
    text = f"the time for the whole probe was over before: {', '.join(names)}"
    return (Diagnostic("time-limit", text, hint=MORE_SECONDS),)


def _still(problem: str) -> tuple[Diagnostic, ...]:
    """The question that stays where the clock could not be set off."""
    if not problem:
        return ()
    text = f"tests read the clock, which could not be set off: {problem}"
    return (Diagnostic("clock-not-set-off", text[:400], hint=MORE_SECONDS),)


class _Again:
    """Does again what seems to change an outcome, twice, and what does not."""

    def __init__(self, setting: Setting, tree: str, zone: str) -> None:
        self._setting, self._tree, self._zone = setting, tree, zone

    def confirmed(self, flaky: Flaky, head: Session) -> Flaky:
        """The finding with the dimension that stands up to repetition."""
        if flaky.dimension == REPEAT or time.monotonic() > self._setting.deadline:
            return flaky
        if flaky.dimension == ORDER:
            return confirmed(flaky, self._orders(flaky))
        if flaky.dimension == CLOCK:
            return flaky
        test = next(each for each in head.tests if each.identity == flaky.identity)
        only = {(test.path, test.name)}
        if flaky.dimension == ZONE:
            seen = self._there(flaky, {"TZ": self._zone}, only)
            if group_changed(flaky, seen):
                return confirmed(flaky, self._both(flaky, {"TZ": self._zone}, only))
            flaky = flaky._replace(dimension=SEED)
            return confirmed(flaky, self._both(flaky, {"PYTHONHASHSEED": _SEEDS[1]}, only))
        return confirmed(flaky, self._both(flaky, {"PYTHONHASHSEED": _SEEDS[0]}, only))

    def _there(
        self, flaky: Flaky, variables: dict[str, str], only: set[tuple[str, str]]
    ) -> Told | None:
        ran = _in_environment(self._setting, self._tree, variables, only)
        return ran.tests.get(flaky.identity) if ran is not None else None

    def _both(
        self, flaky: Flaky, variables: dict[str, str], only: set[tuple[str, str]]
    ) -> list[tuple[bool, Told | None]]:
        found = []
        for _ in range(2):
            found.append((True, self._there(flaky, variables, only)))
            found.append((False, self._there(flaky, {}, only)))
        return found

    def _orders(self, flaky: Flaky) -> list[tuple[bool, Told | None]]:
        """Both orders of the whole, twice."""
        order = "random" if flaky.after[0] == "random" else "reversed"
        runs = [Run("first"), Run("other", order, seed=20)]
        found = []
        for _ in range(2):
            session = run_session(self._setting, "again", self._tree, runs)
            for run in runs:
                ran = session.runs.get(run.name)
                if ran is None:
                    alone = run_session(self._setting, "again", self._tree, [run])
                    ran = alone.runs.get(run.name)
                told = ran.tests.get(flaky.identity) if ran is not None else None
                found.append((run.name == "other", told))
        return found


def group_changed(flaky: Flaky, told: Told | None) -> bool:
    """Whether a test ended there as it did where its outcome changed."""
    from bylaw.probes.proof.determinism import group

    return told is not None and group(told.outcome) == group(flaky.after[1])
