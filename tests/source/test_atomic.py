from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bylaw.source.atomic import cache_directory, read_checked, write_atomically, write_checked


def test_write_atomically_new_and_old_file_replaced(tmp_path: Path) -> None:
    target = tmp_path / "file"
    write_atomically(str(target), b"one")
    write_atomically(str(target), b"two")
    assert target.read_bytes() == b"two"
    assert os.listdir(tmp_path) == ["file"]


def test_write_atomically_linked_file_keeps_the_link(tmp_path: Path) -> None:
    (tmp_path / "real").touch()
    (tmp_path / "link").symlink_to("real")
    write_atomically(str(tmp_path / "link"), b"x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"x"


def test_write_atomically_failed_replace_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")

    def fail(source: str, destination: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        write_atomically(str(target), b"new")
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_write_atomically_directory_in_the_way_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(OSError, match="file"):
        write_atomically(str(tmp_path / "file"), b"new")
    assert os.listdir(tmp_path) == ["file"]


def test_write_checked_missing_directories_made_private(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "bylaw" / "facts"
    assert write_checked(str(path), b"payload")
    assert read_checked(str(path)) == b"payload"
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("place", ["/proc/bylaw/facts", "/dev/null/facts", "bad\0name"])
def test_write_checked_impossible_place_false(place: str) -> None:
    assert write_checked(place, b"x") is False
    assert read_checked(place) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_write_checked_read_only_directory_false(tmp_path: Path) -> None:
    assert write_checked(str(tmp_path / "facts"), b"old")
    tmp_path.chmod(0o500)
    try:
        assert write_checked(str(tmp_path / "facts"), b"new") is False
        assert read_checked(str(tmp_path / "facts")) == b"old"
    finally:
        tmp_path.chmod(0o700)


def test_write_checked_refused_by_the_system_false(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "facts")
    assert write_checked(path, b"old")

    def refuse(*_: object, **__: object) -> int:
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        assert write_checked(path, b"new") is False
    assert read_checked(path) == b"old"


def test_write_checked_many_writers_readers_see_whole_payloads(tmp_path: Path) -> None:
    path = str(tmp_path / "facts")
    payloads = [bytes([number]) * 50_000 for number in range(4)]
    assert write_checked(path, payloads[0])

    def write(payload: bytes) -> bool:
        return all(write_checked(path, payload) for _ in range(20))

    with ThreadPoolExecutor(len(payloads)) as pool:
        writers = [pool.submit(write, payload) for payload in payloads]
        while not all(writer.done() for writer in writers):
            assert read_checked(path) in payloads
        assert all(writer.result() for writer in writers)
    assert os.listdir(tmp_path) == ["facts"]


def test_read_checked_missing_or_directory_none(tmp_path: Path) -> None:
    assert read_checked(str(tmp_path / "nothing")) is None
    assert read_checked(str(tmp_path)) is None


def test_read_checked_other_stamp_none(tmp_path: Path) -> None:
    path = str(tmp_path / "facts")
    write_checked(path, b"payload", stamp=b"0.1.0 cpython-311")
    assert read_checked(path, stamp=b"0.1.0 cpython-311") == b"payload"
    assert read_checked(path, stamp=b"0.1.0 cpython-312") is None
    assert read_checked(path) is None


def test_read_checked_other_format_version_none(tmp_path: Path) -> None:
    path = tmp_path / "facts"
    write_checked(str(path), b"payload")
    data = bytearray(path.read_bytes())
    data[6] += 1
    path.write_bytes(data)
    assert read_checked(str(path)) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(payload=st.binary(max_size=200), stamp=st.binary(max_size=100))
def test_read_checked_any_payload_round_trips(tmp_path: Path, payload: bytes, stamp: bytes) -> None:
    path = str(tmp_path / "facts")
    assert write_checked(path, payload, stamp=stamp)
    assert read_checked(path, stamp=stamp) == payload


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(payload=st.binary(max_size=60), data=st.data())
def test_read_checked_truncated_or_damaged_none(
    tmp_path: Path, payload: bytes, data: st.DataObject
) -> None:
    path = tmp_path / "facts"
    write_checked(str(path), payload)
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole) - 1))
    path.write_bytes(whole[:cut])
    assert read_checked(str(path)) is None
    at = data.draw(st.integers(0, len(whole) - 1))
    flip = data.draw(st.integers(1, 255))
    path.write_bytes(whole[:at] + bytes([whole[at] ^ flip]) + whole[at + 1 :])
    assert read_checked(str(path)) is None
    path.write_bytes(whole + b"x")
    assert read_checked(str(path)) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.binary(max_size=200))
def test_read_checked_any_bytes_never_raises(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "facts").write_bytes(data)
    assert read_checked(str(tmp_path / "facts")) is None


def test_cache_directory_absolute_setting_honoured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert cache_directory() == str(tmp_path / "cache" / "bylaw")


@pytest.mark.parametrize("setting", ["", "relative/cache"])
def test_cache_directory_other_setting_falls_back_to_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", setting)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_directory() == str(tmp_path / ".cache" / "bylaw")


def test_cache_directory_without_home_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME", raising=False)
    assert cache_directory() == ""


def test_cache_directory_unwritable_home_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert cache_directory() == ""
    (tmp_path / "home" / ".cache" / "bylaw").mkdir(parents=True)
    assert cache_directory() == str(tmp_path / "home" / ".cache" / "bylaw")
