"""The report programs read: one shape, whatever happened."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bylaw.finding import Finding
    from bylaw.result import CheckResult, MendReport

SCHEMA = "bylaw.check/1"


def render_json(result: CheckResult, version: str, *, show_suppressed: bool = False) -> str:
    """Write the outcome of ``bylaw check`` as JSON (``bylaw.check/1``).

    Args:
        result: what the run found.
        version: version of Bylaw.
        show_suppressed: add the key ``suppressed`` with the silenced findings.

    Returns:
        The same text for the same result, ended by a line break.
    """
    summary = result.summary
    document: dict[str, object] = {
        "schema": SCHEMA,
        "tool": {"name": "bylaw", "version": version},
        "root": result.root,
        "summary": {
            "files": summary.files,
            "analysed": summary.analysed,
            "skipped": [{"path": s.path, "reason": s.reason} for s in summary.skipped],
            "findings": summary.findings,
            "suppressed": summary.suppressed,
            "baselined": summary.baselined,
            "calls_resolved": summary.calls_resolved,
            "calls_unresolved": summary.calls_unresolved,
        },
        "findings": [finding_object(finding) for finding in result.findings],
        "errors": [error.entry() for error in result.errors],
        "not_verified": [
            {"rule": each.rule, "reason": each.reason} for each in result.not_verified
        ],
    }
    if show_suppressed:
        document["suppressed"] = [
            {"finding": finding_object(s.finding), "kind": s.kind, "reason": s.reason}
            for s in result.suppressed
        ]
    if result.mends is not None:
        document["mends"] = _mends_object(result.mends)
    return json_text(document)


def _mends_object(mends: MendReport) -> dict[str, object]:
    return {
        "mended": mends.mended,
        "files": mends.files,
        "written": mends.written,
        "unsafe_available": mends.unsafe,
        "left": [
            {"path": each.path, "line": each.line, "rule": each.rule, "reason": each.reason}
            for each in mends.left
        ],
    }


def finding_object(finding: Finding) -> dict[str, object]:
    """One finding as an object of ``bylaw.check/1``."""
    told: dict[str, object] = {
        "rule": finding.rule,
        "clauses": list(finding.clauses),
        "severity": finding.severity,
        "confidence": finding.confidence,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "symbol": finding.symbol,
        "message": finding.message,
        "witness": [
            {"path": s.path, "line": s.line, "symbol": s.symbol, "note": s.note}
            for s in finding.witness
        ],
        "fingerprint": finding.fingerprint,
        "help_url": finding.help_url,
    }
    if finding.observed:
        told["observed"] = finding.observed
    return told


def json_text(document: object) -> str:
    """A document as readable JSON that any UTF-8 stream takes.

    Undecodable bytes of a path arrive as lone surrogates, which UTF-8 cannot hold;
    backslashreplace spells them as JSON's own escapes.
    """
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
