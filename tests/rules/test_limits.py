"""Limits of size at their default, and what configuration makes of rules that only have notes."""

from __future__ import annotations

from pathlib import Path

import pytest

import bylaw
from bylaw.finding import Finding


def _findings(root: Path, *rules: str) -> tuple[Finding, ...]:
    (root / ".git").mkdir(exist_ok=True)
    return bylaw.check(str(root), select=rules, use_cache=False, jobs=1).findings


@pytest.mark.parametrize(("lines", "found"), [(500, 0), (501, 1)])
@pytest.mark.parametrize("last", ["", "\n"])
def test_file_too_long_at_the_limit_counts_physical_lines(
    tmp_path: Path, lines: int, found: int, last: str
) -> None:
    text = "\n".join(f"n{number} = {number}" for number in range(lines)) + last
    (tmp_path / "app.py").write_text(text, encoding="utf-8")
    assert len(_findings(tmp_path, "file-too-long")) == found


@pytest.mark.parametrize(("severity", "expected"), [("error", "error"), ("", "note")])
def test_rule_of_notes_only_takes_the_severity_it_is_given(
    tmp_path: Path, severity: str, expected: str
) -> None:
    (tmp_path / "app.py").write_text("one = 1\ntwo = 2\n", encoding="utf-8")
    line = f'severity = "{severity}"\n' if severity else ""
    config = f"[rules.file-too-long]\nlimit = 1\n{line}"
    (tmp_path / "bylaw.toml").write_text(config, encoding="utf-8")
    assert [each.severity for each in _findings(tmp_path, "file-too-long")] == [expected]


def test_sleep_in_test_where_another_rule_speaks_is_left_to_it(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    pause = "    time.sleep(1)\n"
    source = f"import time\n\n\ndef test_pause():\n{pause}\n\ndef wait():\n{pause}"
    (tmp_path / "tests" / "test_pause.py").write_text(source, encoding="utf-8")
    both = _findings(tmp_path, "sleep-in-test", "nondeterministic-test")
    assert [(each.rule, each.line) for each in both] == [
        ("nondeterministic-test", 5),
        ("sleep-in-test", 9),
    ]
    alone = _findings(tmp_path, "sleep-in-test")
    assert [each.line for each in alone] == [5, 9]
