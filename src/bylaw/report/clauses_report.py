"""The sentences of the packs and what enforces them, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bylaw.errors import Diagnostic
from bylaw.packs.clause import STATUSES, STRENGTHS, Pack
from bylaw.packs.standing import PackStanding, Standing
from bylaw.report.layout import Line, Span, draw
from bylaw.report.tally import plural

SCHEMA = "bylaw.clauses/1"

_PARTS = {"enforced": "help", "partial": "place", "unenforced": "error"}
_GAP = "  "


def render_clauses(
    packs: Sequence[PackStanding],
    errors: Sequence[Diagnostic],
    format_: str,
    *,
    color: bool,
    width: int,
    checked: bool = False,
) -> str:
    """Prints packs as they stand.

    Args:
        packs: the packs.
        errors: names that lead nowhere.
        format_: ``text``, ``json`` or ``markdown``.
        color: with colours, and wrapped at ``width``.
        width: columns of the terminal.
        checked: whether names were checked, so that the text says so.

    Returns:
        The report, the same for the same packs, ended by a line break.
    """
    if format_ == "json":
        from bylaw.report.json_report import json_text

        shown = [_pack_object(pack) for pack in packs]
        told = [error.entry() for error in errors]
        return json_text({"schema": SCHEMA, "packs": shown, "errors": told})
    if format_ == "markdown":
        from bylaw.report.clauses_page import clauses_page

        return clauses_page(packs)
    lines = [line for pack in packs for line in _pack_lines(pack)]
    lines += _total_lines(packs) if len(packs) > 1 else []
    if errors:
        lines += [Line((Span(plural(len(errors), "dangling name"), "title"),))]
        lines += [line for error in errors for line in _error_lines(error)]
    elif checked:
        lines.append(Line((Span("Every name leads somewhere.", "good"),)))
    return draw(lines, color=color, width=width)


def clause_lines(clauses: Sequence[Standing]) -> list[Line]:
    """A table of sentences: id, strength, status, sentence, and what enforces it."""
    widest = max((len(each.clause.id) for each in clauses), default=0)
    status_width = max((len(each.status) for each in clauses), default=0)
    hang = 2 + widest + 2 + len("should") + 2 + status_width + 2
    lines = []
    for each in clauses:
        clause = each.clause
        spans = [
            Span(_GAP + clause.id.ljust(widest) + _GAP, "rule"),
            Span(clause.strength.ljust(len("should")) + _GAP, "label"),
            Span(each.status.ljust(status_width) + _GAP, _PARTS.get(each.status, "")),
            Span(clause.text),
        ]
        names = [str(one) for one in clause.enforcers if one not in each.missing]
        if names:
            spans.append(Span(f"  [{', '.join(names)}]", "label"))
        if each.why and each.status != "enforced":
            spans.append(Span(f"  ({each.why})", "label"))
        lines.append(Line(tuple(spans), hang))
    return lines


def render_sentences(found: Sequence[tuple[Pack, Standing]], *, color: bool, width: int) -> str:
    """Prints what an identifier names: one sentence in full, or a table of several.

    Args:
        found: the sentences, each with its pack.
        color: with colours, and wrapped at ``width``.
        width: columns of the terminal.
    """
    if len(found) > 1:
        return draw(clause_lines([each for _, each in found]), color=color, width=width)
    [(pack, standing)] = found
    clause = standing.clause
    state = Span(standing.status, _PARTS.get(standing.status, ""))
    lines = [
        Line((Span(clause.id, "rule"), Span(f"  {clause.strength}  ", "label"), state)),
        Line((Span(f"  {clause.text}"),), 2),
        Line((Span(f"  {pack.name}, source {pack.source}: {clause.section}", "label"),), 2),
        Line((Span(f"  by {', '.join(map(str, clause.enforcers))}", "label"),), 2),
    ]
    if standing.why:
        lines.append(Line((Span(f"  {standing.why}", "label"),), 2))
    return draw(lines, color=color, width=width)


def _pack_lines(standing: PackStanding) -> list[Line]:
    total = standing.coverage["total"]
    counts = ", ".join(f"{total[status]} {status}" for status in STATUSES if total[status])
    head = Line((Span(standing.pack.name, "title"), Span(f"  {standing.pack.source}", "label")))
    summary = Line((Span(f"  {plural(total['total'], 'clause')}: "), Span(counts)), 4)
    return [head, summary, Line(), *clause_lines(standing.clauses), Line()]


def _total_lines(packs: Sequence[PackStanding]) -> list[Line]:
    """Packs and strengths against statuses."""
    rows: list[tuple[str, ...]] = [("", "", "clauses", *STATUSES)]
    for pack in packs:
        coverage = pack.coverage
        for strength in STRENGTHS:
            counts = coverage[strength]
            if counts["total"]:
                name = pack.pack.name if strength == STRENGTHS[0] else ""
                numbers = (str(counts[status]) for status in ("total", *STATUSES))
                rows.append((name, strength, *numbers))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for number, row in enumerate(rows):
        named = [cell.ljust(wide) for cell, wide in zip(row[:2], widths, strict=False)]
        counted = [cell.rjust(wide) for cell, wide in zip(row[2:], widths[2:], strict=True)]
        text = _GAP + _GAP.join([*named, *counted])
        lines.append(Line((Span(text, "" if number else "label"),)))
    return [Line((Span("Coverage", "title"),)), *lines, Line()]


def _error_lines(error: Diagnostic) -> list[Line]:
    lines = [Line((Span(f"  {error.code}: ", "error"), Span(error.message)), 4)]
    return [*lines, Line((Span(f"    {error.hint}", "help"),), 6)] if error.hint else lines


def _pack_object(standing: PackStanding) -> dict[str, Any]:
    return {
        "pack": standing.pack.name,
        "source": standing.pack.source,
        "clauses": [_clause_object(each) for each in standing.clauses],
        "coverage": standing.coverage,
    }


def _clause_object(standing: Standing) -> dict[str, Any]:
    clause = standing.clause
    return {
        "id": clause.id,
        "strength": clause.strength,
        "text": clause.text,
        "section": clause.section,
        "enforced_by": [{"kind": each.kind, "name": each.name} for each in clause.enforcers],
        "status": standing.status,
        "why": standing.why,
    }
