"""Rules that say the same thing of one line: the finding that says more stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bylaw.finding import CONFIDENCES, Finding

YIELDS: Mapping[str, tuple[str, ...]] = {
    "dangling-reference": ("boot-command-unresolved",),
    "blocking-call-in-async": ("sync-database-in-async-app",),
    "session-not-injected": ("implicit-dependency",),
    "sleep-in-test": ("nondeterministic-test",),
}
"""Each rule with those it gives way to."""


def without_overlaps(findings: Sequence[Finding], min_confidence: str) -> list[Finding]:
    """The findings without those that another one, sure enough to be shown, stands for.

    Args:
        findings: all findings.
        min_confidence: least confidence a finding needs to be reported.

    Returns:
        What is left, in the same order.
    """
    least = CONFIDENCES.index(min_confidence)
    winners = {rule for rules in YIELDS.values() for rule in rules}
    taken = {
        (each.rule, each.path, each.line)
        for each in findings
        if each.rule in winners and CONFIDENCES.index(each.confidence) <= least
    }
    return [
        each
        for each in findings
        if not any((rule, each.path, each.line) in taken for rule in YIELDS.get(each.rule, ()))
    ]
