from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bylaw.errors import UsageError
from bylaw.source.config_files import declares_bylaw
from bylaw.source.project_root import find_root


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    deep = tmp_path / "outer" / "inner" / "app"
    deep.mkdir(parents=True)
    return deep


@pytest.mark.parametrize("marker", ["bylaw.toml", ".git"])
def test_find_root_marker_above_gives_its_directory(deep: Path, marker: str) -> None:
    (deep.parent / marker).touch()
    assert find_root(str(deep)) == str(deep.parent)


def test_find_root_git_directory_gives_its_directory(deep: Path) -> None:
    (deep.parent.parent / ".git").mkdir()
    assert find_root(str(deep)) == str(deep.parent.parent)


def test_find_root_nearest_marker_wins(deep: Path) -> None:
    (deep.parent.parent / ".git").mkdir()
    (deep.parent / "pyproject.toml").write_text("[tool.bylaw.project]\nexclude = []\n")
    assert find_root(str(deep)) == str(deep.parent)


def test_find_root_pyproject_without_table_is_passed(deep: Path) -> None:
    (deep / "pyproject.toml").write_text('[project]\ndependencies = ["bylaw"]\n')
    (deep.parent / "bylaw.toml").touch()
    assert find_root(str(deep)) == str(deep.parent)


def test_find_root_broken_pyproject_is_passed(deep: Path) -> None:
    (deep / "pyproject.toml").write_bytes(b"[tool]\nbylaw = { \xff\n")
    (deep.parent / "bylaw.toml").touch()
    assert find_root(str(deep)) == str(deep.parent)


def test_find_root_no_marker_gives_the_path(deep: Path) -> None:
    (deep.parent.parent / ".git").mkdir()
    lonely = deep.parent.parent
    assert find_root(str(lonely)) == str(lonely)


def test_find_root_file_gives_its_directory(deep: Path) -> None:
    (deep / "bylaw.toml").touch()
    (deep / "main.py").touch()
    assert find_root(str(deep / "main.py")) == str(deep)


def test_find_root_linked_directory_searches_the_real_place(deep: Path, tmp_path: Path) -> None:
    (deep.parent / "bylaw.toml").touch()
    link = tmp_path / "link"
    link.symlink_to(deep, target_is_directory=True)
    assert find_root(str(link)) == str(deep.parent)


def test_find_root_missing_path_raises_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        find_root(str(tmp_path / "nowhere"))
    assert caught.value.path.endswith("nowhere")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[tool.bylaw]\n", True),
        ("  [tool.bylaw.rules.import-cycle]\n", True),
        ("[[tool.bylaw.layers]]\n", True),
        ('[tool."bylaw"]\n', True),
        ("[ tool . bylaw ]\n", True),
        ("[tool]\nbylaw = { packs = { enable = [] } }\n", True),
        ("tool.bylaw.packs.enable = []\n", True),
        ("tool = { bylaw = {} }\n", True),
        ("# see [tool.bylaw]\n[tool.ruff]\n", False),
        ("[tool.bylaws]\n", False),
        ("[tool.ruff]\nx = 'bylaw'\n", False),
        ("", False),
    ],
)
def test_declares_bylaw_spelling_expected(text: str, expected: bool) -> None:
    assert declares_bylaw(text.encode()) is expected


def test_declares_bylaw_usual_spelling_parses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tomllib", None)
    assert declares_bylaw(b"[tool.bylaw]\n")
    assert not declares_bylaw(b"[project]\nname = 'x'\n")
