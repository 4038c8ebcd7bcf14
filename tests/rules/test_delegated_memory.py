"""Ruff is asked about files that changed, and remembered about the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from bylaw.rules.delegated import beside
from bylaw.source.discovery import SourceFile, discover

RULES = frozenset({"swallowed-exception"})
BARE = "def f():\n    try:\n        g()\n    except:\n        pass\n"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root with two files; what is older than this moment is not taken for racy."""
    root = tmp_path / "root"
    root.mkdir()
    for name in ("a.py", "b.py"):
        (root / name).write_text(BARE)
    (tmp_path / "cache").mkdir()
    monkeypatch.setattr(beside, "is_racy", lambda *_: False)
    return root


def files_of(root: Path) -> list[SourceFile]:
    return list(discover(str(root), exclude=()).files)


def run(root: Path) -> tuple[list[str], list[str]]:
    """Paths ruff was given, and paths it has something to say about."""
    started = beside.start_beside(str(root), files_of(root), RULES, str(root.parent / "cache"))
    given = [] if started.run is None else [path for _, part in started.run.parts for path in part]
    return given, sorted({each.path for each in beside.collect_beside(started).findings})


def test_start_beside_asks_about_everything_once(tree: Path) -> None:
    assert run(tree) == (["a.py", "b.py"], ["a.py", "b.py"])
    assert run(tree) == ([], ["a.py", "b.py"])


def test_start_beside_asks_again_about_what_changed(tree: Path) -> None:
    run(tree)
    (tree / "a.py").write_text("x = 1\n")
    assert run(tree) == (["a.py"], ["b.py"])
    assert run(tree) == ([], ["b.py"])


def test_start_beside_forgets_what_is_gone(tree: Path) -> None:
    run(tree)
    (tree / "a.py").unlink()
    assert run(tree) == ([], ["b.py"])


def test_start_beside_asks_again_for_other_rules(tree: Path) -> None:
    run(tree)
    started = beside.start_beside(
        str(tree), files_of(tree), frozenset({"untracked-task"}), str(tree.parent / "cache")
    )
    assert started.run is not None
    assert not beside.collect_beside(started).findings


def test_start_beside_trusts_no_file_of_the_same_moment(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tree)
    monkeypatch.setattr(beside, "is_racy", lambda *_: True)
    assert run(tree)[0] == ["a.py", "b.py"]


def test_start_beside_reads_no_damaged_memory(tree: Path) -> None:
    run(tree)
    (tree.parent / "cache" / "ruff-findings").write_bytes(b"nonsense")
    assert run(tree) == (["a.py", "b.py"], ["a.py", "b.py"])
