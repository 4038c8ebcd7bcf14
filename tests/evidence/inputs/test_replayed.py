"""An answer is said again only as long as nothing it depended on changed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.evidence.inputs.trees import git, repository, write

from bylaw.evidence.inputs.replayed import FOREVER, keep, replay
from bylaw.evidence.inputs.tree import take_tree
from bylaw.source.discovery import Discovery, stamp_of
from bylaw.source.stat_index import take

WORDS = ["stale", "tests-green"]


Out = pytest.CaptureFixture[bytes]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("bylaw.source.stat_index.RACY_NS", 0)
    root = repository(tmp_path / "project", {"a.py": "a\n", ".gitignore": ".env\n"})
    monkeypatch.chdir(root)
    return root


def _keep(root: Path, until_ns: int = FOREVER) -> None:
    for _ in range(2):
        tree = take_tree(str(root))
    stamps = [(".env", stamp_of(str(root / ".env")))]
    beside = take(Discovery([], [], [], [], stamps), time.time_ns())
    keep(WORDS, str(root), tree.whole, beside, until_ns, 3, "said\n")


def test_replay_nothing_changed_says_it_again(root: Path, capsysbinary: Out) -> None:
    assert replay(WORDS) is None
    _keep(root)
    assert (replay(WORDS), capsysbinary.readouterr().out) == (3, b"said\n")
    assert (replay(WORDS), capsysbinary.readouterr().out) == (3, b"said\n")


def _other_commit(root: Path) -> None:
    git(root, "commit", "-q", "--allow-empty", "-m", "x")


def _looked_at(root: Path) -> None:
    write(root, {"a.py": "c\n"})
    take_tree(str(root))


CHANGES: dict[str, Callable[[Path], None]] = {
    "a file": lambda root: write(root, {"a.py": "b\n"}),
    "a new file": lambda root: write(root, {"b.py": ""}),
    "a commit": _other_commit,
    "something beside the tree": lambda root: write(root, {".env": "x"}),
    "a variable": lambda root: os.environ.update(BYLAW_TEST_VARIABLE="1"),
    "a file that was looked at since": _looked_at,
}


@pytest.mark.parametrize("name", CHANGES)
def test_replay_change_is_seen(
    root: Path, capsysbinary: Out, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BYLAW_TEST_VARIABLE", raising=False)
    _keep(root)
    CHANGES[name](root)
    assert replay(WORDS) is None
    os.environ.pop("BYLAW_TEST_VARIABLE", None)
    assert capsysbinary.readouterr().out == b""


def test_replay_of_other_words_is_none(root: Path, capsysbinary: Out) -> None:
    _keep(root)
    assert replay(["stale"]) is None
    assert replay([*WORDS, "--format", "json"]) is None
    assert capsysbinary.readouterr().out == b""


def test_replay_after_its_time_is_none(root: Path, capsysbinary: Out) -> None:
    _keep(root, time.time_ns() - 1)
    assert replay(WORDS) is None
    assert capsysbinary.readouterr().out == b""
