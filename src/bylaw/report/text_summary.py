"""The end of the text report: the verdict of the run and what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bylaw.finding import SEVERITIES
from bylaw.report.layout import Line, Span, visible
from bylaw.report.mend_summary import mend_lines
from bylaw.report.tally import findings_by_rule, plural, skipped_reasons, tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bylaw.finding import Finding
    from bylaw.result import CheckResult

_LABEL_WIDTH = 14
_ROOTS_SHOWN = 8


def summary_lines(result: CheckResult, elapsed: float | None) -> list[Line]:
    """The verdict in one line, then what was looked at.

    Args:
        result: what the run found.
        elapsed: seconds the run took; None leaves the time out.

    Returns:
        Lines for ``draw``.
    """
    if result.errors and not result.summary.files:
        return [_verdict(result)]
    return [_verdict(result), *(_row(label, text) for label, text in _facts(result, elapsed))]


def statistics_lines(findings: Iterable[Finding]) -> list[Line]:
    """Count of findings per rule and severity, as a table.

    Args:
        findings: what the run found.

    Returns:
        Lines for ``draw``; none where there is no finding.
    """
    by_rule = findings_by_rule(findings)
    if not by_rule:
        return []
    rows = [(rule, tally(by_rule[rule])) for rule in sorted(by_rule)]
    widest = max(len(rule) for rule in by_rule)
    heads = [f"{severity}s" for severity in SEVERITIES]
    lines = [Line((Span(" " * (widest + 2) + "".join(f"{h:>10}" for h in heads), "label"),))]
    for rule, counts in rows:
        numbers = tuple(
            Span(f"{number or '-':>10}", severity if number else "label")
            for number, severity in zip(counts, SEVERITIES, strict=True)
        )
        lines.append(Line((Span(f"  {rule:<{widest}}", "rule"), *numbers)))
    return lines


def _verdict(result: CheckResult) -> Line:
    """One line that cannot be mistaken: nothing seen, incomplete, findings, or clear."""
    counts = tally(result.findings)
    found = _found(counts)
    if not result.summary.analysed:
        return Line((Span("NOTHING WAS ANALYSED", "error"), Span(f": {_why_nothing(result)}")))
    if result.errors or result.exit_code not in (0, 1):
        problems = plural(len(result.errors), "problem")
        cause = f"{problems} (below) kept" if result.errors else "something kept"
        rest = f": {cause} this run from seeing everything. {found}"
        return Line((Span("INCOMPLETE", "error"), Span(rest)))
    if counts.errors or counts.warnings:
        part = "error" if counts.errors else "warning"
        return Line((Span(found, part),))
    return _clear(result, counts.notes)


def _clear(result: CheckResult, notes: int) -> Line:
    summary = result.summary
    new = "new " if summary.suppressed or summary.baselined else ""
    files = plural(summary.analysed, "file")
    followed = plural(summary.calls_resolved, "call")
    rest = f": no {new}errors or warnings in {files} analysed, {followed} followed."
    if notes:
        rest += f" {plural(notes, 'note')}."
    return Line((Span("All clear", "good"), Span(rest)))


def _found(counts: Sequence[int]) -> str:
    named = [
        plural(number, severity)
        for number, severity in zip(counts, SEVERITIES, strict=True)
        if number
    ]
    if not named:
        return "Nothing found so far."
    listed = " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)
    return f"Found {listed}."


def _why_nothing(result: CheckResult) -> str:
    root, files = visible(result.root), result.summary.files
    if result.errors and not files:
        return "the run stopped before it looked at any file. This is not a pass."
    if files:
        what = "the one Python file" if files == 1 else f"none of the {files:,} Python files"
        negation = " could not" if files == 1 else " could"
        return f"{what} under {root}{negation} be analysed. This is not a pass."
    return f"there is no Python file under {root}. This is not a pass."


def _facts(result: CheckResult, elapsed: float | None) -> list[tuple[str, str]]:
    summary = result.summary
    skipped = f"{len(summary.skipped):,} skipped"
    reasons = skipped_reasons(result)
    facts = [
        (
            "files",
            f"{summary.analysed:,} analysed, {skipped}" + (f" ({reasons})" if reasons else ""),
        ),
        ("silenced", f"{summary.suppressed:,} suppressed, {summary.baselined:,} baselined"),
        ("calls", _calls(result)),
    ]
    if result.import_roots:
        roots = [root or "." for root in result.import_roots]
        facts.append(("import roots", _listed(roots)))
    if result.mends is not None:
        counts, *left = mend_lines(result.mends)
        facts += [("mends", counts), *(("", each) for each in left)]
    by_reason: dict[str, list[str]] = {}
    for each in result.not_verified:
        by_reason.setdefault(each.reason, []).append(each.rule)
    facts += [("not verified", f"{', '.join(by_reason[reason])}: {reason}") for reason in by_reason]
    facts += _further(result)
    if elapsed is not None:
        facts.append(("time", f"{elapsed:.2f} s"))
    return facts


def _further(result: CheckResult) -> list[tuple[str, str]]:
    """What each pack would add, and how to have it."""
    if not result.further:
        return []
    largest = max(result.further, key=lambda each: each.findings)
    told = ", ".join(f"{each.pack} {each.findings:,}" for each in result.further)
    look = f"see them: bylaw check --select {largest.pack}; decide: bylaw init"
    return [("strict packs", f"at least so many more findings: {told}"), ("", look)]


def _calls(result: CheckResult) -> str:
    resolved, unresolved = result.summary.calls_resolved, result.summary.calls_unresolved
    text = f"{resolved:,} resolved, {unresolved:,} unresolved"
    if unresolved:
        share = 100 * unresolved / (resolved + unresolved)
        text += f" ({share:.1f}%, taken to have no effect)"
    return text


def _listed(names: Sequence[str]) -> str:
    hidden = len(names) - _ROOTS_SHOWN
    return ", ".join(names[:_ROOTS_SHOWN]) + (f" and {hidden:,} more" if hidden > 0 else "")


def _row(label: str, text: str) -> Line:
    head = f"  {label:<{_LABEL_WIDTH}}"
    return Line((Span(head, "label"), Span(visible(text))), hang=len(head))
