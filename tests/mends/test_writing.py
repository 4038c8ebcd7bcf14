from __future__ import annotations

import os
from pathlib import Path

import pytest

from bylaw.finding import Finding
from bylaw.mends import writing
from bylaw.mends.edit import SAFE, Edit, Mend
from bylaw.mends.writing import write_files, write_mends
from bylaw.source.atomic import ContentChangedError, replace_content

BEFORE, AFTER = {"a.py": b"old", "b.py": b"old"}, {"a.py": b"new", "b.py": b"new"}


def _mend(*paths: str) -> Mend:
    finding = Finding("rule", (), "warning", "definite", paths[0], 1, 1, 1, "s", "m")
    return Mend(finding, SAFE, tuple(Edit(path, 0, 3, b"new") for path in paths))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    home = tmp_path / "root"
    home.mkdir()
    for path, data in BEFORE.items():
        (home / path).write_bytes(data)
    return home


def test_write_mends_keeps_the_mode(root: Path) -> None:
    (root / "a.py").chmod(0o751)

    written, left = write_mends(str(root), [_mend("a.py")], BEFORE, AFTER)

    assert ((root / "a.py").read_bytes(), len(written), left) == (b"new", 1, [])
    assert (root / "a.py").stat().st_mode & 0o7777 == 0o751
    assert sorted(os.listdir(root)) == ["a.py", "b.py"]


def test_write_mends_file_changed_meanwhile_is_left_with_what_belongs_to_it(root: Path) -> None:
    (root / "b.py").write_bytes(b"theirs")

    written, left = write_mends(str(root), [_mend("a.py", "b.py")], BEFORE, AFTER)

    assert (root / "a.py").read_bytes() == b"old"
    assert (root / "b.py").read_bytes() == b"theirs"
    assert written == []
    assert left[0].reason == "b.py was changed by somebody else meanwhile"


def test_write_mends_others_are_written_all_the_same(root: Path) -> None:
    (root / "b.py").write_bytes(b"theirs")

    written, left = write_mends(str(root), [_mend("a.py"), _mend("b.py")], BEFORE, AFTER)

    assert [(root / path).read_bytes() for path in BEFORE] == [b"new", b"theirs"]
    assert (len(written), len(left)) == (1, 1)


def test_write_mends_failing_half_way_puts_back(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.replace

    def replace(source: str, target: str) -> None:
        if target.endswith("b.py"):
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)

    written, left = write_mends(str(root), [_mend("a.py", "b.py")], BEFORE, AFTER)

    assert [(root / path).read_bytes() for path in BEFORE] == [b"old", b"old"]
    assert written == []
    assert left[0].reason == "b.py cannot be written: No space left on device"
    assert sorted(os.listdir(root)) == ["a.py", "b.py"]


def test_write_mends_link_out_of_the_root_is_not_followed(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "c.py").write_bytes(b"old")
    (root / "linked").symlink_to(outside)
    (root / "d.py").symlink_to(outside / "c.py")
    before, after = (
        dict.fromkeys(("linked/c.py", "d.py"), b"old"),
        dict.fromkeys(("linked/c.py", "d.py"), b"new"),
    )

    written, left = write_mends(str(root), [_mend("linked/c.py"), _mend("d.py")], before, after)

    assert (outside / "c.py").read_bytes() == b"old"
    assert (root / "d.py").is_symlink()
    assert written == []
    assert {each.reason.partition(" ")[2] for each in left} == {
        "is reached through a symbolic link"
    }


def test_write_mends_file_that_is_gone_is_left(root: Path) -> None:
    (root / "a.py").unlink()

    _, left = write_mends(str(root), [_mend("a.py")], BEFORE, AFTER)

    assert left[0].reason == "a.py cannot be written: No such file or directory"
    assert not (root / "a.py").exists()


def test_replace_content_change_at_the_last_moment_is_noticed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def fsync(handle: int) -> None:
        real(handle)
        (root / "a.py").write_bytes(b"theirs")

    monkeypatch.setattr(os, "fsync", fsync)

    with pytest.raises(ContentChangedError):
        replace_content(str(root / "a.py"), b"new", expected=b"old")
    assert (root / "a.py").read_bytes() == b"theirs"
    assert sorted(os.listdir(root)) == ["a.py", "b.py"]


def test_write_files_makes_new_ones_with_their_folders(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"1")

    assert write_files(str(tmp_path), {"old": b"1"}, {"a/b/new": b"2", "old": b"3"}) == ""
    assert (tmp_path / "a" / "b" / "new").read_bytes() == b"2"
    assert (tmp_path / "old").read_bytes() == b"3"
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["a", "b", "new", "old"]


def test_write_files_never_overwrites_what_came_meanwhile(tmp_path: Path) -> None:
    (tmp_path / "new").write_bytes(b"theirs")

    assert "somebody else" in write_files(str(tmp_path), {}, {"a": b"1", "new": b"2"})
    assert [each.name for each in tmp_path.iterdir()] == ["new"]
    assert (tmp_path / "new").read_bytes() == b"theirs"


def test_write_files_that_fails_half_way_takes_new_ones_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "z").write_bytes(b"1")

    def refuse(path: str, data: bytes, *, expected: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "replace_content", refuse)
    assert "No space" in write_files(str(tmp_path), {"z": b"1"}, {"a": b"2", "z": b"3"})
    assert [each.name for each in tmp_path.iterdir()] == ["z"]
