from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bylaw.errors import Diagnostic
from bylaw.report.github import render_github

if TYPE_CHECKING:
    from collections.abc import Callable

    from bylaw.finding import Finding
    from bylaw.result import CheckResult


def test_render_github_everything_matches_golden(
    result: CheckResult, golden: Callable[[str, str], None]
) -> None:
    golden("everything.github", render_github(result))


def test_render_github_property_and_data_are_escaped_apart(
    result: CheckResult, finding: Callable[..., Finding]
) -> None:
    odd = finding(path="a,b:c%.py", message="50%, done: yes", mend="", witness=())
    line = render_github(result._replace(findings=(odd,), errors=())).splitlines()[0]
    assert line == (
        "::error file=a%2Cb%3Ac%25.py,line=12,endLine=12,col=1,"
        "title=import-time-env-read::50%25, done: yes"
    )


def test_render_github_hostile_message_cannot_open_a_command(
    result: CheckResult, finding: Callable[..., Finding]
) -> None:
    odd = finding(message="x\n::set-env name=A::b\r\n", path="a\n::error::.py", witness=())
    lines = render_github(result._replace(findings=(odd,), errors=())).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("::error file=a\\n%3A%3Aerror%3A%3A.py,")


def test_render_github_note_is_a_notice(result: CheckResult) -> None:
    notes = tuple(f for f in result.findings if f.severity == "note")
    lines = render_github(result._replace(findings=notes, errors=())).splitlines()
    assert all(line.startswith("::notice ") for line in lines[:-1])


def test_render_github_prefix_leads_every_path(result: CheckResult) -> None:
    lines = render_github(result, prefix="backend/").splitlines()
    assert any("file=backend/app/main.py," in line for line in lines)
    assert any("  backend/app/settings.py:21  " in line for line in lines)
    assert any("file=backend/app/broken.py,line=19," in line for line in lines)


def test_render_github_error_without_path_has_a_title_only(clear: CheckResult) -> None:
    error = Diagnostic("usage", "no such rule: foo", hint="bylaw rules")
    first = render_github(clear._replace(errors=(error,))).splitlines()[0]
    assert first == "::error title=usage::no such rule: foo%0Ahint: bylaw rules"


@pytest.mark.parametrize("name", ["result", "clear", "nothing", "stopped"])
def test_render_github_last_line_is_plain_counts(name: str, request: pytest.FixtureRequest) -> None:
    last = render_github(request.getfixturevalue(name)).splitlines()[-1]
    assert last.startswith("bylaw: ")
    assert " analysed, " in last


def test_render_github_nothing_analysed_is_said(nothing: CheckResult) -> None:
    assert "nothing was analysed, this is not a pass" in render_github(nothing)
