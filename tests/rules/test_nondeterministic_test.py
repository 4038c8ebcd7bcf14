"""What lies behind one line of a test is told once."""

from __future__ import annotations

from pathlib import Path

import bylaw

_HELPER = """
import random
from datetime import datetime

WORDS = ["a", "b"]


def sentence():
    words = random.choices(WORDS, k=random.randint(5, 10))
    random.shuffle(words)
    return words


def late():
    return datetime.now().hour > 20
"""
_TEST = """
from tests.helper import late, sentence


def test_sentence_any_words():
    assert sentence() and not late()
"""


def test_check_helper_drawing_three_times_found_once_per_line(tmp_path: Path) -> None:
    for name, text in (("__init__", ""), ("helper", _HELPER), ("test_words", _TEST)):
        path = tmp_path / "tests" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    result = bylaw.check(str(tmp_path), select=["nondeterministic-test"], use_cache=False)
    told = [(each.line, each.message.partition(":")[0]) for each in result.findings]
    assert sorted(told) == [
        (6, "this test depends on chance"),
        (6, "this test depends on the clock"),
    ]
    assert sum("and 2 more behind the same line" in each.message for each in result.findings) == 1
