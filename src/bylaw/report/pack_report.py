"""What stands behind each sentence of a document, for people and for programs."""

from __future__ import annotations

from typing import Any

from bylaw.errors import Diagnostic
from bylaw.packs.own.contradictions import Contradiction
from bylaw.packs.own.lint import Backing, Linted, Report
from bylaw.packs.own.references import Dangling
from bylaw.report.json_report import json_text
from bylaw.report.layout import Line, Span, draw, place, visible
from bylaw.report.tally import plural

SCHEMA = "bylaw.pack/1"

_PARTS = {"enforced": "good", "partial": "warning", "planned": "note", "unenforced": "error"}
_LONGEST = 160


def render_pack(report: Report, format_: str, *, color: bool, width: int) -> str:
    """Prints what was found in documents.

    Args:
        report: what was found.
        format_: ``text`` or ``json``.
        color: with colours, and wrapped at ``width``.
        width: columns of the terminal.

    Returns:
        The report, ended by a line break.
    """
    if format_ == "json":
        return json_text(
            {
                "schema": SCHEMA,
                "root": report.root,
                "documents": [_document_object(each) for each in report.documents],
                "contradictions": [_contradiction_object(each) for each in report.contradictions],
                "errors": [each.entry() for each in report.errors],
            }
        )
    lines = [line for each in report.documents for line in _document_lines(each)]
    if report.contradictions:
        lines.append(Line((Span("Contradictions", "title"),)))
        lines += [line for each in report.contradictions for line in _contradiction_lines(each)]
    if report.errors:
        lines.append(Line((Span("Broken", "title"),)))
        lines += [line for each in report.errors for line in _error_lines(each, "error")]
    return draw(lines, color=color, width=width)


def render_no_pack(problems: tuple[Diagnostic, ...]) -> str:
    """The JSON of a call that could not be answered.

    Args:
        problems: why.
    """
    return render_pack(Report("", (), (), problems), "json", color=False, width=0)


def _document_lines(linted: Linted) -> list[Line]:
    counts = linted.counts()
    head = [Span(visible(linted.document.path), "path")]
    if linted.source:
        head.append(Span(f"  the source of the pack {linted.source}", "label"))
    told = [
        f"{counts['bound']} bound by a block",
        f"{counts['suggested']} could be enforced by a rule",
        f"{counts['nothing']} by nothing",
    ]
    if linted.source:
        statuses = ("enforced", "partial", "planned", "manual", "scaffold", "unenforced")
        told = [f"{counts[each]} {each}" for each in statuses if counts[each]]
    summary = f"  {plural(counts['sentences'], 'binding sentence')}: {', '.join(told)}"
    lines = [Line(tuple(head)), Line((Span(summary, "count"),)), Line()]
    lines += [_backing_line(each, linted) for each in linted.backings]
    by_rule = linted.by_rule()
    if by_rule:
        shown = ", ".join(f"{rule} {count}" for rule, count in by_rule.items())
        lines += [Line(), Line((Span("  Enforced by  ", "title"), Span(shown)), 15)]
    if linted.dangling:
        lines += [Line(), Line((Span("  Dangling references", "title"),))]
        lines += [_dangling_line(each, linted) for each in linted.dangling]
    for each in linted.warnings:
        lines += _error_lines(each, "warning")
    return [*lines, Line()]


def _backing_line(backing: Backing, linted: Linted) -> Line:
    width = len(str(max((each.line for each in linted.backings), default=0)))
    standing = backing.status
    text = backing.text if len(backing.text) <= _LONGEST else backing.text[:_LONGEST] + " ..."
    spans = [
        Span(f"  {backing.line:>{width}}  ", "place"),
        Span(backing.strength.ljust(7), "label"),
        Span(standing.ljust(11), _PARTS.get(standing, "")),
        Span(visible(text)),
    ]
    if backing.enforcers and backing.status != "unenforced":
        spans.append(Span(f"  [{', '.join(visible(str(each)) for each in backing.enforcers)}]",
                          "label"))  # fmt: skip
    if backing.suggestions:
        spans.append(Span(f"  could be enforced by {', '.join(backing.suggestions)}", "help"))
    return Line(tuple(spans), width + 22)


def _dangling_line(dangling: Dangling, linted: Linted) -> Line:
    spans = [
        Span(f"    {place(linted.document.path, dangling.line)}", "place"),
        Span(f"  {dangling.kind}: ", "error"),
        Span(visible(dangling.name)),
    ]
    if dangling.hint:
        told = dangling.hint if dangling.kind == "command" else f"there is {dangling.hint}"
        spans.append(Span(f"  ({visible(told)})", "help"))
    return Line(tuple(spans), 6)


def _contradiction_lines(each: Contradiction) -> list[Line]:
    first, second = each.first, each.second
    return [
        Line((Span(f"  {visible(each.about)}: ", "error"),
              Span(f"{visible(each.says)} or {visible(each.other)}")), 4),
        Line((Span(f"    {visible(first.quoted())}, {visible(first.clause)}", "label"),), 6),
        Line((Span(f"    {visible(second.quoted())}, {visible(second.clause)}", "label"),), 6),
    ]  # fmt: skip


def _error_lines(error: Diagnostic, part: str) -> list[Line]:
    where = f"{place(error.path, error.line)}: " if error.path else ""
    lines = [Line((Span(f"  {where}", "place"), Span(visible(error.message), part)), 4)]
    return [*lines, Line((Span(f"    {visible(error.hint)}", "help"),), 6)] if error.hint else lines


def _document_object(linted: Linted) -> dict[str, Any]:
    document = linted.document
    return {
        "path": document.path,
        "pack": document.name,
        "title": document.title,
        "source_of": linted.source or None,
        "counts": linted.counts(),
        "by_rule": linted.by_rule(),
        "sentences": [
            {
                "id": each.id,
                "strength": each.strength,
                "text": each.text,
                "section": each.section,
                "line": each.line,
                "form": each.form,
                "by": each.by,
                "status": each.status,
                "enforced_by": [{"kind": one.kind, "name": one.name} for one in each.enforcers],
                "could_be": list(each.suggestions),
                "clauses": list(each.clauses),
            }
            for each in linted.backings
        ],
        "dangling": [
            {"kind": each.kind, "name": each.name, "line": each.line, "hint": each.hint}
            for each in linted.dangling
        ],
        "warnings": [each.entry() for each in linted.warnings],
    }


def _contradiction_object(each: Contradiction) -> dict[str, Any]:
    sides = {
        name: {"id": one.clause, "path": one.path, "line": one.line, "says": says}
        for name, one, says in (
            ("first", each.first, each.says),
            ("second", each.second, each.other),
        )
    }
    return {"about": each.about, **sides}
