"""GitLab Code Quality: findings as the widget of a merge request reads them.

The format is GitLab's subset of the Code Climate specification: an array of objects with
``description``, ``check_name``, ``fingerprint``, ``severity`` and ``location``, without a byte
order mark.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from bylaw.report.json_report import json_text
from bylaw.report.layout import visible

if TYPE_CHECKING:
    from bylaw.errors import Diagnostic
    from bylaw.finding import Finding
    from bylaw.result import CheckResult

# GitLab's own words: info, minor, major, critical, blocker.
_SEVERITIES = (("error", "critical"), ("warning", "major"), ("note", "info"))


def render_gitlab(result: CheckResult, *, prefix: str = "") -> str:
    """Write the outcome of ``bylaw check`` as a Code Quality report.

    Args:
        result: what the run found.
        prefix: folder of the root inside the repository: GitLab takes paths from its top.

    Returns:
        A JSON array; what kept the run from seeing everything is in it as blockers.
    """
    folder = prefix.strip("/") + "/" if prefix.strip("/") else ""
    rows = [_finding(finding, folder) for finding in result.findings]
    return json_text([*rows, *(_error(error, folder) for error in result.errors)])


def _finding(finding: Finding, folder: str) -> dict[str, object]:
    doubt = "" if finding.confidence == "definite" else f" ({finding.confidence})"
    lines = {"begin": max(1, finding.line), "end": max(1, finding.line, finding.end_line)}
    mend = f" (mend: {visible(finding.mend)})" if finding.mend else ""
    return {
        "description": visible(finding.message) + doubt + mend,
        "check_name": finding.rule,
        "fingerprint": _digest(folder, finding.fingerprint, finding.rule, finding.path),
        "severity": dict(_SEVERITIES)[finding.severity],
        "location": {"path": folder + finding.path, "lines": lines},
    }


def _error(error: Diagnostic, folder: str) -> dict[str, object]:
    path = folder + error.path if error.path else "."
    return {
        "description": f"{visible(error.message)} ({visible(error.hint)})",
        "check_name": error.code,
        "fingerprint": _digest(folder, error.code, error.path, error.message),
        "severity": "blocker",
        "location": {"path": path, "lines": {"begin": max(1, error.line)}},
    }


def _digest(*parts: str) -> str:
    """GitLab compares fingerprints and takes equal ones for the same finding."""
    text = "\0".join(parts).encode("utf-8", "surrogateescape")
    return hashlib.blake2b(text, digest_size=16).hexdigest()
