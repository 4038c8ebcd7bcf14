"""``bylaw model`` as a command: exit codes, shape, the same answer every time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_APP = """
from fastapi import FastAPI

app = FastAPI()


@app.get("/x")
def x() -> int:
    return 1
"""


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bylaw", "model", *words],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_model_command_prints_json_and_exits_zero(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(_APP)
    first = _run(str(tmp_path), "--format", "json", "--no-cache")
    second = _run(str(tmp_path), "--format", "json", "--no-cache", "--jobs", "1")
    assert first.returncode == 0
    assert first.stdout == second.stdout
    document = json.loads(first.stdout)
    assert [each["url"] for each in document["routes"]] == ["/x"]
    assert document["errors"] == []


def test_model_command_says_what_it_could_not_read(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(_APP)
    (tmp_path / "broken.py").write_text("def (:\n")
    assert _run(str(tmp_path), "--no-cache").returncode == 3


def test_model_command_of_nothing_is_incomplete(tmp_path: Path) -> None:
    answer = _run(str(tmp_path), "--format", "json", "--no-cache")
    assert answer.returncode == 3
    assert json.loads(answer.stdout)["errors"][0]["code"] == "nothing-analysed"


def test_model_command_of_a_missing_path_is_a_usage_error(tmp_path: Path) -> None:
    assert _run(str(tmp_path / "gone")).returncode == 2
