"""Whether a test's outcome depends on anything but the code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from bylaw.probes.outcome import Observation
from bylaw.probes.proof.part import Part, part_of
from bylaw.probes.proof.session import BROKEN, PASSED, Collected, Ran, Session, Told

REPEAT, ORDER, SEED, ZONE, CLOCK = "repeat", "order", "hash-seed", "time-zone", "clock"


class Varied(NamedTuple):
    """One run that differs from the first in something.

    Attributes:
        dimension: in what.
        ran: the run.
    """

    dimension: str
    ran: Ran


class Flaky(NamedTuple):
    """One test whose outcome changed.

    Attributes:
        identity: the test.
        dimension: what changed it.
        before: name of a run and its outcome there.
        after: name of the other run and its outcome there.
        why: the exception of the run that failed.
    """

    identity: str
    dimension: str
    before: tuple[str, str]
    after: tuple[str, str]
    why: str


def group(outcome: str) -> str:
    """Outcomes that mean the same; a time limit says nothing about the test."""
    if outcome == "timeout":
        return ""
    return "passes" if outcome in PASSED else "fails" if outcome in BROKEN else outcome


def differing(first: Ran, varied: Sequence[Varied]) -> dict[str, Flaky]:
    """The tests whose outcome changed, each with the first dimension that changed it.

    Args:
        first: the run all others are compared with.
        varied: the others; those that only repeat come first.
    """
    found: dict[str, Flaky] = {}
    for dimension, ran in varied:
        for identity, told in ran.tests.items():
            before = first.tests.get(identity)
            if before is None or identity in found:
                continue
            old, new = group(before.outcome), group(told.outcome)
            if old and new and old != new:
                failed = told if new == "fails" else before
                why = failed.failure.words if failed.failure else failed.outcome
                found[identity] = Flaky(identity, dimension, (first.name, before.outcome),
                                        (ran.name, told.outcome), why)  # fmt: skip
    return found


def confirmed(flaky: Flaky, again: Sequence[tuple[bool, Told | None]]) -> Flaky:
    """The same finding, or one of mere chance where doing it again gives another picture.

    Args:
        flaky: the finding.
        again: whether a further run varied what the finding blames, and what became of the test.
    """
    expected = {False: group(flaky.before[1]), True: group(flaky.after[1])}
    for is_varied, told in again:
        if told is None or group(told.outcome) != expected[is_varied]:
            return flaky._replace(dimension=REPEAT)
    return flaky


def judged_determinism(session: Session, flaky: Mapping[str, Flaky], runs: Sequence[Ran]) -> Part:
    """What the runs together say.

    Args:
        session: the first one.
        flaky: tests whose outcome changed, with confirmed dimensions.
        runs: all runs.
    """
    known = {each.identity: each for each in session.tests}
    observations = []
    broken = set()
    for identity, each in sorted(flaky.items()):
        if identity in known:
            observations.append(_observation(known[identity], each))
            broken.add("flaky")
    for observation in _network(known, runs):
        observations.append(observation)
        broken.add("network-dependent")
    observations += _calls(known, runs)
    return part_of(observations, broken)


def _observation(test: Collected, flaky: Flaky) -> Observation:
    detail = "\n".join(
        [f"{flaky.dimension}: {flaky.before[1]} in one run, {flaky.after[1]} in another",
         f"run: {flaky.before[0]}: {flaky.before[1]}", f"run: {flaky.after[0]}: {flaky.after[1]}",
         f"by: {flaky.why}"]
    )  # fmt: skip
    return Observation("flaky", test.path, test.line, test.identity, detail, "")


def _network(known: Mapping[str, Collected], runs: Sequence[Ran]) -> Iterator[Observation]:
    seen = set()
    for ran in runs:
        for identity, told in ran.tests.items():
            test = known.get(identity)
            if test is None or identity in seen or not told.refused:
                continue
            if told.outcome not in BROKEN:
                continue
            seen.add(identity)
            host, path, line = told.refused[0]
            detail = f"needs the network: {host}"
            if path:
                detail += f"\nat: {path}:{line} {test.name}"
            yield Observation("network-dependent", test.path, test.line, identity, detail, "")


def _calls(known: Mapping[str, Collected], runs: Sequence[Ran]) -> Iterator[Observation]:
    """Lines that read the clock or chance, each once, with the first test that got there."""
    seen: dict[tuple[str, str, str, int], str] = {}
    for ran in runs:
        for identity, told in ran.tests.items():
            if identity not in known:
                continue
            for call in told.calls:
                seen.setdefault(call, identity)
            if told.outcome not in BROKEN:
                for host, path, line in told.refused:
                    seen.setdefault(("network", host, path, line), identity)
    for (kind, name, path, line), identity in sorted(seen.items()):
        detail = f"{kind}: {name}\nby: {identity}"
        yield Observation("nondeterministic-call", path, line, "", detail, "")
