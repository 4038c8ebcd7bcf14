"""What a check of the ledger found, or an import did, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bylaw.errors import Diagnostic
from bylaw.evidence.ledger.checking import NOT_YET, PROVES, Checked
from bylaw.evidence.ledger.exchange import Taken
from bylaw.evidence.ledger.links import Finding
from bylaw.evidence.reason_codes import meaning_of
from bylaw.report.json_report import json_text
from bylaw.report.layout import Line, Span, draw, visible
from bylaw.report.tally import plural

SCHEMA = "bylaw.ledger/1"
_MOST = 50


def render_check(checked: Checked, format_: str, *, color: bool, width: int) -> str:
    """Prints what a check found.

    Args:
        checked: what it found.
        format_: ``text`` or ``json``.
        color: with colours, and wrapped at ``width``.
        width: columns of the terminal.
    """
    if format_ == "json":
        return json_text(
            {
                "schema": SCHEMA,
                "command": "check",
                "root": checked.root,
                "repository": checked.repository or None,
                "is_random": checked.is_random,
                "items": checked.items,
                "checked": checked.checked,
                "head": checked.head or None,
                "level": checked.level or None,
                "proves": PROVES.get(checked.level),
                "findings": [_finding_object(each) for each in checked.findings],
                "errors": [each.entry() for each in checked.errors],
            }
        )
    lines = _finding_lines(checked.findings) + _error_lines(checked.errors)
    if not lines:
        lines = _whole_lines(checked)
    return draw(lines, color=color, width=width)


def render_import(taken: Taken, root: str, format_: str, *, color: bool, width: int) -> str:
    """Prints what an import did.

    Args:
        taken: what it did.
        root: absolute path of the root.
        format_: ``text`` or ``json``.
        color: with colours, and wrapped at ``width``.
        width: columns of the terminal.
    """
    if format_ == "json":
        return json_text(
            {
                "schema": SCHEMA,
                "command": "import",
                "root": root,
                "imported": [each.id for each in taken.items],
                "known": taken.known,
                "findings": [_finding_object(each) for each in taken.findings],
                "errors": [],
            }
        )
    if taken.findings:
        told = Line((Span("Nothing was imported; the ledger is as it was.", "title"),))
        return draw([*_finding_lines(taken.findings), told], color=color, width=width)
    told = Line((Span(f"{plural(len(taken.items), 'item')} imported", "good"),
                 Span(f", {taken.known:,} known already")))  # fmt: skip
    meant = "They are the word of whoever signed them: nothing was run again here."
    lines = [told, Line((Span(meant, "label"),))] if taken.items else [told]
    return draw(lines, color=color, width=width)


def render_no_ledger(problems: Sequence[Diagnostic]) -> str:
    """The JSON of a call that could not be answered.

    Args:
        problems: why.
    """
    nothing = Checked("", "", False, 0, 0, "", "", (), tuple(problems))
    return render_check(nothing, "json", color=False, width=0)


def _whole_lines(checked: Checked) -> list[Line]:
    before = checked.items - checked.checked
    told = f": {checked.checked:,} checked now"
    if before:
        told += f", {before:,} by an earlier check (--full checks them again)"
    lines = [
        Line((Span("whole", "good"), Span(f"  {plural(checked.items, 'item')}{told}"))),
        Line((Span("  head        ", "label"), Span(checked.head))),
        Line((Span("  repository  ", "label"), Span(visible(checked.repository)))),
    ]
    if checked.is_random:
        said = "a random name, kept beside the ledger: there is no whole git history here"
        lines.append(Line((Span(f"              {said}", "note"),), 14))
    lines.append(Line((Span("  proves      ", "label"), Span(PROVES[checked.level])), 14))
    return [*lines, Line((Span(f"              {NOT_YET}", "label"),), 14)]


def _finding_lines(findings: Sequence[Finding]) -> list[Line]:
    lines = []
    for each in findings[:_MOST]:
        where = f"{each.item}: " if each.item else ""
        lines.append(Line((Span(each.reason_code, "error"),
                           Span(f"  {where}{visible(each.message)}"))))  # fmt: skip
        lines.append(Line((Span(f"    {meaning_of(each.reason_code)}", "label"),)))
        if each.next_command:
            lines.append(Line((Span(f"    {visible(each.next_command)}", "help"),)))
    if len(findings) > _MOST:
        lines.append(Line((Span(f"and {len(findings) - _MOST:,} more", "label"),)))
    return lines


def _error_lines(errors: Sequence[Diagnostic]) -> list[Line]:
    lines = []
    for each in errors:
        lines.append(Line((Span(each.code, "error"), Span(f"  {visible(each.message)}"))))
        if each.hint:
            lines.append(Line((Span(f"    {visible(each.hint)}", "help"),)))
    return lines


def _finding_object(finding: Finding) -> dict[str, Any]:
    return {
        "reason_code": finding.reason_code,
        "meaning": meaning_of(finding.reason_code),
        "item": finding.item or None,
        "message": finding.message,
        "next_command": finding.next_command or None,
    }
