"""JUnit XML, as continuous-integration servers read test reports: a rule is a test case.

There is no standard; this is the common part of what Ant wrote and Jenkins, GitLab, Azure and
CircleCI read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from bylaw.report.layout import place, visible

if TYPE_CHECKING:
    from bylaw.errors import Diagnostic
    from bylaw.finding import Finding
    from bylaw.result import CheckResult

_SUITE = "bylaw"
# What XML 1.0 cannot hold, even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_junit(result: CheckResult) -> str:
    """Write the outcome of ``bylaw check`` as a JUnit report.

    Each finding is a failed case, a note a passed one with its text as output; what kept the run
    from seeing everything is an error. A clear run is one passed case, since a report without
    any counts as a broken one.

    Args:
        result: what the run found.

    Returns:
        An XML document.
    """
    cases = [_finding_case(finding) for finding in result.findings]
    cases += [_error_case(error) for error in result.errors]
    if not cases:
        attributes = {"name": "check", "classname": _SUITE, "time": "0"}
        cases.append(ElementTree.Element("testcase", attributes))
    failures = sum(finding.severity != "note" for finding in result.findings)
    counts = {
        "tests": str(len(cases)), "failures": str(failures), "errors": str(len(result.errors)),
    }  # fmt: skip
    suites = ElementTree.Element("testsuites", {"name": _SUITE, **counts, "time": "0"})
    suite = ElementTree.SubElement(
        suites, "testsuite", {"name": _SUITE, **counts, "skipped": "0", "time": "0"}
    )
    suite.extend(cases)
    ElementTree.indent(suites)
    # In ASCII with character references it is right in every encoding a terminal may have.
    document: bytes = ElementTree.tostring(suites, encoding="us-ascii")
    return document.decode() + "\n"


def _finding_case(finding: Finding) -> ElementTree.Element:
    case = _case(f"{finding.rule} {place(finding.path, finding.line)}", finding.path, finding.line)
    doubt = "" if finding.confidence == "definite" else f" ({finding.confidence})"
    lines = [place(finding.path, finding.line, finding.column)]
    for step in finding.witness:
        where = place(step.path, step.line)
        lines.append(f"  {where}  {visible(step.symbol)}  {visible(step.note)}")
    if finding.mend:
        lines.append(f"mend: {visible(finding.mend)}")
    message = visible(finding.message) + doubt
    if finding.severity == "note":
        _text(ElementTree.SubElement(case, "system-out"), "\n".join([message, *lines]))
        return case
    kind = f"{finding.severity} {finding.rule}"
    failure = ElementTree.SubElement(case, "failure", {"message": _clean(message), "type": kind})
    _text(failure, "\n".join(lines))
    return case


def _error_case(error: Diagnostic) -> ElementTree.Element:
    case = _case(f"{error.code} {place(error.path, error.line)}".strip(), error.path, error.line)
    attributes = {"message": _clean(visible(error.message)), "type": _clean(error.code)}
    _text(ElementTree.SubElement(case, "error", attributes), f"hint: {visible(error.hint)}")
    return case


def _case(name: str, path: str, line: int) -> ElementTree.Element:
    shown = visible(path)
    module = shown.removesuffix(".py").replace("/", ".")
    attributes = {"name": _clean(name), "classname": _clean(module or _SUITE), "time": "0"}
    if path:
        attributes |= {"file": _clean(shown), "line": str(max(1, line))}
    return ElementTree.Element("testcase", attributes)


def _text(element: ElementTree.Element, text: str) -> None:
    element.text = _clean(text)


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
