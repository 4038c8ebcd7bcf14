from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bylaw.report.json_report import render_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from bylaw.finding import Finding
    from bylaw.result import CheckResult

_TOP = ["schema", "tool", "root", "summary", "findings", "errors", "not_verified"]
_FINDING = [
    "rule",
    "clauses",
    "severity",
    "confidence",
    "path",
    "line",
    "column",
    "end_line",
    "symbol",
    "message",
    "witness",
    "fingerprint",
    "help_url",
]


def test_render_json_everything_matches_golden(
    result: CheckResult, golden: Callable[[str, str], None]
) -> None:
    golden("everything.json", render_json(result, "1.2.3", show_suppressed=True))


@pytest.mark.parametrize("name", ["result", "clear", "nothing", "stopped"])
def test_render_json_any_outcome_has_the_one_shape(
    name: str, request: pytest.FixtureRequest
) -> None:
    document = json.loads(render_json(request.getfixturevalue(name), "1.2.3"))
    assert list(document) == _TOP
    assert document["schema"] == "bylaw.check/1"
    assert document["tool"] == {"name": "bylaw", "version": "1.2.3"}
    assert document["summary"]["findings"] == len(document["findings"])
    for finding in document["findings"]:
        assert list(finding) == _FINDING
        assert all(list(s) == ["path", "line", "symbol", "note"] for s in finding["witness"])
    for error in document["errors"]:
        assert list(error) == ["code", "message", "path", "line", "hint"]


def test_render_json_show_suppressed_adds_the_silenced(result: CheckResult) -> None:
    document = json.loads(render_json(result, "1", show_suppressed=True))
    assert [s["kind"] for s in document["suppressed"]] == ["baseline", "noqa", "comment"]
    assert list(document["suppressed"][0]["finding"]) == _FINDING


def test_render_json_undecodable_path_stays_valid_utf8(
    result: CheckResult, finding: Callable[..., Finding]
) -> None:
    odd = result._replace(findings=(finding(path="app/\udcff.py"),))
    text = render_json(odd, "1").encode("utf-8")
    assert json.loads(text)["findings"][0]["path"] == "app/\udcff.py"


def test_render_json_ends_with_one_line_break(clear: CheckResult) -> None:
    text = render_json(clear, "1")
    assert text.endswith("}\n")
    assert not text.endswith("\n\n")
