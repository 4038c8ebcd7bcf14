"""What a machine does to a ledger: several writers, kill -9, full disks, damage."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from tests.evidence.ledger.made import FIRST, Clock, a_draft, filled, ledger_of, with_output
from tests.evidence.ledger.tampering import execute, rows

from bylaw.evidence.ledger.checking import check_ledger
from bylaw.evidence.ledger.problems import LedgerError
from bylaw.evidence.ledger.store import Ledger, open_ledger

ROUNDS = 40


def child(work: Callable[[], None]) -> int:
    """Work in a process of its own; gives its number."""
    number = os.fork()
    if number:
        return number
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def ended(number: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def check(root: Path) -> list[str]:
    found = check_ledger(str(root), environment={}, now=Clock(FIRST + 100), full=True)
    return [each.reason_code for each in found.findings]


def append(root: Path, numbers: range, tell: Callable[[str], object] = str) -> None:
    with ledger_of(root) as ledger:
        for number in numbers:
            draft = with_output(ledger, b"output %d\n" % number, number)
            tell(ledger.append(draft).id)


def test_append_two_processes_lose_nothing_and_do_not_fork(tmp_path: Path) -> None:
    writers = [
        child(partial(append, tmp_path, range(first, first + 40))) for first in (0, 1000, 2000)
    ]

    assert [ended(each) for each in writers] == [0, 0, 0]
    with ledger_of(tmp_path) as ledger:
        items = list(ledger.items())
    assert [each.id for each in items] == [f"EV-{number:03d}" for number in range(1, 121)]
    assert len({each.draft.started for each in items}) == 120
    assert check(tmp_path) == []


def test_append_while_a_list_is_read_is_recorded(tmp_path: Path) -> None:
    filled(tmp_path, 2)
    with ledger_of(tmp_path) as ledger:
        reading = ledger.history("tests-green")
        next(reading)
        with ledger_of(tmp_path) as other:
            other.append(a_draft(50))
        assert ledger.append(a_draft(51)).id == "EV-004"
        assert [each.id for each in reading] == ["EV-001"]


def test_append_killed_at_any_moment_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    chance = random.Random(7)
    acknowledged: list[str] = []
    for number in range(ROUNDS):
        # bylaw: ignore[nondeterministic-test] that the moment is any is what is tested
        acknowledged += _killed(
            tmp_path, number * 1000, chance.randrange(5), chance.uniform(0, 0.02)
        )

        with ledger_of(tmp_path) as ledger:
            there = [each.id for each in ledger.items()]
        assert set(acknowledged) <= set(there), number
        # At most the one that was on the disk before it could be acknowledged.
        assert len(there) <= len(acknowledged) + number + 1
        assert check(tmp_path) == [], number
    assert len(acknowledged) > ROUNDS


def test_append_killed_while_it_is_made_leaves_one_that_can_be_used(tmp_path: Path) -> None:
    chance = random.Random(11)
    for number in range(ROUNDS):
        root = tmp_path / str(number)
        root.mkdir()
        # bylaw: ignore[nondeterministic-test] that the moment is any is what is tested
        acknowledged = _killed(root, 0, 0, chance.uniform(0, 0.03))

        assert check(root) == [], number
        append(root, range(5000, 5002))
        with ledger_of(root) as ledger:
            assert {*acknowledged} <= {each.id for each in ledger.items()}, number
        assert check(root) == [], number


def _killed(root: Path, first: int, items: int, after: float) -> list[str]:
    """Names of items that a process had acknowledged when it was killed.

    It is left alone until it has acknowledged so many, and for so many seconds more.
    """
    reader, writer = os.pipe()
    number = child(lambda: append(root, range(first, first + 1000),
                                  lambda name: os.write(writer, f"{name}\n".encode())))  # fmt: skip
    os.close(writer)
    with os.fdopen(reader) as told:
        names = [told.readline().strip() for _ in range(items)]
        time.sleep(after)
        os.kill(number, signal.SIGKILL)
        assert ended(number) == -signal.SIGKILL
        return [*names, *told.read().split()]


@pytest.mark.parametrize("room", [0, 100, 3000, 9000])
def test_append_no_room_in_files_is_a_clear_error(tmp_path: Path, room: int) -> None:
    filled(tmp_path, 2)

    def work() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        with ledger_of(tmp_path) as ledger:
            ledger.append(a_draft(98))
            size = os.path.getsize(tmp_path / ".bylaw/ledger.db-wal") + room
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            for number in range(100, 200):
                try:
                    ledger.append(a_draft(number))
                except LedgerError as error:
                    os._exit(7 if "cannot be written" in error.message else 8)

    assert ended(child(work)) == 7
    assert check(tmp_path) == []
    append(tmp_path, range(300, 301))
    assert check(tmp_path) == []


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of one megabyte, where we may mount one."""
    place = Path(tempfile.mkdtemp())
    try:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place)],
                                 check=False, capture_output=True)  # fmt: skip
    except FileNotFoundError:
        mounted = None
    if mounted is None or mounted.returncode:
        place.rmdir()
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=False)
    place.rmdir()


def test_append_full_disk_is_a_clear_error_and_loses_nothing(small_disk: Path) -> None:
    acknowledged: list[str] = []

    def fill(ledger: Ledger) -> None:
        for number in range(1000):
            draft = with_output(ledger, os.urandom(20_000), number)
            acknowledged.append(ledger.append(draft).id)

    with ledger_of(small_disk) as ledger, pytest.raises(LedgerError) as refusal:
        fill(ledger)

    assert "cannot be" in refusal.value.message
    assert refusal.value.hint
    assert len(acknowledged) > 3
    with ledger_of(small_disk) as ledger:
        assert [each.id for each in ledger.items()] == acknowledged
    assert check(small_disk) == []


@pytest.fixture
def open_root() -> Iterator[Path]:
    """A root that everybody can read."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


def _as_nobody(work: Callable[[], None]) -> int:
    def unprivileged() -> None:
        if os.getuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        work()

    return ended(child(unprivileged))


def test_open_folder_that_cannot_be_written_is_read(open_root: Path) -> None:
    filled(open_root, 2)
    for path in [open_root, *open_root.rglob("*")]:
        if path.name != "signing.pem":
            path.chmod(0o555 if path.is_dir() else 0o444)

    def work() -> None:
        with open_ledger(str(open_root), create=False) as ledger:
            assert len(list(ledger.items())) == 2
        found = check_ledger(str(open_root), environment={}, now=Clock(FIRST + 100))
        assert (found.exit_code, found.items) == (0, 2)
        try:
            with ledger_of(open_root) as ledger:
                ledger.append(a_draft(50))
        except LedgerError as error:
            os._exit(9 if error.hint else 8)

    assert _as_nobody(work) == 9


def test_open_root_that_cannot_be_written_is_a_clear_error(open_root: Path) -> None:
    open_root.chmod(0o555)

    def work() -> None:
        try:
            ledger_of(open_root)
        except LedgerError as error:
            os._exit(9 if ".bylaw cannot be written" in error.message else 8)

    assert _as_nobody(work) == 9


@pytest.mark.parametrize("content", [b"SQLite format 3\x00 and then nothing", b"x" * 9000])
def test_check_file_that_is_no_database_is_broken(tmp_path: Path, content: bytes) -> None:
    filled(tmp_path, 2)
    (tmp_path / ".bylaw/ledger.db").write_bytes(content)

    assert check(tmp_path) == ["LEDGER-UNREADABLE"]
    with pytest.raises(LedgerError) as refusal:
        ledger_of(tmp_path)
    assert refusal.value.hint


def test_check_file_cut_short_is_broken(tmp_path: Path) -> None:
    filled(tmp_path, 9)
    path = tmp_path / ".bylaw/ledger.db"
    path.write_bytes(path.read_bytes()[:20_000])

    assert "LEDGER-UNREADABLE" in check(tmp_path)


def test_check_database_of_somebody_else_is_broken(tmp_path: Path) -> None:
    (tmp_path / ".bylaw").mkdir()
    connection = sqlite3.connect(tmp_path / ".bylaw/ledger.db")
    connection.execute("CREATE TABLE items (a)")
    connection.close()

    assert check(tmp_path) == ["LEDGER-UNREADABLE"]


def test_check_damage_anywhere_is_found_or_harmless(tmp_path: Path) -> None:
    filled(tmp_path, 4)
    path = tmp_path / ".bylaw/ledger.db"
    whole, before = path.read_bytes(), rows(tmp_path)
    chance = random.Random(3)
    found = 0
    for _ in range(150):
        at = chance.randrange(len(whole))
        path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << chance.randrange(8))])
                         + whole[at + 1 :])  # fmt: skip
        checked = check_ledger(str(tmp_path), environment={}, now=Clock(FIRST + 100), full=True)
        if checked.exit_code == 0:
            assert rows(tmp_path) == before, at
        found += checked.exit_code != 0
    assert found > 50


def test_check_ledger_of_a_newer_bylaw_is_not_verified(tmp_path: Path) -> None:
    filled(tmp_path, 1)
    execute(tmp_path, "PRAGMA user_version = 2")

    found = check_ledger(str(tmp_path), environment={})

    assert (found.exit_code, [each.code for each in found.errors]) == (3, ["LEDGER-NEWER"])
    with pytest.raises(LedgerError, match="newer Bylaw"):
        ledger_of(tmp_path)


@pytest.mark.parametrize("name", ["", "ledger.db", "blobs", "keys", "keys/trusted"])
def test_open_folder_that_is_a_link_is_refused(tmp_path: Path, name: str) -> None:
    root, elsewhere = tmp_path / "root", tmp_path / "elsewhere"
    root.mkdir()
    filled(root, 1)
    path = root / ".bylaw" / name
    path.rename(elsewhere)
    path.symlink_to(elsewhere)

    assert check(root) == ["LEDGER-UNREADABLE"]
    with pytest.raises(LedgerError, match="is a symbolic link"):
        ledger_of(root)


def test_append_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    filled(tmp_path, 1)
    (tmp_path / ".bylaw/keys/signing.pem").chmod(0o640)

    with ledger_of(tmp_path) as ledger, pytest.raises(LedgerError, match="others can read"):
        ledger.append(a_draft(50))


def test_append_another_process_holds_it_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path, 1)
    monkeypatch.setattr("bylaw.evidence.ledger.rows.WAIT_SECONDS", 0.05)
    holder = sqlite3.connect(tmp_path / ".bylaw/ledger.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    with ledger_of(tmp_path) as ledger, pytest.raises(LedgerError, match="another process holds"):
        ledger.append(a_draft(50))
    holder.close()
    assert check(tmp_path) == []
