"""Whether the change loosens its own checks: configuration and tests, base against head."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.probes.outcome import Observation
from bylaw.probes.proof.change import CONFIGURATION, Change
from bylaw.probes.proof.part import Part, part_of
from bylaw.probes.proof.weakened_comments import weakened_comments
from bylaw.probes.proof.weakened_settings import TESTS, weakened_checks
from bylaw.probes.proof.weakened_tests import weakened_tests

KIND = "check-weakened"


def judged_weakening(change: Change) -> Part:
    """Every check that the change makes weaker.

    Args:
        change: the change.

    Returns:
        One observation each; any of them fails the probe (EVIDENCE.md, ``CHECK-WEAKENED``).
    """
    found = sorted({each for _, each in loosened_checks(change)})
    return part_of(found, [KIND] * bool(found))


def loosened_checks(change: Change) -> Iterator[tuple[str, Observation]]:
    """Each check that the change makes weaker, and how.

    Args:
        change: the change.

    Yields:
        One of ``weakened_settings.CHECKS`` with what was seen.
    """
    for each in change.files:
        name = each.path.rpartition("/")[2]
        if name in CONFIGURATION:
            for check, line, text in weakened_checks(name, each.before or "", each.after or ""):
                yield check, Observation(KIND, each.path, line, "", text, "")
    for path, line, symbol, text in weakened_tests(change):
        yield TESTS, Observation(KIND, path, line, symbol, text, "")
    for check, path, line, text in weakened_comments(change):
        yield check, Observation(KIND, path, line, "", text, "")
