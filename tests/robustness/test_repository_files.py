"""Deploy files and git: broken ones, absent ones, and what a stored report rests on."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.robustness.conftest import Call, Ran

SAME = "nothing changed"
MIGRATION = "revision = '1'\ndown_revision = None\n\n\ndef upgrade():\n    {}\n"


def git(root: Path, *words: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "backend"
    (root / "app").mkdir(parents=True)
    (root / "app" / "__init__.py").write_text("")
    (root / "bylaw.toml").write_text("")
    return root


def add_migration(root: Path) -> Path:
    versions = root / "migrations" / "versions"
    versions.mkdir(parents=True)
    (versions / "one.py").write_text(MIGRATION.format("pass"))
    git(root, "init", "--quiet", "--initial-branch=main")
    return versions / "one.py"


def warm(call: Call, *words: object) -> Ran:
    for _ in range(12):
        ran = call("check", *words)
        if SAME in ran.out:
            return ran
    raise AssertionError("the stored report is never used")


def test_check_broken_compose_file_is_named_and_3(call: Call, root: Path) -> None:
    (root / "compose.yml").write_text("services:\n  web: [\n")
    ran = call("check", root, "--select", "path-hack", "--format", "json")
    assert ran.code == 3
    assert ran.error("compose.yml")["code"] == "manifest"
    assert ran.error("compose.yml")["line"] >= 2


def test_check_broken_compose_file_nobody_reads_is_no_error(call: Call, root: Path) -> None:
    (root / "compose.yml").write_text("services:\n  web: [\n")
    assert call("check", root, "--select", "import-cycle").code == 0


def test_check_changed_makefile_reports_anew(call: Call, root: Path) -> None:
    (root / "Makefile").write_text("lint:\n\truff check .\n")
    words = (root, "--select", "gate-disabled")
    assert warm(call, *words).code == 0
    (root / "Makefile").write_text("lint:\n\truff check --exit-zero .\n")
    ran = call("check", *words)
    assert SAME not in ran.out
    assert "gate-disabled" in ran.out


def test_check_changed_makefile_nobody_reads_keeps_the_report(call: Call, root: Path) -> None:
    (root / "Makefile").write_text("lint:\n\truff check .\n")
    words = (root, "--select", "import-cycle")
    warm(call, *words)
    with (root / "Makefile").open("a") as file:
        file.write("# more\n")
    assert SAME in call("check", *words).out


def test_check_no_base_is_not_verified_and_3_where_asked(call: Call, root: Path) -> None:
    add_migration(root)
    ran = call("check", root, "--select", "edited-migration", "--format", "json")
    assert ran.code == 3
    assert [each["rule"] for each in ran.document["not_verified"]] == ["edited-migration"]
    assert "not verified" in call("check", root).out


def test_check_base_moves_reports_anew(call: Call, root: Path) -> None:
    path = add_migration(root)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "one")
    path.write_text(MIGRATION.format("print()"))
    words = (root, "--select", "edited-migration", "--base", "main")
    assert warm(call, *words).code == 1
    git(root, "commit", "--quiet", "--all", "-m", "two")
    ran = call("check", *words)
    assert SAME not in ran.out
    assert ran.code == 0


def test_check_unknown_base_is_a_usage_error(call: Call, root: Path) -> None:
    git(root, "init", "--quiet", "--initial-branch=main")
    words = ("--select", "commit-message")
    assert call("check", root, *words, "--base", "nowhere").code == 2
    assert call("check", root, *words, "--base=--upload-pack=x").code == 2


def test_check_suppression_in_a_makefile_silences(call: Call, root: Path) -> None:
    remark = "# bylaw: ignore[gate-disabled] a first look"
    (root / "Makefile").write_text(f"lint:\n\truff check --exit-zero . {remark}\n")
    ran = call("check", root, "--select", "gate-disabled,unused-suppression")
    assert ran.code == 0
    assert "1 suppressed" in ran.out
