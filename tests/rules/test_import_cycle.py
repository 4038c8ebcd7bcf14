"""What ``import-cycle`` says about the size of a group and of its shortest cycle."""

from __future__ import annotations

from pathlib import Path

import pytest

import bylaw

PAIR = {
    "app/a.py": "def one():\n    from app import b\n    return b\n",
    "app/b.py": "from app import a\n",
}
DEFERRED = {
    **PAIR,
    "app/a.py": "def one():\n    from app import b, c\n    return b, c\n",
    "app/c.py": "from app import b\n",
}
LOADED = {
    "app/a.py": "from app import b, c\n",
    "app/b.py": "from app import a\n",
    "app/c.py": "from app import b\n",
}
TYPED = {path: text.replace("def one():", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:")
         .replace("    return b, c\n", "") for path, text in DEFERRED.items()}  # fmt: skip


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (PAIR, "2 modules would import each other at load time but for deferred imports: "
               "app.b -> app.a -> app.b"),
        (DEFERRED, "3 modules would import each other at load time but for deferred imports; the "
                   "shortest cycle has 2: app.b -> app.a -> app.b"),
        (LOADED, "3 modules import each other at load time, though today every order works; the "
                 "shortest cycle has 2: app.a -> app.b -> app.a"),
        (TYPED, "3 modules need each other for type checking only; the shortest cycle has 2: "
                "app.b -> app.a -> app.b"),
    ],
    ids=["two", "deferred", "loaded", "typed"],
)  # fmt: skip
def test_check_group_of_modules_says_both_sizes(
    tmp_path: Path, files: dict[str, str], expected: str
) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / ".git").mkdir()
    for path, text in {"app/__init__.py": "", **files}.items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    result = bylaw.check(str(tmp_path), select=("import-cycle",), use_cache=False, jobs=1)
    assert [finding.message for finding in result.findings] == [expected]
