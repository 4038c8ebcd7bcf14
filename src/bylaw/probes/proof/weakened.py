"""Whether the change loosens its own checks: configuration and tests, base against head."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.probes.outcome import Observation
from bylaw.probes.proof.change import CONFIGURATION, Change
from bylaw.probes.proof.part import Part, part_of
from bylaw.probes.proof.weakened_settings import weakened_settings
from bylaw.probes.proof.weakened_tests import weakened_tests

KIND = "check-weakened"


def judged_weakening(change: Change) -> Part:
    """Every check that the change makes weaker.

    Args:
        change: the change.

    Returns:
        One observation each; any of them fails the probe (EVIDENCE.md, ``CHECK-WEAKENED``).
    """
    found = sorted({*_settings(change), *_tests(change)})
    return part_of(found, [KIND] * bool(found))


def _settings(change: Change) -> Iterator[Observation]:
    for each in change.files:
        name = each.path.rpartition("/")[2]
        if name in CONFIGURATION:
            for line, text in weakened_settings(name, each.before or "", each.after or ""):
                yield Observation(KIND, each.path, line, "", text, "")


def _tests(change: Change) -> Iterator[Observation]:
    for path, line, symbol, text in weakened_tests(change):
        yield Observation(KIND, path, line, symbol, text, "")
