from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bylaw.finding import Finding, Step
from bylaw.report.layout import visible
from bylaw.report.text import render_text
from bylaw.result import Further, Skipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from bylaw.result import CheckResult

    Golden = Callable[[str, str], None]
    MakeFinding = Callable[..., Finding]

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_SOURCE = Path(__file__).parents[2] / "src"


def _plain(result: CheckResult, **options: object) -> str:
    settings = {
        "color": False,
        "width": 80,
        "elapsed": None,
        "show_suppressed": False,
        "statistics": False,
        **options,
    }
    return render_text(result, **settings)  # type: ignore[arg-type]


def test_render_text_everything_matches_golden(result: CheckResult, golden: Golden) -> None:
    report = _plain(result, elapsed=0.4249, show_suppressed=True, statistics=True)
    golden("everything.txt", report)


def test_render_text_default_options_match_golden(result: CheckResult, golden: Golden) -> None:
    golden("default.txt", _plain(result._replace(errors=(), exit_code=1)))


def test_render_text_color_matches_golden(result: CheckResult, golden: Golden) -> None:
    report = _plain(result, color=True, width=72, show_suppressed=True, statistics=True)
    golden("color.ansi", report)


def test_render_text_clear_run_matches_golden(clear: CheckResult, golden: Golden) -> None:
    golden("clear.txt", _plain(clear, elapsed=0.05))


def test_render_text_nothing_analysed_matches_golden(nothing: CheckResult, golden: Golden) -> None:
    golden("nothing.txt", _plain(nothing))


def test_render_text_stopped_run_matches_golden(stopped: CheckResult, golden: Golden) -> None:
    golden("stopped.txt", _plain(stopped))


def test_render_text_wide_color_says_the_same_as_plain(result: CheckResult) -> None:
    colored = _plain(result, color=True, width=1000)
    assert _ANSI.sub("", colored) == _plain(result)


def test_render_text_narrow_color_breaks_no_place(result: CheckResult) -> None:
    lines = _ANSI.sub("", _plain(result, color=True, width=40)).splitlines()
    assert any(line.startswith("app/routes/r01.py:31:12:") for line in lines)
    assert any("app/settings.py:21" in line for line in lines)


def test_render_text_unknown_terminal_environment_changes_nothing(
    result: CheckResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = _plain(result, color=True)
    for name, value in (("NO_COLOR", "1"), ("TERM", "dumb"), ("COLUMNS", "10")):
        monkeypatch.setenv(name, value)
    assert _plain(result, color=True) == usual


def test_render_text_plain_imports_nothing_heavy() -> None:
    code = (
        "import sys; import bylaw.report.text as text; from bylaw.result import *;"
        "text.render_text(CheckResult('/x', Summary(0,0,(),0,0,0,0,0),(),(),(),(),3), color=False,"
        "width=80, elapsed=None, show_suppressed=True, statistics=True);"
        "heavy = {'rich', 'json', 'hashlib', 'dataclasses', 'pathlib'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    environment = {**os.environ, "PYTHONPATH": str(_SOURCE)}
    subprocess.run([sys.executable, "-S", "-c", code], check=True, env=environment)


def test_render_text_clear_run_says_what_was_analysed(clear: CheckResult) -> None:
    report = _plain(clear)
    assert "All clear: no errors or warnings in 717 files analysed" in report


def test_render_text_clear_run_with_baseline_says_nothing_new(clear: CheckResult) -> None:
    held = clear._replace(summary=clear.summary._replace(baselined=3))
    assert "no new errors or warnings" in _plain(held)


@pytest.mark.parametrize("exit_code", [0, 1, 2, 3])
def test_render_text_nothing_analysed_is_never_clear(nothing: CheckResult, exit_code: int) -> None:
    report = _plain(nothing._replace(exit_code=exit_code))
    assert "NOTHING WAS ANALYSED" in report
    assert "clear" not in report.lower()


def test_render_text_all_files_skipped_is_never_clear(nothing: CheckResult) -> None:
    skipped = (Skipped("a.py", "not valid UTF-8"), Skipped("b.py", "vendored"))
    summary = nothing.summary._replace(files=2, skipped=skipped)
    report = _plain(nothing._replace(summary=summary))
    assert "none of the 2 Python files under /srv/shop backend could be analysed" in report


@pytest.mark.parametrize("exit_code", [2, 3])
def test_render_text_incomplete_without_errors_is_never_clear(
    clear: CheckResult, exit_code: int
) -> None:
    report = _plain(clear._replace(exit_code=exit_code))
    assert "INCOMPLETE" in report
    assert "clear" not in report.lower()


def test_render_text_five_findings_of_one_sink_are_listed_singly(result: CheckResult) -> None:
    five = tuple(f for f in result.findings if f.rule == "blocking-call-in-async")[:5]
    report = _plain(result._replace(findings=five))
    assert report.count(": error blocking-call-in-async") == 5
    assert "more scope" not in report


def test_render_text_six_findings_of_one_sink_are_grouped(result: CheckResult) -> None:
    six = tuple(f for f in result.findings if f.rule == "blocking-call-in-async")[:6]
    report = _plain(result._replace(findings=six))
    assert report.count(": error blocking-call-in-async") == 1
    assert "5 more scopes reach requests.get at app/rates.py:44:" in report
    assert "see --format json" not in report


def test_render_text_other_last_step_is_not_grouped(result: CheckResult) -> None:
    six = [f for f in result.findings if f.rule == "blocking-call-in-async"][:6]
    other = six[0].witness[-1]._replace(line=45)
    six[0] = six[0]._replace(witness=(six[0].witness[0], other))
    report = _plain(result._replace(findings=tuple(six)))
    assert report.count(": error blocking-call-in-async") == 6


def test_render_text_group_of_mixed_severity_shows_the_gravest(result: CheckResult) -> None:
    six = [f for f in result.findings if f.rule == "blocking-call-in-async"][:6]
    mixed = [f._replace(severity="warning") for f in six[:3]] + six[3:]
    report = _plain(result._replace(findings=tuple(mixed)))
    assert "app/routes/r04.py:34:12: error blocking-call-in-async" in report
    assert "warning blocking-call-in-async" not in report


def test_render_text_many_warnings_of_one_scope_are_one_entry(
    result: CheckResult, finding: MakeFinding
) -> None:
    many = tuple(
        finding(
            severity="warning", path="app/settings.py", line=line, symbol="app.settings",
            sink=f'os.environ["V{line}"]',
            witness=(Step("app/settings.py", line, "app.settings", "reads"),),
        )
        for line in range(1, 21)
    )  # fmt: skip
    report = _plain(result._replace(findings=many))
    assert report.count("app/settings.py:1:") == 1
    assert "19 more in app.settings: lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 9 more" in report


def test_render_text_many_errors_of_one_scope_are_listed_singly(
    result: CheckResult, finding: MakeFinding
) -> None:
    many = tuple(
        finding(
            path="app/main.py", line=line, sink=f"V{line}",
            witness=(Step("app/main.py", line, "app.main", "reads"),),
        )
        for line in range(1, 21)
    )  # fmt: skip
    report = _plain(result._replace(findings=many))
    assert sum(f"app/main.py:{line}:" in report for line in range(1, 21)) == 20


def test_render_text_long_witness_shows_both_ends(
    result: CheckResult, finding: MakeFinding
) -> None:
    steps = tuple(Step("a.py", n, f"a.f{n}", f"calls a.f{n + 1}") for n in range(1, 41))
    report = _plain(result._replace(findings=(finding(witness=steps),)))
    assert "a.py:1 " in report
    assert "a.py:40 " in report
    assert "... 28 steps more: see --format json" in report
    assert "a.py:20 " not in report


def test_render_text_hostile_path_cannot_command_the_terminal(
    result: CheckResult, finding: MakeFinding
) -> None:
    hostile = finding(
        path="app/\x1b[31mred\n[bold]x[/bold]\u202e.py",
        message="line one\nline two\x07 \udcff",
        symbol="a\x00b",
        mend="\x9bmend",
        witness=(Step("\x1b]8;;http://evil\x07.py", 1, "s\r", "n\u2066"),),
    )
    plain = _plain(result._replace(findings=(hostile,)))
    colored = _ANSI.sub("", _plain(result._replace(findings=(hostile,)), color=True, width=2000))
    for report in (plain, colored):
        assert all(char.isprintable() for char in report.replace("\n", ""))
        assert "app/\\x1b[31mred\\n[bold]x[/bold]\\u202e.py:12:1: error" in report
        report.encode("utf-8")


def test_render_text_statistics_without_findings_has_no_table(clear: CheckResult) -> None:
    assert "statistics" not in _plain(clear, statistics=True)


def test_render_text_many_import_roots_are_cut(clear: CheckResult) -> None:
    roots = tuple(f"services/s{n}" for n in range(30))
    assert "services/s7 and 22 more" in _plain(clear._replace(import_roots=roots))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain größe 数", "plain größe 数"),
        ("a\tb\r\n", "a\\tb\\r\\n"),
        ("\x00\x1b\x7f\x9b", "\\x00\\x1b\\x7f\\x9b"),
        ("\u202eabc\U000e0001", "\\u202eabc\\U000e0001"),
        ("\udc80", "\\udc80"),
        ("\u2028", "\\u2028"),
    ],
)
def test_visible_unprintable_characters_become_escapes(text: str, expected: str) -> None:
    assert visible(text) == expected


def test_visible_overlong_text_is_cut() -> None:
    assert visible("x" * 5000) == "x" * 1000 + "..."


_NEWCOMER = (Further("constitution", 20, 694), Further("fastapi-strict", 9, 75))


def _many(severity: str, count: int) -> list[Finding]:
    return [
        Finding(f"{severity}-rule", (), severity, "definite", f"app/m{number:03}.py", 1, 1, 1, "m",
                "is wrong", "mend it", f"sink{number}")
        for number in range(count)
    ]  # fmt: skip


@pytest.mark.parametrize(("severity", "shown"), [("error", 10), ("warning", 2), ("note", 0)])
def test_render_text_newcomer_many_findings_are_cut_by_rule(
    clear: CheckResult, severity: str, shown: int
) -> None:
    found = tuple(_many(severity, 60) + (_many("warning", 30) if severity != "warning" else []))
    text = _plain(clear._replace(findings=found, further=_NEWCOMER, exit_code=1))
    assert text.count(f": {severity} {severity}-rule") == shown
    rest = [line for line in text.splitlines() if f"--select {severity}-rule" in line]
    assert [line.split()[0] for line in rest] == [str(60 - shown)]
    assert "constitution 694, fastapi-strict 75" in text
    assert "bylaw check --select constitution" in text


def test_render_text_newcomer_few_findings_are_shown_in_full(clear: CheckResult) -> None:
    found = tuple(_many("warning", 20))
    text = _plain(clear._replace(findings=found, further=_NEWCOMER, exit_code=1))
    assert text.count(": warning warning-rule") == 20
    assert text.count("mend: mend it") == 20


def test_render_text_configured_everything_is_shown(clear: CheckResult) -> None:
    text = _plain(clear._replace(findings=tuple(_many("warning", 60)), exit_code=1))
    assert text.count(": warning warning-rule") == 60
    assert "strict packs" not in text
