from __future__ import annotations

import random

from bylaw.finding import Finding
from bylaw.findings.fingerprint import assign_fingerprints


def _finding(line: int = 3, **changes: str) -> Finding:
    base = Finding("r", (), "error", "definite", "a.py", line, 1, line, "a.f", "message")
    return base._replace(**changes)  # type: ignore[arg-type]


def _prints(*findings: Finding) -> list[str]:
    return [finding.fingerprint for finding in assign_fingerprints(findings)]


def test_assign_fingerprints_moved_line_and_new_message_keep_identity() -> None:
    assert _prints(_finding(3)) == _prints(_finding(300, message="other words"))


def test_assign_fingerprints_each_part_of_identity_counts() -> None:
    changes: list[dict[str, str]] = [
        {},
        {"rule": "q"},
        {"path": "b.py"},
        {"symbol": "a.g"},
        {"sink": "open"},
    ]
    prints = [_prints(_finding(3, **change))[0] for change in changes]
    assert len(set(prints)) == len(changes)
    assert all(len(value) == 32 and int(value, 16) >= 0 for value in prints)


def test_assign_fingerprints_shifted_boundary_differs() -> None:
    assert _prints(_finding(symbol="ab", sink="c")) != _prints(_finding(symbol="a", sink="bc"))


def test_assign_fingerprints_equal_ones_are_numbered_by_position() -> None:
    first, second = _prints(_finding(3), _finding(9))
    assert first != second
    assert _prints(_finding(9), _finding(3)) == [second, first]


def test_assign_fingerprints_order_of_input_changes_nothing() -> None:
    findings = [_finding(line, symbol=f"a.f{line % 3}") for line in range(1, 20)]
    expected = dict(zip(findings, _prints(*findings), strict=True))
    random.Random(7).shuffle(findings)
    assert dict(zip(findings, _prints(*findings), strict=True)) == expected


def test_assign_fingerprints_undecodable_path_is_accepted() -> None:
    assert _prints(_finding(path="\udcff.py")) != _prints(_finding(path="\ud800.py"))
