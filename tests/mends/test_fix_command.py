"""``bylaw check --fix`` as people call it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest


class Ran(NamedTuple):
    code: int
    out: str
    err: str


MENDED = (
    "--select",
    "relative-import,unused-suppression,import-time-env-read,blocking-call-in-async",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    home = tmp_path / "repository"
    (home / "app").mkdir(parents=True)
    (home / "bylaw.toml").write_text("")
    (home / "app/__init__.py").write_text("")
    (home / "app/a.py").write_text("from .b import x\n\n\ndef f():\n    return x\n")
    (home / "app/b.py").write_text("x = 1  # bylaw: ignore[import-time-env-read] gone\n")
    (home / "run.py").write_text(
        "import requests\nimport app.a\n\n\nasync def f():\n    requests.get('x')\n"
    )
    return home


def _call(root: Path, *words: str) -> Ran:
    environment = os.environ | {"XDG_CACHE_HOME": str(root.parent / "cache")}
    done = subprocess.run(
        [sys.executable, "-m", "bylaw", "check", *words], cwd=root, env=environment,
        capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert b"Traceback" not in done.stderr
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def _state(root: Path) -> dict[str, bytes]:
    return {str(each): each.read_bytes() for each in sorted(root.rglob("*")) if each.is_file()}


def _document(ran: Ran) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(ran.out)
    return document


def test_fix_safe_mends_are_written_and_the_rest_decides(root: Path) -> None:
    ran = _call(root, *MENDED, "--fix")

    assert ran.code == 1
    assert "2 findings mended in 2 files, up to 1 more with --unsafe-fixes" in ran.out
    assert (root / "app/a.py").read_text().startswith("from app.b import x\n")
    assert (root / "app/b.py").read_text() == "x = 1\n"
    assert "requests.get('x')" in (root / "run.py").read_text()


def test_fix_unsafe_too_leaves_nothing(root: Path) -> None:
    words = (*MENDED, "--fix", "--unsafe-fixes")

    first, second = _call(root, *words), _call(root, *words)

    assert (first.code, second.code) == (0, 0)
    assert "3 findings mended in 3 files" in first.out
    assert "0 findings mended in 0 files" in second.out
    assert "    await asyncio.to_thread(requests.get, 'x')\n" in (root / "run.py").read_text()


def test_fix_after_a_stored_report_is_not_replayed(root: Path) -> None:
    for _ in range(2):
        assert _call(root, "--select", "relative-import").code == 1
    assert _call(root, "--select", "relative-import", "--fix").code == 0
    assert _call(root, "--select", "relative-import").code == 0


def test_diff_writes_nothing_and_applies(root: Path) -> None:
    before = _state(root)

    ran = _call(root, *MENDED, "--diff")

    assert _state(root) == before
    assert ran.code == 1
    assert "2 findings would be mended in 2 files" in ran.err
    assert ran.out.startswith("--- a/app/a.py\n+++ b/app/a.py\n@@ -1,")
    subprocess.run(["git", "apply", "-"], input=ran.out.encode(), cwd=root, check=True)
    assert (root / "app/a.py").read_text().startswith("from app.b import x\n")
    assert _call(root, "--select", "relative-import,unused-suppression").code == 0


def test_diff_of_a_file_without_last_line_ending_applies(root: Path) -> None:
    (root / "app/a.py").write_bytes(b"y = '\xc3\xa4'\r\nfrom .b import x")

    ran = _call(root, "--select", "relative-import", "--diff")

    assert "\\ No newline at end of file\n" in ran.out
    subprocess.run(["git", "apply", "-"], input=ran.out.encode(), cwd=root, check=True)
    assert (root / "app/a.py").read_bytes() == b"y = '\xc3\xa4'\r\nfrom app.b import x"


def test_fix_only_the_asked_paths_are_mended(root: Path) -> None:
    _call(root, "app/b.py", "--select", "relative-import,unused-suppression,import-time-env-read",
          "--fix")  # fmt: skip

    assert (root / "app/a.py").read_text().startswith("from .b")
    assert (root / "app/b.py").read_text() == "x = 1\n"


def test_fix_json_has_the_one_shape_and_what_was_mended(root: Path) -> None:
    plain = _document(_call(root, "--select", "relative-import", "--format", "json"))
    document = _document(_call(root, "--select", "relative-import", "--fix", "--format", "json"))

    assert list(document) == [*plain, "mends"]
    assert document["mends"] == {
        "mended": 1, "files": 1, "written": True, "unsafe_available": 0, "left": [],
    }  # fmt: skip
    assert document["summary"]["findings"] == len(document["findings"]) == 0


@pytest.mark.parametrize(
    "words",
    [
        ("--unsafe-fixes",),
        ("--fix", "--grow-baseline"),
        ("--diff", "--update-baseline"),
        ("--diff", "--format", "json"),
        ("--fix", "--select", "no-such-rule"),
    ],
)
def test_fix_misuse_is_2_and_changes_nothing(root: Path, words: tuple[str, ...]) -> None:
    before = _state(root)

    ran = _call(root, *words)

    assert ran.code == 2
    assert ran.out
    assert _state(root) == before


def test_fix_baselined_and_suppressed_findings_stay(root: Path) -> None:
    text = "from .b import x  # bylaw: ignore[relative-import] a reason\nfrom . import b\n"
    (root / "app/a.py").write_text(text)
    assert _call(root, "--select", "relative-import", "--grow-baseline").code == 0

    assert _call(root, "--select", "relative-import", "--fix").code == 0
    assert (root / "app/a.py").read_text() == text


def test_fix_incomplete_run_is_still_3(root: Path) -> None:
    (root / "app/c.py").write_text("def broken(:\n")

    ran = _call(root, "--select", "relative-import", "--fix")

    assert ran.code == 3
    assert (root / "app/a.py").read_text().startswith("from app.b import x\n")
