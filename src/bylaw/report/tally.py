"""Counts in words: what a run found and looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bylaw.finding import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bylaw.finding import Finding
    from bylaw.result import CheckResult


class Tally(NamedTuple):
    """Findings per severity."""

    errors: int
    warnings: int
    notes: int

    def __str__(self) -> str:
        """``2 errors, 1 warning, 0 notes``."""
        named = zip(self, SEVERITIES, strict=True)
        return ", ".join(plural(number, severity) for number, severity in named)


def findings_by_rule(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Findings of each rule, in order."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.rule, []).append(finding)
    return found


def tally(findings: Iterable[Finding]) -> Tally:
    """Count findings per severity."""
    counts = dict.fromkeys(SEVERITIES, 0)
    for finding in findings:
        counts[finding.severity] = counts.get(finding.severity, 0) + 1
    return Tally(*(counts[severity] for severity in SEVERITIES))


def plural(number: int, noun: str) -> str:
    """``1 error``, ``1,200 errors``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def skipped_reasons(result: CheckResult) -> str:
    """``2 vendored, 1 not valid UTF-8``: why files were skipped, most frequent first."""
    counts: dict[str, int] = {}
    for skipped in result.summary.skipped:
        counts[skipped.reason] = counts.get(skipped.reason, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{number:,} {reason}" for reason, number in ordered)


def looked_at(result: CheckResult) -> str:
    """``717 files analysed, 3 skipped, 0 suppressed, 12 baselined``."""
    summary = result.summary
    return (
        f"{plural(summary.analysed, 'file')} analysed, {len(summary.skipped):,} skipped, "
        f"{summary.suppressed:,} suppressed, {summary.baselined:,} baselined"
    )
