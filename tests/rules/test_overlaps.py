"""One finding per line where two rules say the same."""

from __future__ import annotations

from pathlib import Path

import bylaw

_SERVICE = """
from sqlalchemy.orm import sessionmaker

SessionLocal = sessionmaker()


def get_db():
    with SessionLocal() as session:
        yield session


class OrderService:
    def count(self) -> int:
        with SessionLocal() as session:
            return session.info["count"]
"""
_MAIN = """
from fastapi import Depends, FastAPI

from app.service import OrderService, get_db

app = FastAPI()


@app.get("/count")
def count() -> int:
    return OrderService().count()


@app.get("/other")
def other(session=Depends(get_db)) -> int:
    return 1
"""


def _found(root: Path, *rules: str) -> list[str]:
    (root / ".git").mkdir(exist_ok=True)
    (root / "app").mkdir(exist_ok=True)
    (root / "app" / "service.py").write_text(_SERVICE, encoding="utf-8")
    (root / "app" / "main.py").write_text(_MAIN, encoding="utf-8")
    result = bylaw.check(str(root), select=rules, use_cache=False, jobs=1)
    return [each.rule for each in result.findings]


def test_check_both_rules_on_keeps_implicit_dependency(tmp_path: Path) -> None:
    found = _found(tmp_path, "implicit-dependency", "session-not-injected")
    assert found == ["implicit-dependency"]


def test_check_only_session_rule_on_reports_it(tmp_path: Path) -> None:
    assert _found(tmp_path, "session-not-injected") == ["session-not-injected"]
