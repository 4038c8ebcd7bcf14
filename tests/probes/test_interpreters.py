"""Agents run under every Python from 3.9 on; the project's own interpreter is found."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from tests.probes.backend import environment, probe, write

from bylaw.errors import UsageError
from bylaw.probes.interpreter import find_interpreter, install_command

VERSIONS = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
PYTHONS = sorted(
    str(each / "bin/python")
    for minor in range(9, 16)
    for each in VERSIONS.glob(f"3.{minor}.*")
    if (each / "bin/python").exists()
)
EFFECTS = """\
import os, socket, sqlite3, subprocess, threading, asyncio, atexit, signal
A = os.environ.get("A")
B = [*os.environ]
threading.Thread(target=print).start()
subprocess.run(["true"])
sqlite3.connect(":memory:")
socket.socket().connect_ex(("127.0.0.1", 9))
asyncio.run(asyncio.sleep(0))
atexit.register(print)
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
open("made.txt", "w").close()
os.environ.setdefault("C", "d")
raise LookupError("no")
"""
SEEN = {
    ("env-read", 2), ("env-read", 3), ("thread", 4), ("process", 5), ("database", 6),
    ("network", 7), ("process", 8), ("process", 9), ("process", 10), ("filesystem-write", 11),
    ("env-read", -12), ("raise", 13),
}  # fmt: skip
"""Kind and line; below zero where it does not count."""
KINDS = {kind for kind, _ in SEEN}


@pytest.mark.parametrize("python", PYTHONS or [sys.executable])
def test_agent_sees_the_same_under_every_python(python: str, tmp_path: Path) -> None:
    answer = probe(write(tmp_path, {"app/__init__.py": "", "app/main.py": EFFECTS}), python=python)

    seen = {
        (each.kind, -each.line if each.remarks("aside") else each.line)
        for each in answer.outcome.observations
        if each.path == "app/main.py" and each.kind in KINDS
    }
    assert seen >= SEEN
    assert {each for each in seen if each[1] > 0} == {each for each in SEEN if each[1] > 0}


def test_agent_older_python_is_not_verified(tmp_path: Path) -> None:
    old = [each / "bin/python" for each in VERSIONS.glob("3.[678].*")]
    if not old:
        pytest.skip("no Python before 3.9 at hand")
    answer = probe(write(tmp_path, {"app/main.py": ""}), python=str(old[0]))

    assert (answer.code, answer.outcome.reason_codes) == (3, ("python-too-old",))


def test_agent_files_import_no_code_of_ours_and_ours_none_of_theirs() -> None:
    import bylaw

    source = Path(bylaw.__file__).parent
    agents = source / "probes" / "agents"
    for path in source.rglob("*.py"):
        text = path.read_text()
        if agents in path.parents:
            assert "import bylaw\n" not in text
            assert "from bylaw." not in text
        else:
            assert "bylaw_agent" not in text


@pytest.mark.parametrize(
    ("place", "found_by"),
    [(".venv", ".venv"), ("venv", "venv"), ("backend/.venv", ".venv"), (".tox/py", "tox")],
)
def test_find_interpreter_environment_in_the_project(
    place: str, found_by: str, tmp_path: Path
) -> None:
    environment(tmp_path / place, {})

    found = find_interpreter(str(tmp_path), "", "", ["", "backend"])

    assert (found.path, found.found_by) == (str(tmp_path / place / "bin/python"), found_by)
    assert found.version[:2] == sys.version_info[:2]


@pytest.mark.parametrize(
    ("tool", "file", "text"),
    [("poetry", "poetry.lock", ""), ("pipenv", "Pipfile", ""),
     ("conda", "environment.yml", "name: shop\n")],
)  # fmt: skip
def test_find_interpreter_asks_the_tool_that_keeps_it(
    tool: str, file: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / ("base/envs/shop" if tool == "conda" else "elsewhere")
    environment(home, {})
    answer = tmp_path / "base" if tool == "conda" else home
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / tool
    program.write_text(f"#!/bin/sh\necho {answer}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    root = write(tmp_path / "root", {file: text})

    found = find_interpreter(str(root), "", "", [""])

    assert (found.path, found.found_by) == (str(home / "bin/python"), tool)


def test_find_interpreter_none_is_told(tmp_path: Path) -> None:
    assert find_interpreter(str(tmp_path), "", "", [""]).found_by == "none"


def test_find_interpreter_named_and_broken_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        find_interpreter(str(tmp_path), str(tmp_path / "python"), "", [""])


def test_install_command_is_that_of_the_project(tmp_path: Path) -> None:
    found = find_interpreter(str(tmp_path), "", "", [""])
    assert install_command(str(tmp_path), [""], found, ["a"]).endswith("pip install a")
    (tmp_path / "uv.lock").touch()
    assert install_command(str(tmp_path), [""], found, ["a"]) == "uv sync"
