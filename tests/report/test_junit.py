from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from bylaw.report.junit import render_junit

if TYPE_CHECKING:
    from collections.abc import Callable

    from bylaw.finding import Finding
    from bylaw.result import CheckResult

# What Jenkins' and Ant's schemas allow inside each element, and ask of it.
_CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "error", "system-out"},
    "failure": set(),
    "error": set(),
    "system-out": set(),
}
_REQUIRED = {
    "testsuites": {"tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors"},
    "testcase": {"name", "classname"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "system-out": set(),
}


def _tree(text: str) -> ElementTree.Element:
    root = ElementTree.fromstring(text.encode())
    assert root.tag == "testsuites"
    for element in root.iter():
        assert {child.tag for child in element} <= _CHILDREN[element.tag]
        assert set(element.attrib) >= _REQUIRED[element.tag]
    for suite in (root, *root.findall("testsuite")):
        assert int(suite.attrib["tests"]) == len(list(suite.iter("testcase")))
        assert int(suite.attrib["failures"]) == len(list(suite.iter("failure")))
        assert int(suite.attrib["errors"]) == len(list(suite.iter("error")))
    return root


def test_render_junit_everything_matches_golden(
    result: CheckResult, golden: Callable[[str, str], None]
) -> None:
    golden("everything.junit.xml", render_junit(result))


@pytest.mark.parametrize("name", ["result", "clear", "nothing", "stopped"])
def test_render_junit_is_well_formed_and_counts_itself(
    name: str, request: pytest.FixtureRequest
) -> None:
    shown: CheckResult = request.getfixturevalue(name)
    root = _tree(render_junit(shown))

    failures = [each for each in shown.findings if each.severity != "note"]
    assert (len(list(root.iter("failure"))), len(list(root.iter("error")))) == (
        len(failures), len(shown.errors),
    )  # fmt: skip


def test_render_junit_clear_run_is_one_passed_case(clear: CheckResult) -> None:
    [case] = _tree(render_junit(clear)).iter("testcase")
    assert not list(case)


def test_render_junit_notes_do_not_fail(result: CheckResult) -> None:
    notes = tuple(each for each in result.findings if each.severity == "note")
    root = _tree(render_junit(result._replace(findings=notes, errors=())))
    assert root.attrib["failures"] == "0"
    assert len(list(root.iter("system-out"))) == len(notes)


def test_render_junit_hostile_text_stays_text(
    result: CheckResult, finding: Callable[..., Finding]
) -> None:
    text = "]]> <a b='c\">&amp; \x00\x08\ufffe\udcff \U0001f4a9 ü"
    odd = finding(path='a<"&\udcff.py', message=text, mend=text, rule="rule")
    root = _tree(render_junit(result._replace(findings=(odd,), errors=())))
    [failure] = root.iter("failure")
    assert "]]> <a b='c\">&amp; " in failure.attrib["message"]
    assert "\U0001f4a9 ü" in (failure.text or "")
