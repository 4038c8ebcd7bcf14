from __future__ import annotations

import marshal
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bylaw.source.discovery import Discovery, SourceFile, discover
from bylaw.source.stat_index import COARSE_RACY_NS, RACY_NS, Snapshot, take, unchanged

SECOND = 1_000_000_000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "app").mkdir(parents=True)
    (root / ".git" / "info").mkdir(parents=True)
    (root / "app" / "a.py").write_text("a = 1\n")
    (root / "app" / "b.py").write_text("b = 1\n")
    (root / "Dockerfile").write_text("FROM python\n")
    return root


def late(root: Path) -> int:
    """A clock by which everything below the root is long settled."""
    newest = max(path.stat().st_ctime_ns for path in [root, *root.rglob("*")])
    return newest + 10 * SECOND


def snapshot_of(root: Path) -> tuple[Snapshot, int]:
    clock = late(root)
    return take(discover(str(root)), clock), clock + SECOND


def test_unchanged_same_tree_true_after_marshal(root: Path) -> None:
    snapshot, now = snapshot_of(root)
    assert unchanged(marshal.loads(marshal.dumps(snapshot)), str(root), now)


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "app" / "a.py").write_text("a = 22\n"),
        lambda root: (root / "app" / "a.py").unlink(),
        lambda root: (root / "app" / "c.py").touch(),
        lambda root: (root / "new").mkdir(),
        lambda root: (root / "Dockerfile").write_text("FROM debian\n"),
        lambda root: (root / "bylaw.toml").touch(),
        lambda root: (root / ".git" / "info" / "exclude").write_text("a.py\n"),
        lambda root: os.replace(root / "app" / "b.py", root / "app" / "a.py"),
    ],
)
def test_unchanged_after_a_change_false(root: Path, change: object) -> None:
    snapshot, now = snapshot_of(root)
    assert callable(change)
    change(root)
    assert not unchanged(snapshot, str(root), now)


def test_unchanged_same_size_and_restored_time_false(root: Path) -> None:
    snapshot, now = snapshot_of(root)
    target = root / "app" / "a.py"
    times = (target.stat().st_atime_ns, target.stat().st_mtime_ns)
    before = target.stat().st_ctime_ns
    while target.stat().st_ctime_ns == before:
        target.write_text("a = 2\n")
        os.utime(target, ns=times)
    assert not unchanged(snapshot, str(root), now)


def test_unchanged_file_replaced_by_a_link_false(root: Path) -> None:
    snapshot, now = snapshot_of(root)
    (root / "app" / "a.py").rename(root / "app" / "real.txt")
    (root / "app" / "a.py").symlink_to("real.txt")
    assert not unchanged(snapshot, str(root), now)


def test_unchanged_clock_before_the_snapshot_false(root: Path) -> None:
    snapshot, _ = snapshot_of(root)
    assert not unchanged(snapshot, str(root), snapshot[1] - 1)


@pytest.mark.parametrize(
    "snapshot", [(), (1,), (2, 0, True, (), (), ()), None, (1, 0, True, 3, 4, 5)]
)
def test_unchanged_malformed_snapshot_false(root: Path, snapshot: Snapshot) -> None:
    assert not unchanged(snapshot, str(root), 10)


def seen(mtime_ns: int, ctime_ns: int) -> Discovery:
    return Discovery([SourceFile("a.py", 1, mtime_ns, 7, ctime_ns)], [], [], [], [])


@pytest.mark.parametrize(
    ("mtime_ns", "ctime_ns", "trusted"),
    [
        (-RACY_NS - 1, -RACY_NS - 1, True),
        (-RACY_NS, -RACY_NS - 1, False),
        (RACY_NS, -RACY_NS - 1, False),
        (-RACY_NS - 1, -RACY_NS, False),
        (-SECOND - 1, SECOND * 90, False),
        (SECOND * 90, -SECOND - 1, True),
    ],
)
def test_take_stamp_near_the_snapshot_distrusted(
    mtime_ns: int, ctime_ns: int, trusted: bool
) -> None:
    taken = 1_700_000_000 * SECOND + 5
    assert take(seen(taken + mtime_ns, taken + ctime_ns), taken)[2] is trusted


def test_take_whole_seconds_need_a_wider_window() -> None:
    stamp = 1_700_000_000 * SECOND
    assert take(seen(stamp, stamp), stamp + COARSE_RACY_NS)[2] is False
    assert take(seen(stamp, stamp), stamp + COARSE_RACY_NS + 1)[2] is True


def test_import_of_the_hot_path_pulls_in_nothing_heavy() -> None:
    """Start-up is imports: what runs before "nothing changed" needs none of these."""
    rooms = "from bylaw.source import atomic, project_root, stat_index"
    code = f"import sys; sys.path[:0] = {sys.path!r}; {rooms}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-S", "-E", "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    heavy = {"typing", "re", "json", "pathlib", "dataclasses", "hashlib", "tomllib", "click"}
    assert heavy.isdisjoint(loaded)
