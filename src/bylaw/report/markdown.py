"""Markdown for a comment on a change or the summary page of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bylaw.finding import SEVERITIES
from bylaw.report.layout import place, visible
from bylaw.report.mend_summary import mend_lines
from bylaw.report.tally import looked_at, tally

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bylaw.errors import Diagnostic
    from bylaw.finding import Finding
    from bylaw.result import CheckResult

_SHOWN = 200
"""Findings listed: platforms cut or refuse longer texts (65,536 characters at GitHub)."""

_LONGEST = 60_000
_SPECIAL = str.maketrans({each: f"\\{each}" for each in "\\`*_{}[]<>#|~!$@"})


def render_markdown(result: CheckResult) -> str:
    """Write the outcome of ``bylaw check`` as GitHub-flavoured Markdown.

    Args:
        result: what the run found.

    Returns:
        A heading with the verdict, a table of findings by severity with their roads folded
        away, and what the run rests on.
    """
    lines = [f"## Bylaw: {_verdict(result)}", ""]
    if result.errors:
        lines += ["### Problems", "", *map(_error, result.errors), ""]
    shown = left = 0
    size = 0
    for severity in SEVERITIES:
        found = [each for each in result.findings if each.severity == severity]
        rows = []
        for each in found:
            row = _row(each)
            size += len(row)
            if shown >= _SHOWN or size > _LONGEST:
                left += 1
                continue
            shown += 1
            rows.append(row)
        if rows:
            head = [f"### {severity.capitalize()}s", "", "| Place | Rule | What | Mend |",
                    "|---|---|---|---|"]  # fmt: skip
            lines += [*head, *rows, ""]
    if left:
        lines += [f"{left:,} more findings are not listed here.", ""]
    if result.mends is not None:
        lines += [*(f"- {plain(each)}" for each in mend_lines(result.mends)), ""]
    lines.append(looked_at(result))
    return "\n".join(lines) + "\n"


def _verdict(result: CheckResult) -> str:
    if not result.summary.analysed:
        return "nothing was analysed, this is not a pass"
    if result.errors:
        return f"incomplete, {tally(result.findings)}"
    return str(tally(result.findings)) if result.findings else "all clear"


def _row(finding: Finding) -> str:
    doubt = "" if finding.confidence == "definite" else f" ({finding.confidence})"
    what = plain(finding.message) + doubt + _road(finding)
    rule = f"[{finding.rule}]({finding.help_url})" if finding.help_url else finding.rule
    where = _code(place(finding.path, finding.line))
    return f"| {where} | {rule} | {what} | {plain(finding.mend)} |"


def _road(finding: Finding) -> str:
    if len(finding.witness) < 2:
        return ""
    steps = "<br>".join(_steps(finding))
    return f"<details><summary>{len(finding.witness)} steps</summary>{steps}</details>"


def _steps(finding: Finding) -> Iterable[str]:
    for step in finding.witness:
        yield f"{_code(place(step.path, step.line))} {plain(step.symbol)}: {plain(step.note)}"


def _error(error: Diagnostic) -> str:
    where = f"{_code(place(error.path, error.line))} " if error.path else ""
    hint = f" ({plain(error.hint)})" if error.hint else ""
    return f"- {where}{plain(error.message)}{hint}"


def plain(text: str) -> str:
    """Text that means nothing to Markdown: no link, no mention, no table cell, no tag.

    Args:
        text: whatever a file or a message says.
    """
    return visible(text).translate(_SPECIAL)


def _code(text: str) -> str:
    """Text in a code span inside a table, where a backtick or a bar would end it."""
    if "`" in text or "|" in text:
        return plain(text)
    return f"`{text}`"
