from __future__ import annotations

from bylaw.finding import Finding, Step
from bylaw.gates.touching import changed_lines, findings_on


def finding(path: str, line: int, *steps: Step, severity: str = "error") -> Finding:
    return Finding("layer-violation", (), severity, "definite", path, line, 1, line, "f", "x",
                   witness=steps)  # fmt: skip


def test_lines_that_were_written() -> None:
    assert changed_lines(b"a\nb\nc\n", b"a\nB\nc\nd\n") == {2, 4}
    assert changed_lines(None, b"a\nb\n") == {1, 2}
    assert changed_lines(b"a\n", None) == frozenset()


def test_what_stood_beside_a_line_that_was_taken_away() -> None:
    # @requires_login between the decorator of the route and its function
    assert changed_lines(b"@get\n@login\ndef f(): ...\n", b"@get\ndef f(): ...\n") == {1, 2}
    assert changed_lines(b"a\nb\n", b"b\n") == {1}


def test_findings_on_changed_lines_and_across_them() -> None:
    lines = {"app/a.py": frozenset({3})}
    here, elsewhere = finding("app/a.py", 3), finding("app/a.py", 4)
    across = finding("app/b.py", 9, Step("app/b.py", 9, "g", "calls f"),
                     Step("app/a.py", 3, "f", "reads"))  # fmt: skip
    note = finding("app/a.py", 3, severity="note")
    assert findings_on([here, elsewhere, across, note], lines) == [here, across]
