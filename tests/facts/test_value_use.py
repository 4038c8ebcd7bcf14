"""What becomes of a value from the clock."""

from __future__ import annotations

import pytest

from bylaw.facts import schema as F
from bylaw.facts.extract import extract

DECIDES, RETURNED, TEXT, SHIFTED = F.DECIDES, F.RETURNED, F.TEXT, F.SHIFTED
USES = F.DECIDES | F.RETURNED | F.TEXT | F.SHIFTED


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("if x < utcnow(): pass", DECIDES),
        ("now = utcnow()\n    y = now - d\n    return [e for e in es if y < e]", DECIDES | SHIFTED),
        ("return self.day == utcnow().date()", DECIDES),
        ("q.filter(end__gte=utcnow())", DECIDES),
        ("self.assertEqual(utcnow(), day)", DECIDES),
        ("now = utcnow()\n    later = utcnow()\n    assert now != later", DECIDES),
        ("now = utcnow()\n    assert f(now).at == now", 0),
        ("now = utcnow()\n    if not start: start = now", 0),
        ("start = start or utcnow()\n    if start: save(start)", 0),
        ("if (at := utcnow()) is None: pass", 0),
        ("return utcnow().isoformat()", RETURNED),
        ("return f'{utcnow()}'", RETURNED),
        ("return Thing(at=utcnow())", 0),
        ("return {'at': utcnow()}", 0),
        ("save(end=utcnow() + week)", SHIFTED),
        ("return ''.join(choice(xs) for _ in range(3))", TEXT),
        ("def inner():\n        return utcnow()\n    save(inner)", 0),
    ],
)
def test_mark_uses_function_body_flags_its_clock(body: str, expected: int) -> None:
    facts = extract(f"def f(self):\n    {body}\n".encode())
    function = next(each for each in facts[F.FUNCTIONS] if each[F.F_NAME] == "f")
    flags = 0
    for call in function[F.F_CALLS]:
        if call[F.C_PATH].endswith(("utcnow", "choice")):
            flags |= call[F.C_FLAGS]

    assert flags & USES == expected


def test_mark_uses_characters_of_many_bytes_finds_the_call() -> None:
    facts = extract('def f():\n    é = "é"; return utcnow() < é\n'.encode())
    calls = [call for each in facts[F.FUNCTIONS] for call in each[F.F_CALLS]]

    assert [call[F.C_FLAGS] & USES for call in calls] == [DECIDES]
