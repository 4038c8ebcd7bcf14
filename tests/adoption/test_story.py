"""The service of the story: what is wrong is told by the right rule; mended, it really starts."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from boot_service import PACKAGE, Running, free_port

import bylaw
from bylaw.adopting import Wanted, adopt
from bylaw.rules.selection import Options

STORY = Path(__file__).parents[2] / "examples" / "boot-story"
ENTRY = "backend.infrastructure.worker_entry"
Start = Callable[..., Running]

FAILURES = [
    # The image names a module that was deleted; Procfile and render.yaml are right.
    ("boot-command-unresolved", "Dockerfile", 9, "error"),
    ("boot-command-shadowed", "render.yaml", 6, "warning"),
    # Later a command of the dashboard outranks the image, whatever it says.
    ("boot-command-shadowed", "Dockerfile", 9, "warning"),
    # The package is defined nowhere.
    ("package-not-installed", "Dockerfile", 1, "warning"),
    # Port and health path disagree.
    ("boot-port-mismatch", "Dockerfile", 8, "error"),
    ("boot-health-mismatch", "Dockerfile", 8, "error"),
    ("boot-health-mismatch", "render.yaml", 7, "error"),
]


def _found(root: Path) -> list[tuple[str, str, int, str]]:
    result = bylaw.check(str(root), use_cache=False)
    return [(each.rule, each.path, each.line, each.severity) for each in result.findings]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda each: f"{each[0]}-{each[1]}-{each[2]}")
def test_before_shows_each_failure_of_the_story_at_its_line(
    failure: tuple[str, str, int, str],
) -> None:
    assert failure in _found(STORY / "before")


def test_before_what_is_right_is_not_called_unresolved() -> None:
    unresolved = [each for each in _found(STORY / "before") if each[0] == FAILURES[0][0]]

    assert unresolved == [FAILURES[0]]


def test_after_is_clean() -> None:
    assert _found(STORY / "after") == []


def test_readme_names_the_rules_and_lines_that_the_test_holds() -> None:
    text = (STORY / "README.md").read_text(encoding="utf-8")

    for rule, path, line, _ in FAILURES:
        assert any(rule in row and f"{path}:{line}" in row for row in text.split("\n")), (
            rule,
            line,
        )


def test_after_inventory_starts_the_same_everywhere() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bylaw", "boot", "inventory", str(STORY / "after"), "--no-cache"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    winning = [row for row in done.stdout.split("\n") if row.startswith("  wins")]

    assert done.returncode == 0
    assert len(winning) == 5
    assert all(row.endswith(f"python -m {ENTRY}") for row in winning)


def test_after_adopting_changes_nothing_and_leaves_nothing() -> None:
    adoption = adopt(str(STORY / "after"), Options(use_cache=False, jobs=1), Wanted(write=True))

    assert (adoption.state, adoption.opens, adoption.exit_code) == ("unchanged", (), 0)


def test_before_adopted_only_what_is_left_open_is_found(tmp_path: Path) -> None:
    shutil.copytree(STORY / "before", tmp_path / "story")
    root = tmp_path / "story"
    adoption = adopt(str(root), Options(use_cache=False, jobs=1), Wanted(write=True))

    assert adoption.exit_code == 3
    assert {(each.path, each.line) for each in adoption.opens} == {
        ("Dockerfile", 6), ("backend/settings.py", 10), ("bylaw.toml", 13),
    }  # fmt: skip
    assert {each[:2] for each in _found(root) if each[3] != "note"} == {
        ("path-hack", "Dockerfile"), ("boot-command-shadowed", "Dockerfile"),
        ("boot-command-drift", "bylaw.toml"), ("boot-command-not-module", "bylaw.toml"),
    }  # fmt: skip


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the mended service as its image does, from a copy."""
    root = tmp_path / "service"
    shutil.copytree(STORY / "after", root)
    site = tmp_path / "python" / "site-packages"
    site.mkdir(parents=True)
    (site / "bylaw_boot").symlink_to(PACKAGE / "src" / "bylaw_boot")
    running: list[Running] = []

    def make(**environ: str) -> Running:
        port = free_port()
        given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(site), "PORT": str(port), **environ}
        process = subprocess.Popen(
            [sys.executable, "-m", ENTRY], cwd=root, env=given, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        running.append(Running(process, port))
        return running[-1]

    yield make
    for each in running:
        each.close()


def test_after_really_starts_serves_and_stops(start: Start) -> None:
    service = start(MAILBOX_URL="imap://localhost:1143")
    service.wait_for("Uvicorn running")
    service.reach()

    assert service.ask("/health") == (200, b'{"status":"ok"}')
    assert service.ask("/summary?text=One.%20Two.") == (200, b'{"summary":"One"}')
    service.send(signal.SIGTERM)
    assert service.end() == 0


def test_after_the_worker_runs_and_answers_for_its_health(start: Start) -> None:
    service = start(MAILBOX_URL="imap://localhost:1143", WORKER_MODE="true")
    service.wait_for("looking at imap://localhost:1143")
    service.reach()

    assert service.ask("/healthz")[0] == 200
    service.send(signal.SIGTERM)
    assert service.end() == 0


def test_after_without_its_variable_does_not_start_and_says_so(start: Start) -> None:
    service = start()

    assert service.end() == 1
    assert "MAILBOX_URL" in service.seen.splitlines()[-1]
