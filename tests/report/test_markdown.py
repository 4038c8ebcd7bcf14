from __future__ import annotations

from typing import TYPE_CHECKING

from bylaw.report.markdown import render_markdown
from bylaw.result import Left, MendReport

if TYPE_CHECKING:
    from collections.abc import Callable

    from bylaw.finding import Finding
    from bylaw.result import CheckResult


def test_render_markdown_everything_matches_golden(
    result: CheckResult, golden: Callable[[str, str], None]
) -> None:
    golden("everything.md", render_markdown(result))


def test_render_markdown_clear_run_says_so(clear: CheckResult) -> None:
    assert render_markdown(clear).startswith("## Bylaw: all clear\n")


def test_render_markdown_nothing_analysed_is_no_pass(nothing: CheckResult) -> None:
    assert "this is not a pass" in render_markdown(nothing).splitlines()[0]


def test_render_markdown_incomplete_lists_the_problems(result: CheckResult) -> None:
    text = render_markdown(result)
    assert text.startswith("## Bylaw: incomplete, ")
    assert "- `app/broken.py:19` " in text


def test_render_markdown_rows_have_four_cells_whatever_they_say(
    result: CheckResult, finding: Callable[..., Finding]
) -> None:
    text = "a|b `c` <img src=x> [x](y) @team #1 $x$\n| d |"
    odd = finding(path="a|`b.py", message=text, mend=text)
    shown = render_markdown(result._replace(findings=(odd,), errors=()))
    [row] = [line for line in shown.splitlines() if line.startswith("| ") and "Place" not in line]
    assert row.replace("\\|", "").count("|") == 5
    assert row.count("<img") == row.count("\\<img") == 2
    assert row.count("](y)") == row.count("\\](y)") == 2
    assert "\\@team" in row


def test_render_markdown_long_reports_are_cut_and_say_so(
    clear: CheckResult, finding: Callable[..., Finding]
) -> None:
    many = tuple(finding(line=number) for number in range(1, 1001))
    shown = render_markdown(clear._replace(findings=many))
    assert len(shown) < 65_536
    assert "more findings are not listed here" in shown


def test_render_markdown_mends_are_counted(clear: CheckResult) -> None:
    report = MendReport(3, 2, 1, (Left("a.py", 3, "relative-import", "it is odd"),), True)
    shown = render_markdown(clear._replace(mends=report))
    assert "- 3 findings mended in 2 files, up to 1 more with --unsafe-fixes\n" in shown
    assert "left: a.py:3 relative-import: it is odd" in shown
