"""What one part of the probe adds to its answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bylaw.errors import Diagnostic
from bylaw.probes.outcome import Observation, Outcome, made_outcome


class Part(NamedTuple):
    """One part's answer.

    Attributes:
        observations: what was seen.
        broken: reason codes of what failed.
        questions: what was not verified; the code is the reason code, the hint one next command.
    """

    observations: tuple[Observation, ...] = ()
    broken: frozenset[str] = frozenset()
    questions: tuple[Diagnostic, ...] = ()


def part_of(
    observations: Iterable[Observation] = (), broken: Iterable[str] = (),
    questions: Iterable[Diagnostic] = (),
) -> Part:  # fmt: skip
    """A part of anything that can be gone through."""
    return Part(tuple(observations), frozenset(broken), tuple(questions))


def outcome_of(parts: Iterable[Part]) -> Outcome:
    """The answer of the probe: exactly one error holds a next command."""
    observations: set[Observation] = set()
    broken: set[str] = set()
    questions: list[Diagnostic] = []
    for part in parts:
        observations.update(part.observations)
        broken |= part.broken
        questions += [each for each in part.questions if each not in questions]
    first = next((each for each in questions if each.hint), None)
    errors = [each if each is first else each._replace(hint="") for each in questions]
    codes = {each.code for each in questions}
    return made_outcome("tests", broken, codes, sorted(observations), errors)
