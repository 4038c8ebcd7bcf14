"""The report people read in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bylaw.finding import SEVERITIES
from bylaw.report.layout import INDENT, Line, Span, columns, draw, place, visible
from bylaw.report.tally import findings_by_rule
from bylaw.report.text_summary import statistics_lines, summary_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bylaw.errors import Diagnostic
    from bylaw.finding import Finding, Step, Suppressed
    from bylaw.result import CheckResult

# More findings than this with one rule, one sink and one last step are shown as one entry.
GROUP_ABOVE = 5
_SCOPES_SHOWN = 5
_NOTES_SHOWN = 10
# In a repository without configuration: warnings up to which all are shown, else so many per rule.
_WARNINGS_IN_FULL = 20
_WARNINGS_SHOWN = 2
_ERRORS_SHOWN = 10
# A longer road is shown by its two ends.
_STEPS_SHOWN = 12
_WIDEST_COLUMN = 48
_OBSERVED = {"confirmed": " (confirmed by running)", "not-observed": " (not observed by running)"}


class _Entry(NamedTuple):
    """A finding as shown, with the findings of other scopes it stands for."""

    finding: Finding
    others: tuple[Finding, ...] = ()


def render_text(
    result: CheckResult,
    *,
    color: bool,
    width: int,
    elapsed: float | None,
    show_suppressed: bool,
    statistics: bool,
) -> str:
    """Write the outcome of ``bylaw check`` for people.

    Every finding starts with ``path:line:column`` at the start of its line. Plain text is never
    wrapped and imports nothing heavy.

    Args:
        result: what the run found.
        color: with colours, wrapped at ``width``.
        width: columns of the terminal.
        elapsed: seconds the run took; None leaves the time out.
        show_suppressed: list what comments and the baseline silence.
        statistics: add a table of counts per rule.

    Returns:
        The whole report, ended by a line break.
    """
    # Errors first: on a large repository the first screen is all that is read.
    errors = [f for f in result.findings if f.severity == "error"]
    warnings = [f for f in result.findings if f.severity == "warning"]
    notes = [f for f in result.findings if f.severity == "note"]
    # Whoever has configured nothing is new here: what is certain in full, the rest to choose from.
    brief = bool(result.further) and len(warnings) > _WARNINGS_IN_FULL
    lines: list[Line] = []
    for entry in _grouped([] if brief else errors + warnings):
        lines += [*_finding_lines(entry), Line()]
    if brief:
        lines += _error_entries(errors)
        lines += _section("warnings", _brief_lines(warnings, _WARNINGS_SHOWN))
        lines += _section("notes", _brief_lines(notes, 0))
    else:
        lines += _section("notes", _note_lines(notes))
    if show_suppressed:
        lines += _section("suppressed", _suppressed_lines(result.suppressed))
    if statistics:
        lines += _section("statistics", statistics_lines(result.findings))
    lines += summary_lines(result, elapsed)
    if result.errors:
        lines += [Line(), *_error_lines(result.errors)]
    return draw(lines, color=color, width=width)


def _section(title: str, body: list[Line]) -> list[Line]:
    return [Line((Span(title, "title"),)), *body, Line()] if body else []


def _grouped(findings: Sequence[Finding]) -> list[_Entry]:
    """Findings in order; many that reach one sink, or warn of one scope, gathered at the first."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        for key in _group_keys(finding):
            groups.setdefault(key, []).append(finding)
    large = {key: group for key, group in groups.items() if len(group) > GROUP_ABOVE}
    entries = []
    for finding in findings:
        group = next((large[key] for key in _group_keys(finding) if key in large), None)
        if group is None:
            entries.append(_Entry(finding))
        elif finding is group[0]:
            # The gravest stands for all; of equals, the first.
            shown = min(group, key=lambda f: SEVERITIES.index(f.severity))
            entries.append(_Entry(shown, tuple(f for f in group if f is not shown)))
    return entries


def _group_keys(finding: Finding) -> list[tuple[object, ...]]:
    """What a finding may be gathered by: its sink, else its scope where that does it by itself."""
    if not finding.witness:
        return []
    last = finding.witness[-1]
    if len(finding.witness) == 1 and finding.severity == "warning":
        # A settings module of hundreds of lines is one thing to know.
        return [(finding.rule, finding.path, finding.symbol)]
    return [(finding.rule, finding.sink, last.path, last.line)]


def _finding_lines(entry: _Entry) -> list[Line]:
    lines = [_head(entry.finding), *_witness_lines(entry.finding.witness)]
    if entry.others:
        lines += _other_scope_lines(entry)
    if entry.finding.mend:
        lines.append(_remark("mend", entry.finding.mend))
    return lines


def _head(finding: Finding) -> Line:
    doubt = "" if finding.confidence == "definite" else f" ({finding.confidence})"
    doubt += _OBSERVED.get(finding.observed, "")
    return Line(
        (
            Span(place(finding.path, finding.line, finding.column), "path"),
            Span(": "),
            Span(finding.severity, finding.severity),
            Span(f" {finding.rule}", "rule"),
            Span(f": {visible(finding.message)}"),
            Span(doubt, "label"),
        )
    )


def _witness_lines(witness: Sequence[Step]) -> list[Line]:
    """The road, one step a line, in aligned columns."""
    if not witness:
        return []
    rows = [(place(s.path, s.line), visible(s.symbol), visible(s.note)) for s in witness]
    widths = columns(rows, _WIDEST_COLUMN)
    lines = [_witness_line(row, widths) for row in rows]
    hidden = len(lines) - _STEPS_SHOWN
    if hidden > 1:
        half = _STEPS_SHOWN // 2
        gap = f"... {hidden} steps more: see --format json"
        lines[half : half + hidden] = [_gutter(Span(gap, "label"))]
    return lines


def _witness_line(row: tuple[str, str, str], widths: Sequence[int]) -> Line:
    where, symbol, note = row
    hang = len(INDENT) + 2 + widths[0] + 2 + widths[1] + 2
    return _gutter(
        Span(where, "place"),
        Span(" " * max(0, widths[0] - len(where)) + "  "),
        Span(f"{symbol:<{widths[1]}}  "),
        Span(note, "label"),
        hang=min(hang, 2 * len(INDENT)),
    )


def _other_scope_lines(entry: _Entry) -> list[Line]:
    last = entry.finding.witness[-1]
    if len(entry.finding.witness) == 1 and entry.finding.severity == "warning":
        return [_other_statements_line(entry)]
    sink = visible(entry.finding.sink) or "the same sink"
    scopes = "scopes" if len(entry.others) > 1 else "scope"
    text = f"{len(entry.others):,} more {scopes} reach {sink} at {place(last.path, last.line)}:"
    lines = [_gutter(Span(text), mark="=")]
    for other in entry.others[:_SCOPES_SHOWN]:
        where = Span(place(other.path, other.line), "place")
        lines.append(_gutter(Span("  "), where, Span(f" {visible(other.symbol)}")))
    hidden = len(entry.others) - _SCOPES_SHOWN
    if hidden > 0:
        lines.append(_gutter(Span(f"  and {hidden:,} more: see --format json", "label")))
    return lines


def _other_statements_line(entry: _Entry) -> Line:
    shown = ", ".join(str(other.line) for other in entry.others[: 2 * _SCOPES_SHOWN])
    hidden = len(entry.others) - 2 * _SCOPES_SHOWN
    more = f" and {hidden:,} more: see --format json" if hidden > 0 else ""
    text = f"{len(entry.others):,} more in {visible(entry.finding.symbol)}: lines {shown}{more}"
    return _gutter(Span(text), mark="=")


def _remark(kind: str, text: str) -> Line:
    return _gutter(Span(f"{kind}: ", "help"), Span(visible(text)), mark="=")


def _gutter(*spans: Span, mark: str = "|", hang: int = 2 * len(INDENT)) -> Line:
    return Line((Span(f"{INDENT}{mark} ", "label"), *spans), hang)


def _note_lines(notes: Sequence[Finding]) -> list[Line]:
    """Notes one line each, per rule, no more than can be read."""
    lines = []
    for rule, found in sorted(findings_by_rule(notes).items()):
        lines += [_head(note) for note in found[:_NOTES_SHOWN]]
        hidden = len(found) - _NOTES_SHOWN
        if hidden > 0:
            text = f"{INDENT}and {hidden:,} more of {rule}: see --format json"
            lines.append(Line((Span(text, "label"),)))
    return lines


def _error_entries(errors: Sequence[Finding]) -> list[Line]:
    """The first errors of each rule in full, and how to see the others."""
    by_rule: dict[str, list[_Entry]] = {}
    lines: list[Line] = []
    for entry in _grouped(errors):
        shown = by_rule.setdefault(entry.finding.rule, [])
        shown.append(entry)
        if len(shown) <= _ERRORS_SHOWN:
            lines += [*_finding_lines(entry), Line()]
    hidden = []
    for rule, entries in sorted(by_rule.items()):
        count = sum(1 + len(each.others) for each in entries[_ERRORS_SHOWN:])
        if count:
            text = f"{INDENT}{count:,} more errors of {rule}: bylaw check --select {rule}"
            hidden.append(Line((Span(text, "label"),)))
    return [*lines, *hidden, *([Line()] if hidden else [])]


def _brief_lines(findings: Sequence[Finding], shown: int) -> list[Line]:
    """The first few of each rule, and how to see the others."""
    lines = []
    by_rule = findings_by_rule(findings)
    for rule, found in sorted(by_rule.items(), key=lambda each: (-len(each[1]), each[0])):
        lines += [_head(finding) for finding in found[:shown]]
        hidden = len(found) - shown
        if hidden > 0:
            more = "more " if shown else ""
            text = f"{INDENT}{hidden:,} {more}of {rule}: bylaw check --select {rule}"
            lines.append(Line((Span(text, "label"),)))
    return lines


def _suppressed_lines(suppressed: Iterable[Suppressed]) -> list[Line]:
    lines = []
    for item in suppressed:
        how = "in the baseline" if item.kind == "baseline" else f"by {item.kind}"
        reason = f": {visible(item.reason)}" if item.reason else ""
        lines += [_head(item.finding), _gutter(Span(how, "help"), Span(reason), mark="=")]
    return lines


def _error_lines(errors: Iterable[Diagnostic]) -> list[Line]:
    lines = [Line((Span("problems", "title"),))]
    for error in errors:
        where = place(error.path, error.line) if error.path else "bylaw"
        lines.append(
            Line(
                (
                    Span(where, "path"),
                    Span(": "),
                    Span(visible(error.code), "error"),
                    Span(f": {visible(error.message)}"),
                )
            )
        )
        if error.hint:
            lines.append(_remark("hint", error.hint))
    return lines
