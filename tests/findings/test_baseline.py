from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaw.errors import BaselineError
from bylaw.finding import Finding, sort_key
from bylaw.findings.baseline import (
    Baseline,
    BaselineEntry,
    apply_baseline,
    baseline_text,
    grown,
    load_baseline,
    stale_findings,
    updated,
    write_baseline,
)

if TYPE_CHECKING:
    from pathlib import Path


def _finding(
    line: int = 1, rule: str = "r", symbol: str = "a.f", sink: str = "open", path: str = "a.py"
) -> Finding:
    return Finding(rule, (), "error", "definite", path, line, 1, line, symbol, "m", sink=sink)


def _entry(
    number: int = 1, rule: str = "r", symbol: str = "a.f", sink: str = "open", path: str = "a.py"
) -> BaselineEntry:
    return BaselineEntry(rule, symbol, sink, path, number)


def _unplaced(baseline: Baseline) -> list[BaselineEntry]:
    return [entry._replace(line=1) for entry in baseline.entries]


_NAMES = st.sampled_from(["", "a", "b", "größe", 'q"\\', "\udcff", "\n"])
_FINDINGS = st.lists(
    st.builds(_finding, st.integers(1, 30), _NAMES, _NAMES, _NAMES, _NAMES), max_size=25
)


@given(_FINDINGS)
def test_baseline_written_and_read_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, findings: list[Finding]
) -> None:
    path = str(tmp_path_factory.mktemp("baseline") / "baseline.json")
    baseline = grown(Baseline(), findings)
    write_baseline(path, baseline)
    again = load_baseline(path)
    lines = baseline_text(baseline).splitlines()
    assert _unplaced(again) == _unplaced(baseline)
    assert baseline_text(again).splitlines() == lines
    for entry in again.entries:
        assert json.loads(lines[entry.line - 1].strip().rstrip(","))["path"] == entry.path


@given(_FINDINGS)
def test_grown_holds_every_finding(findings: list[Finding]) -> None:
    match = apply_baseline(findings, grown(Baseline(), findings))
    assert match == ((), tuple(sorted(findings, key=sort_key)), ())


@given(_FINDINGS, _FINDINGS)
def test_apply_baseline_loses_and_invents_nothing(old: list[Finding], new: list[Finding]) -> None:
    baseline = grown(Baseline(), old)
    kept, baselined, stale = apply_baseline(new, baseline)
    assert sorted([*kept, *baselined]) == sorted(new)
    assert len(baselined) + sum(entry.number for entry in stale) == len(old)


@given(_FINDINGS, _FINDINGS)
def test_updated_only_lowers(old: list[Finding], new: list[Finding]) -> None:
    baseline = grown(Baseline(), old)
    lowered = updated(baseline, new)
    before = {entry[:4]: entry.number for entry in baseline.entries}
    assert all(entry.number <= before[entry[:4]] for entry in lowered.entries)
    assert apply_baseline(new, lowered).stale == ()
    assert apply_baseline(new, lowered).kept == apply_baseline(new, baseline).kept


@given(_FINDINGS, _FINDINGS)
def test_grown_covers_old_and_new(old: list[Finding], new: list[Finding]) -> None:
    baseline = grown(grown(Baseline(), old), new)
    assert apply_baseline(new, baseline).kept == ()
    assert apply_baseline(old, baseline).kept == ()


def test_apply_baseline_moved_line_still_matches() -> None:
    match = apply_baseline([_finding(90)], Baseline((_entry(),)))
    assert (match.kept, match.stale) == ((), ())


def test_apply_baseline_more_than_counted_keeps_the_later_ones() -> None:
    match = apply_baseline([_finding(30), _finding(10), _finding(20)], Baseline((_entry(2),)))
    assert [f.line for f in match.baselined] == [10, 20]
    assert [f.line for f in match.kept] == [30]


def test_apply_baseline_moved_file_still_matches() -> None:
    match = apply_baseline([_finding(path="moved.py")], Baseline((_entry(),)))
    assert (match.kept, match.stale) == ((), ())


def test_apply_baseline_own_path_goes_before_a_moved_file() -> None:
    findings = [_finding(path="0.py"), _finding(path="a.py")]
    match = apply_baseline(findings, Baseline((_entry(),)))
    assert [f.path for f in match.kept] == ["0.py"]


@pytest.mark.parametrize("change", [{"rule": "q"}, {"symbol": "a.g"}, {"sink": "socket"}])
def test_apply_baseline_other_identity_is_new(change: dict[str, str]) -> None:
    match = apply_baseline([_finding(**change)], Baseline((_entry(),)))  # type: ignore[arg-type]
    assert len(match.kept) == 1
    assert match.stale == (_entry(),)


def test_apply_baseline_rule_that_did_not_run_is_not_stale() -> None:
    baseline = Baseline((_entry(), _entry(rule="q")))
    assert apply_baseline([], baseline, enabled_rules={"q"}).stale == (_entry(rule="q"),)
    assert updated(baseline, [], enabled_rules={"q"}) == Baseline((_entry(),))


def test_apply_baseline_partly_gone_entry_is_stale_by_the_rest() -> None:
    assert apply_baseline([_finding()], Baseline((_entry(3),))).stale == (_entry(2),)


def test_apply_baseline_huge_count_takes_no_time() -> None:
    match = apply_baseline([_finding(path="b.py")], Baseline((_entry(10**15),)))
    assert match.stale == (_entry(10**15 - 1),)


def test_grown_stale_entry_stays() -> None:
    baseline = Baseline((_entry(symbol="gone"),))
    assert _entry(symbol="gone") in grown(baseline, [_finding()]).entries


def test_baseline_text_is_sorted_one_entry_a_line() -> None:
    text = baseline_text(Baseline((_entry(rule="b"), _entry(2, rule="a", path="größe.py"))))
    assert text == (
        "{\n"
        '  "schema": "bylaw.baseline/1",\n'
        '  "entries": [\n'
        '    {"rule": "a", "symbol": "a.f", "sink": "open", "path": "größe.py", "count": 2},\n'
        '    {"rule": "b", "symbol": "a.f", "sink": "open", "path": "a.py", "count": 1}\n'
        "  ]\n"
        "}\n"
    )


def test_load_baseline_other_layout_knows_the_lines(tmp_path: Path) -> None:
    row = {"rule": "r", "symbol": "s", "sink": "", "path": "a.py", "count": 1}
    rows = [row, {**row, "rule": "q"}]
    path = tmp_path / "b.json"
    path.write_text(json.dumps({"entries": rows, "schema": "bylaw.baseline/1"}, indent=4))
    lines = {entry.rule: entry.line for entry in load_baseline(str(path)).entries}
    assert lines == {"r": 3, "q": 10}


def test_load_baseline_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    path.write_text(baseline_text(Baseline((_entry(),))), encoding="utf-8-sig")
    assert load_baseline(str(path)).entries[0].line == 4


def test_load_baseline_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(BaselineError, match="does not exist") as caught:
        load_baseline(str(tmp_path / "none.json"))
    assert "--grow-baseline" in caught.value.hint
    assert caught.value.exit_code == 2


def test_load_baseline_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BaselineError, match="cannot be read"):
        load_baseline(str(tmp_path))


_GOOD = '{"rule":"r","symbol":"s","sink":"","path":"a.py","count":1}'


@pytest.mark.parametrize(
    ("content", "message", "line"),
    [
        ('{\n  "schema": "bylaw.baseline/1",\n<<<<<<< ours\n', "not valid JSON", 3),
        ("", "not valid JSON", 1),
        ("[" * 100_000, "not valid JSON", 1),
        ('{"schema": ' + "9" * 5000 + "}", "not valid JSON", 1),
        ("[]", "not a JSON object", 1),
        ('{"schema": "bylaw.baseline/9", "entries": []}', "does not say", 1),
        ('{"schema": "bylaw.baseline/1"}', 'no list of "entries"', 1),
        ('{"schema": "bylaw.baseline/1", "entries": [], "x": 1}', "unknown key: x", 1),
        (
            '{"schema": "bylaw.baseline/1", "entries": [\n' + _GOOD + ",\n7]}",
            r"not an object \(number 2\)",
            3,
        ),
        (
            '{"schema": "bylaw.baseline/1", "entries": [\n' + _GOOD.replace("1}", "0}") + "]}",
            "not a number of at least 1",
            2,
        ),
        (
            '{"schema": "bylaw.baseline/1", "entries": [\n' + _GOOD.replace("1}", "true}") + "]}",
            "not a number of at least 1",
            2,
        ),
        (
            '{"schema": "bylaw.baseline/1", "entries": [\n\n{"rule": "r"}]}',
            'without a text "symbol"',
            3,
        ),
        (
            '{"schema": "bylaw.baseline/1", "entries": [\n' + _GOOD.replace("}", ',"x":1}') + "]}",
            "unknown key x",
            2,
        ),
    ],
)
def test_load_baseline_malformed_file_says_where(
    tmp_path: Path, content: str, message: str, line: int
) -> None:
    path = tmp_path / "b.json"
    path.write_text(content)
    with pytest.raises(BaselineError, match=message) as caught:
        load_baseline(str(path))
    assert caught.value.line == line
    assert caught.value.path == str(path)
    assert caught.value.hint


def test_load_baseline_other_encoding_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    path.write_bytes('{"größe"'.encode("latin-1"))
    with pytest.raises(BaselineError, match="not UTF-8"):
        load_baseline(str(path))


@given(st.text(max_size=200))
def test_load_baseline_any_text_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: str
) -> None:
    path = tmp_path_factory.mktemp("baseline") / "b.json"
    path.write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(BaselineError):
        load_baseline(str(path))


def test_write_baseline_leaves_no_other_file(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    path.write_text("old")
    write_baseline(str(path), Baseline((_entry(),)))
    assert os.listdir(tmp_path) == ["b.json"]
    assert load_baseline(str(path)).entries == (_entry()._replace(line=4),)


def test_write_baseline_symbolic_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "real.json", tmp_path / "b.json"
    target.write_text("old")
    link.symlink_to(target)
    write_baseline(str(link), Baseline())
    assert link.is_symlink()
    assert load_baseline(str(target)) == Baseline()


def test_write_baseline_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BaselineError, match="cannot be written"):
        write_baseline(str(tmp_path / "no" / "b.json"), Baseline())


def test_write_baseline_failed_replace_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "b.json"
    path.write_text("old")

    def refuse(_source: str, _target: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("bylaw.findings.baseline.os.replace", refuse)
    with pytest.raises(BaselineError, match="Permission denied"):
        write_baseline(str(path), Baseline((_entry(),)))
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["b.json"]


def test_stale_findings_point_at_the_entry() -> None:
    found = stale_findings("bylaw-baseline.json", [_entry(2)._replace(line=7)])
    assert [(f.rule, f.severity, f.path, f.line, f.end_line) for f in found] == [
        ("stale-baseline", "warning", "bylaw-baseline.json", 7, 7)
    ]
    assert found[0].message == "the baseline holds 2 findings of r in a.f (a.py) that are gone"
    assert "--update-baseline" in found[0].mend
