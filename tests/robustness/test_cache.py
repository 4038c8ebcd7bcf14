"""The cache: whatever state it is in, the report is that of a run without one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.robustness.conftest import Call

JSON = ("--format", "json")


def cache_files(tmp_path: Path) -> list[Path]:
    return sorted(path for path in (tmp_path / "cache").rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:1],
        lambda data: data[:20],
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda data: b"\0" * len(data),
        lambda data: b"\xff" + data[1:],
        lambda data: data[:9] + bytes([data[9] ^ 1]) + data[10:],
        lambda data: data[:30] + bytes([data[30] ^ 0x80]) + data[31:],
        lambda data: data[:-1] + bytes([data[-1] ^ 0xFF]),
        lambda data: os.urandom(len(data)),
    ],
    ids=["empty", "one-byte", "head-cut", "half", "end-cut", "longer", "zeros", "magic", "digest",
         "payload", "last-byte", "noise"],
)  # fmt: skip
def test_check_damaged_cache_changes_nothing(
    call: Call, repository: Path, tmp_path: Path, damage: object
) -> None:
    expected = call("check", repository, *JSON)
    files = cache_files(tmp_path)
    assert files
    for path in files:
        path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]

    assert call("check", repository, *JSON) == expected
    assert call("check", repository, *JSON) == expected


def test_check_cache_files_replaced_by_folders_changes_nothing(
    call: Call, repository: Path, tmp_path: Path
) -> None:
    expected = call("check", repository, *JSON)
    for path in cache_files(tmp_path):
        path.unlink()
        path.mkdir()

    assert call("check", repository, *JSON) == expected


@pytest.mark.parametrize(
    "variables",
    [
        {"XDG_CACHE_HOME": "", "HOME": ""},
        {"XDG_CACHE_HOME": "relative", "HOME": "/nonexistent/home"},
        {"XDG_CACHE_HOME": "/dev/null"},
        {"XDG_CACHE_HOME": "/proc/nowhere"},
        {"XDG_CACHE_HOME": "/sys"},
    ],
    ids=["no-home", "missing-home", "a-file", "proc", "read-only"],
)
def test_check_without_a_usable_cache_directory_reports_the_same(
    call: Call, repository: Path, variables: dict[str, str]
) -> None:
    expected = call("check", repository, *JSON, "--no-cache")
    before = sorted(repository.rglob("*"))

    assert call("check", repository, *JSON, env=variables) == expected
    assert sorted(repository.rglob("*")) == before
    assert not os.path.exists("/nonexistent")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes anywhere")
def test_check_read_only_cache_reports_the_same(
    call: Call, repository: Path, tmp_path: Path
) -> None:
    expected = call("check", repository, *JSON)
    (tmp_path / "cache" / "bylaw").chmod(0o500)

    assert call("check", repository, *JSON) == expected


def test_check_two_runs_at_once_are_both_right(
    repository: Path, environment: dict[str, str]
) -> None:
    for number in range(120):
        (repository / "app" / f"m{number:03}.py").write_text(f"N = {number}\n" * (number % 9))
    command = [sys.executable, "-m", "bylaw", "check", str(repository), *JSON]
    alone = subprocess.run(
        [*command, "--no-cache"], env=environment, capture_output=True, check=False
    )
    for _ in range(3):
        runs = [
            subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) for _ in range(3)
        ]
        said = [(run.communicate()[0], run.returncode) for run in runs]
        assert said == [(alone.stdout, 1)] * 3


def test_check_facts_of_another_version_are_not_believed(
    call: Call, repository: Path, tmp_path: Path
) -> None:
    from bylaw.facts.store import store_stamp
    from bylaw.source.atomic import read_checked, write_checked

    expected = call("check", repository, *JSON)
    shutil.rmtree(tmp_path / "cache" / "bylaw" / "reports")
    [path] = [path for path in cache_files(tmp_path) if path.name == "facts"]
    stamps = [store_stamp(str(repository)), b"0.0.1"]
    payload = next((p for s in stamps if (p := read_checked(str(path), stamp=s))), b"wrong")
    write_checked(str(path), payload[:-2] + b"zz", stamp=b"0.0.1")

    assert call("check", repository, *JSON) == expected


def test_check_no_cache_writes_nothing(call: Call, repository: Path, tmp_path: Path) -> None:
    call("check", repository, *JSON, "--no-cache")

    assert not cache_files(tmp_path)


def test_check_writes_nothing_into_the_repository(call: Call, repository: Path) -> None:
    before = sorted(repository.rglob("*"))
    for words in (("check", repository), ("graph", repository), ("check", repository, *JSON)):
        call(*words)

    assert sorted(repository.rglob("*")) == before
    json.loads(call("graph", repository, *JSON).out)
