"""The store of facts: what an edit changes is kept beside the whole, and belongs to it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from bylaw.facts import store
from bylaw.facts.store import Gathered, gather_facts, store_path
from bylaw.source.discovery import discover


@pytest.fixture
def root(tmp_path: Path) -> Path:
    place = tmp_path / "repository"
    place.mkdir()
    for number in range(5):
        _write(place / f"m{number}.py", f"import os\nA = os.getenv('A{number}')\n")
    return place


def _write(path: Path, text: str) -> None:
    """A file last changed long ago, so that its stat can be trusted; change time cannot be set."""
    path.write_text(text)
    before = time.time() - 60 - len(text)
    os.utime(path, (before, before))


def _gather(root: Path, cache: Path) -> Gathered:
    return gather_facts(str(root), discover(str(root)).files, str(cache), 1)


def _settle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "is_racy", lambda *_: False)


def test_gather_facts_one_edit_leaves_the_whole_as_it_is(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _settle(monkeypatch)
    _gather(root, tmp_path)
    whole = Path(store_path(str(tmp_path), str(root)))
    written = whole.read_bytes()
    _write(root / "m2.py", "import sys\n")

    edited = _gather(root, tmp_path)
    again = _gather(root, tmp_path)

    assert whole.read_bytes() == written
    assert (edited.extracted, again.extracted) == (1, 0)
    assert edited.facts == again.facts == _gather(root, tmp_path / "other").facts


def test_gather_facts_second_edit_keeps_the_first(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _settle(monkeypatch)
    _gather(root, tmp_path)
    _write(root / "m2.py", "import sys\n")
    _gather(root, tmp_path)
    _write(root / "m3.py", "import json\n")

    assert _gather(root, tmp_path).extracted == 1
    assert _gather(root, tmp_path).extracted == 0


def test_gather_facts_new_whole_makes_recent_worthless(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _settle(monkeypatch)
    _gather(root, tmp_path)
    _write(root / "m2.py", "import sys\n")
    _gather(root, tmp_path)
    whole = Path(store_path(str(tmp_path), str(root)))
    recent = whole.with_name(whole.name + ".recent").read_bytes()
    whole.unlink()
    _write(root / "m2.py", "import json\n")
    _gather(root, tmp_path)
    whole.with_name(whole.name + ".recent").write_bytes(recent)

    assert _gather(root, tmp_path).facts == _gather(root, tmp_path / "other").facts


def test_gather_facts_most_files_changed_writes_the_whole_again(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _settle(monkeypatch)
    monkeypatch.setattr(store, "_FEW", 2)
    _gather(root, tmp_path)
    whole = Path(store_path(str(tmp_path), str(root)))
    written = whole.read_bytes()
    for number in range(4):
        _write(root / f"m{number}.py", "import sys\n")

    assert _gather(root, tmp_path).extracted == 4
    assert whole.read_bytes() != written
    assert _gather(root, tmp_path).extracted == 0


def test_gather_facts_deleted_file_is_forgotten(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _settle(monkeypatch)
    _gather(root, tmp_path)
    (root / "m4.py").unlink()

    assert [each.path for each in _gather(root, tmp_path).facts] == [f"m{n}.py" for n in range(4)]
