"""Workflow commands: findings as annotations on a change at GitHub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bylaw.report.layout import place, visible
from bylaw.report.tally import looked_at, tally

if TYPE_CHECKING:
    from bylaw.errors import Diagnostic
    from bylaw.finding import Finding
    from bylaw.result import CheckResult

# GitHub's own words for our severities.
_COMMANDS = (("error", "error"), ("warning", "warning"), ("note", "notice"))


def render_github(result: CheckResult, *, prefix: str = "") -> str:
    """Write the outcome of ``bylaw check`` as workflow commands.

    Args:
        result: what the run found.
        prefix: folder of the root inside the repository, with ``/``: GitHub attaches
            annotations by path from the repository's top.

    Returns:
        One command a finding and error, then a plain line with the counts.
    """
    folder = prefix.strip("/") + "/" if prefix.strip("/") else ""
    lines = [_finding_command(finding, folder) for finding in result.findings]
    lines += [_error_command(error, folder) for error in result.errors]
    nothing = "" if result.summary.analysed else "nothing was analysed, this is not a pass; "
    lines.append(f"bylaw: {nothing}{tally(result.findings)}; {looked_at(result)}")
    return "\n".join(lines) + "\n"


def _finding_command(finding: Finding, folder: str) -> str:
    doubt = "" if finding.confidence == "definite" else f" ({finding.confidence})"
    text = [visible(finding.message) + doubt]
    for step in finding.witness:
        where = place(folder + step.path, step.line)
        text.append(f"  {where}  {visible(step.symbol)}  {visible(step.note)}".rstrip())
    if finding.mend:
        text.append(f"mend: {visible(finding.mend)}")
    properties = {
        "file": folder + finding.path,
        "line": str(finding.line),
        "endLine": str(max(finding.line, finding.end_line)),
        "col": str(finding.column),
        "title": finding.rule,
    }
    return _command(dict(_COMMANDS)[finding.severity], properties, "\n".join(text))


def _error_command(error: Diagnostic, folder: str) -> str:
    properties = {}
    if error.path:
        properties["file"] = folder + error.path
        if error.line:
            properties["line"] = str(error.line)
    properties["title"] = error.code
    text = visible(error.message)
    if error.hint:
        text += f"\nhint: {visible(error.hint)}"
    return _command("error", properties, text)


def _command(name: str, properties: dict[str, str], text: str) -> str:
    pairs = ",".join(f"{key}={_property(visible(value))}" for key, value in properties.items())
    return f"::{name} {pairs}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Properties end at a comma or colon, so that these are escaped there too."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
