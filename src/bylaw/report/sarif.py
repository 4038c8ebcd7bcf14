"""SARIF 2.1.0 (OASIS Standard, 27 March 2020): findings for code-scanning platforms."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from bylaw.finding import HELP_URL, sort_key
from bylaw.report.json_report import json_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bylaw.errors import Diagnostic
    from bylaw.finding import Finding, Step
    from bylaw.result import CheckResult
    from bylaw.rules.rule import RuleInfo

SCHEMA_URI = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
FINGERPRINT_KEY = "bylaw/v1"

_ROOT = "%SRCROOT%"
# How sure a rule's findings are as a kind, in the words code-scanning platforms sort by: what
# is read off one file is surer than what follows calls across files.
_PRECISION = (
    ("file", "very-high"),
    ("flow", "high"),
    ("model", "high"),
    ("ruff", "very-high"),
    ("tool", "very-high"),
)
_PROBLEM_SEVERITY = (("error", "error"), ("note", "recommendation"), ("warning", "warning"))


def render_sarif(result: CheckResult, rules: Sequence[RuleInfo], version: str) -> str:
    """Write the outcome of ``bylaw check`` as a SARIF log.

    Witnesses become code flows. Silenced findings stay in the log as suppressed results, so
    that a platform closes their alerts instead of reopening them.

    Args:
        result: what the run found.
        rules: the rules that exist; findings refer to them by index.
        version: version of Bylaw.

    Returns:
        The same text for the same result, ended by a line break.
    """
    ordered = sorted(rules, key=lambda rule: rule.name)
    indexes = {rule.name: index for index, rule in enumerate(ordered)}
    run = {
        "tool": {
            "driver": {
                "name": "bylaw",
                "version": version,
                "informationUri": HELP_URL.removesuffix("rules/"),
                "rules": [_rule(rule) for rule in ordered],
            }
        },
        "invocations": [_invocation(result)],
        "originalUriBaseIds": {_ROOT: {"uri": _root_uri(result.root)}},
        "columnKind": "unicodeCodePoints",
        "results": _results(result, indexes),
    }
    return json_text({"$schema": SCHEMA_URI, "version": "2.1.0", "runs": [run]})


def _rule(rule: RuleInfo) -> dict[str, object]:
    page = rule.help_url
    mend = f"Mend: {rule.mend}" if rule.mend else rule.summary
    linked = {"text": f"{mend}\n{page}", "markdown": f"{mend}\n\n[{rule.name}]({page})"}
    return {
        "id": rule.name,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "help": linked if page else {"text": mend, "markdown": mend},
        **({"helpUri": page} if page else {}),
        "defaultConfiguration": {"enabled": rule.default, "level": rule.severity},
        "properties": {
            "tags": list(rule.clauses),
            "precision": dict(_PRECISION).get(rule.how, "high"),
            "problem.severity": dict(_PROBLEM_SEVERITY)[rule.severity],
            **({"plugin": rule.plugin} if rule.plugin else {}),
        },
    }


def _results(result: CheckResult, indexes: Mapping[str, int]) -> list[dict[str, object]]:
    rows = [(finding, _result(finding, indexes, [])) for finding in result.findings]
    for item in result.suppressed:
        external = item.kind == "baseline"
        suppression = {"kind": "external" if external else "inSource", "status": "accepted"}
        justification = item.reason or {"baseline": "held by the baseline"}.get(item.kind, "noqa")
        suppression["justification"] = justification
        rows.append((item.finding, _result(item.finding, indexes, [suppression])))
    return [row for _, row in sorted(rows, key=lambda pair: sort_key(pair[0]))]


def _result(
    finding: Finding, indexes: Mapping[str, int], suppressions: list[dict[str, str]]
) -> dict[str, object]:
    row: dict[str, object] = {"ruleId": finding.rule}
    if finding.rule in indexes:
        row["ruleIndex"] = indexes[finding.rule]
    region = {
        "startLine": max(1, finding.line),
        "startColumn": max(1, finding.column),
        "endLine": max(1, finding.line, finding.end_line),
    }
    row["kind"] = "fail"
    row["level"] = finding.severity
    row["message"] = {"text": finding.message}
    row["locations"] = [_location(finding.path, region, finding.symbol)]
    if finding.witness:
        steps = [_flow_step(step, depth) for depth, step in enumerate(finding.witness)]
        row["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    if finding.fingerprint:
        row["partialFingerprints"] = {FINGERPRINT_KEY: finding.fingerprint}
    # Present and empty means "not suppressed"; absent would mean "unknown".
    row["suppressions"] = suppressions
    row["properties"] = {"confidence": finding.confidence, "clauses": list(finding.clauses)}
    return row


def _flow_step(step: Step, depth: int) -> dict[str, object]:
    location = _location(step.path, {"startLine": max(1, step.line)}, step.symbol)
    location["message"] = {"text": step.note or step.symbol or step.path}
    return {"location": location, "nestingLevel": depth}


def _location(path: str, region: dict[str, int] | None, symbol: str = "") -> dict[str, object]:
    physical: dict[str, object] = {"artifactLocation": {"uri": _quoted(path), "uriBaseId": _ROOT}}
    if region is not None:
        physical["region"] = region
    location: dict[str, object] = {"physicalLocation": physical}
    if symbol:
        location["logicalLocations"] = [{"fullyQualifiedName": symbol}]
    return location


def _invocation(result: CheckResult) -> dict[str, object]:
    complete = not result.errors and result.exit_code in (0, 1)
    return {
        "executionSuccessful": complete,
        "exitCode": result.exit_code,
        "toolExecutionNotifications": [_notification(error) for error in result.errors],
    }


def _notification(error: Diagnostic) -> dict[str, object]:
    text = f"{error.message}\nHint: {error.hint}" if error.hint else error.message
    row: dict[str, object] = {
        "descriptor": {"id": error.code},
        "level": "error",
        "message": {"text": text},
    }
    if error.path:
        region = {"startLine": error.line} if error.line else None
        row["locations"] = [_location(error.path, region)]
    return row


def _root_uri(root: str) -> str:
    path = root.replace("\\", "/").strip("/")
    return f"file:///{_quoted(path)}/" if path else "file:///"


def _quoted(path: str) -> str:
    """A path as a URI reference; undecodable bytes come out as the bytes they were."""
    try:
        return quote(path.encode("utf-8", "surrogateescape"), safe="/")
    except UnicodeEncodeError:
        # A surrogate that stands for no byte: no file system gave us this path.
        return quote(path.encode("utf-8", "replace"), safe="/")
