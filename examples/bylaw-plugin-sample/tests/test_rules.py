"""Each rule on a small backend of its own; run with the plug-in installed beside Bylaw."""

from __future__ import annotations

from pathlib import Path

import bylaw


def found(root: Path, rule: str) -> list[tuple[str, int]]:
    """Places of the findings of one rule."""
    result = bylaw.check(str(root), select=[rule], use_cache=False)
    assert result.errors == ()
    return [(each.path, each.line) for each in result.findings]


def test_no_print_in_code_is_found(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("def work():\n    print(1)\n")
    assert found(tmp_path, "acme-no-print") == [("app.py", 2)]


def test_no_print_allowed_module_is_legal(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("def work():\n    print(1)\n")
    (tmp_path / "bylaw.toml").write_text('[rules.acme-no-print]\nallow = ["app"]\n')
    assert found(tmp_path, "acme-no-print") == []


def test_no_print_of_ones_own_is_legal(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("def print(text): ...\n\n\ndef work():\n    print(1)\n")
    assert found(tmp_path, "acme-no-print") == []


def test_handler_without_files_through_a_helper_is_found(tmp_path: Path) -> None:
    (tmp_path / "store.py").write_text(
        "def save(data):\n    with open('/tmp/x', 'w') as file:\n        file.write(data)\n"
    )
    (tmp_path / "main.py").write_text(
        "from fastapi import FastAPI\n\nfrom store import save\n\napp = FastAPI()\n\n\n"
        "@app.post('/files')\ndef upload(data: str):\n    save(data)\n"
    )
    assert found(tmp_path, "acme-handler-without-files") == [("main.py", 10)]


def test_handler_without_files_reading_is_legal(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n"
        "@app.get('/files')\ndef show():\n    return open('/tmp/x').read()\n"
    )
    assert found(tmp_path, "acme-handler-without-files") == []
