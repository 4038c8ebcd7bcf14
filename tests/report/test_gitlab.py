from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from bylaw.report.gitlab import render_gitlab

if TYPE_CHECKING:
    from collections.abc import Callable

    from bylaw.finding import Finding
    from bylaw.result import CheckResult

# What GitLab's documentation of the Code Quality report format asks for: the required fields,
# the five severities, one of the two ways to give lines, and paths without a leading "./".
_CODE_QUALITY = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "minLength": 1, "not": {"pattern": "^(\\./|/)"}},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {
                            "begin": {"type": "integer", "minimum": 1},
                            "end": {"type": "integer", "minimum": 1},
                        },
                    },
                },
            },
        },
    },
}


def _rows(text: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(text)
    jsonschema.validate(rows, _CODE_QUALITY)
    return rows


def test_render_gitlab_everything_matches_golden(
    result: CheckResult, golden: Callable[[str, str], None]
) -> None:
    golden("everything.gitlab.json", render_gitlab(result))


@pytest.mark.parametrize("name", ["result", "clear", "nothing", "stopped"])
def test_render_gitlab_has_the_required_fields(name: str, request: pytest.FixtureRequest) -> None:
    shown: CheckResult = request.getfixturevalue(name)
    assert len(_rows(render_gitlab(shown))) == len(shown.findings) + len(shown.errors)


def test_render_gitlab_fingerprints_are_unique_and_survive_lines(result: CheckResult) -> None:
    rows = _rows(render_gitlab(result))
    moved = tuple(each._replace(line=each.line + 7) for each in result.findings)
    again = _rows(render_gitlab(result._replace(findings=moved)))

    assert len({row["fingerprint"] for row in rows}) == len(rows)
    assert [row["fingerprint"] for row in rows] == [row["fingerprint"] for row in again]


def test_render_gitlab_prefix_leads_every_path(result: CheckResult) -> None:
    rows = _rows(render_gitlab(result, prefix="backend/"))
    assert all(
        row["location"]["path"].startswith("backend/") or row["severity"] == "blocker"
        for row in rows
    )


def test_render_gitlab_undecodable_path_is_still_json(
    result: CheckResult, finding: Callable[..., Finding]
) -> None:
    odd = finding(path="a\udcff.py", message="x\ny", fingerprint="f")
    assert len(_rows(render_gitlab(result._replace(findings=(odd,), errors=())))) == 1
