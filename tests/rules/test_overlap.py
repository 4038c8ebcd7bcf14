"""Rules that find the same thing: one of them speaks."""

from __future__ import annotations

from pathlib import Path

import bylaw

_HANDLER = """
import time
import sqlite3


async def orders(name):
    time.sleep(1)
    return sqlite3.connect(name)
"""
_RULES = ("blocking-call-in-async", "sync-database-in-async-app")


def _found(root: Path, select: tuple[str, ...]) -> list[tuple[str, int]]:
    (root / ".git").mkdir(exist_ok=True)
    (root / "orders.py").write_text(_HANDLER, encoding="utf-8")
    result = bylaw.check(str(root), select=select, use_cache=False, jobs=1)
    return [(each.rule, each.line) for each in result.findings]


def test_run_rules_both_enabled_database_reported_once(tmp_path: Path) -> None:
    assert _found(tmp_path, _RULES) == [(_RULES[0], 7), (_RULES[1], 8)]


def test_run_rules_one_enabled_reports_everything(tmp_path: Path) -> None:
    assert _found(tmp_path, _RULES[:1]) == [(_RULES[0], 7), (_RULES[0], 8)]
