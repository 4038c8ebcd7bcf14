"""``docs/first-rule.md``, executed: every file is written, every command run and compared."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tests.plugins.conftest import Site

PAGE = Path(__file__).parents[2] / "docs" / "first-rule.md"
_FENCE = re.compile(r'^```(\w+)(?: title="([^"]+)")?$')


class Step(NamedTuple):
    """A file to write, or a command with what it prints."""

    path: str
    command: str
    text: str


def steps(text: str) -> Iterator[Step]:
    lines = iter(text.split("\n"))
    for line in lines:
        fence = _FENCE.match(line)
        if fence is None:
            continue
        body = []
        for inner in lines:
            if inner == "```":
                break
            body.append(inner)
        language, title = fence.groups()
        if title:
            yield Step(title, "", "\n".join([*body, ""]))
        elif language == "console":
            assert body[0].startswith("$ ")
            yield Step("", body[0][2:], "\n".join([*body[1:], ""]))


def run(command: str, folder: Path, site: Site) -> subprocess.CompletedProcess[str]:
    program, *words = shlex.split(command)
    start = {"bylaw": [sys.executable, "-m", "bylaw"], "python": [sys.executable]}[program]
    environment = {
        "HOME": str(folder), "PATH": os.defpath, "PYTHONPATH": f"{folder}{os.pathsep}{site.folder}",
        "XDG_CACHE_HOME": str(site.folder / "cache"), "COLUMNS": "200",
    }  # fmt: skip
    return subprocess.run(
        [*start, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_tutorial_files_and_commands_do_what_the_page_says(tmp_path: Path, site: Site) -> None:
    folder = tmp_path / "tutorial"
    executed = []
    for step in steps(PAGE.read_text(encoding="utf-8")):
        if step.path:
            path = folder / step.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.text, encoding="utf-8")
            if step.path == "pyproject.toml":
                install(site, tomllib.loads(step.text)["project"])
            continue
        done = run(step.command, folder, site)
        executed.append(step.command.split()[1])
        assert "Traceback" not in done.stdout + done.stderr
        if step.command.startswith("python"):
            assert (done.returncode, "3 passed" in done.stdout) == (0, True), done.stdout
        elif "check" in step.command:
            assert done.returncode == 1
            assert done.stdout.startswith(step.text), done.stdout
        else:
            assert (done.returncode, done.stdout) == (0, step.text)
    assert executed == ["explain", "check", "check", "check", "-m"]


def install(site: Site, project: dict[str, object]) -> None:
    """What ``pip install -e .`` leaves: metadata in one folder, the code in another."""
    points = project["entry-points"]
    assert isinstance(points, dict)
    site.install(str(project["name"]), str(project["version"]), {}, points["bylaw.rules"])
