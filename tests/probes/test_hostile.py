"""A backend that means harm is limited, reported, and gone afterwards."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.probes.backend import BASE, probe, write
from tests.probes.hostile_code import GOOD, HOSTILE, MARK, SLEEPER

from bylaw.probes.host import Agent, Limits, Room
from bylaw.probes.interpreter import Interpreter


def digest(root: Path) -> str:
    """One hash over every name and content."""
    whole = hashlib.blake2b()
    for path in sorted(root.rglob("*")):
        whole.update(str(path).encode())
        whole.update(path.read_bytes() if path.is_file() else b"")
    return whole.hexdigest()


def alive() -> list[int]:
    """Processes that carry the mark."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if Path(f"/proc/{name}/comm").read_text().strip() == MARK[:15]:
                found.append(int(name))
    return found


def gone(seconds: float = 8.0) -> bool:
    """Whether nothing that carries the mark is left, soon."""
    for _ in range(int(seconds * 20)):
        if not alive():
            break
        time.sleep(0.05)
    return not alive()


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc")
@pytest.mark.parametrize("name", HOSTILE)
def test_probe_hostile_module_is_limited_and_the_others_are_seen(name: str, tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {"app/__init__.py": "", "app/a_good.py": GOOD, f"app/{name}.py": HOSTILE[name],
         "app/z_good.py": GOOD},
    )  # fmt: skip
    before = digest(root)
    started = time.monotonic()

    answer = probe(root, "--module-seconds", "2", "--processes", "40", "--memory", "1024")

    assert time.monotonic() - started < 60
    assert {"app/a_good.py:2 A", "app/z_good.py:2 A"} <= answer.places("env-read")
    assert digest(root) == before
    assert gone()
    kinds = {each.kind for each in answer.outcome.observations if each.path == f"app/{name}.py"}
    if name in ("endless", "ignores_end"):
        assert "time-limit" in kinds
    if name == "forger":
        assert "forged-output" in kinds
    if name in ("vanishes", "crashes", "closes"):
        assert "crashed" in kinds
    if name in ("daemon", "forks", "comes_back", "kills_parent"):
        assert "process" in kinds or "crashed" in kinds or answer.outcome.errors


@contextlib.contextmanager
def running(root: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A probe that has come to the module which sleeps."""
    command = [sys.executable, "-m", "bylaw", "probe", "imports", str(root), "--python", BASE]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    for _ in range(1200):
        if alive():
            break
        assert process.poll() is None
        time.sleep(0.05)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_probe_stopped_leaves_nothing_running(number: signal.Signals, tmp_path: Path) -> None:
    root = write(tmp_path, {"app/__init__.py": "", "app/main.py": SLEEPER})
    with running(root) as process:
        process.send_signal(number)
        process.wait(15)

        assert gone()


@pytest.mark.parametrize("contain", [True, False])
def test_agent_says_what_is_not_denied(contain: bool, tmp_path: Path) -> None:
    """The weaker room works as well, and names what is open in it."""
    body = "import os\nopen(os.path.join(os.path.dirname(__file__), 'made'), 'w').close()\n"
    root = write(tmp_path / "root", {"app/__init__.py": "", "app/main.py": body})
    plan = {
        "protocol": "bylaw.agent/1", "paths": ["app/__init__.py", "app/main.py"], "roots": [""],
        "preload": [], "wrapped": [], "prepare": None, "modules": [["app.main", "app/main.py", ""]],
        "seconds": 10, "processes": 50, "deadline": time.monotonic() + 60, "spawn": False,
    }  # fmt: skip
    interpreter = Interpreter(BASE, "test", tuple(sys.version_info[:3]))
    environment = {"PATH": os.defpath, "HOME": "{room}/home", "TMPDIR": "{room}/tmp"}
    with Agent(
        interpreter, "run_imports.py", plan, str(root), environment, Limits(), contain
    ) as agent:
        said = list(agent.messages(30, time.monotonic() + 60))

        assert agent.problem == ""
    (module,) = [each for each in said if each["kind"] == "module"]
    assert module["failure"] is None, module
    assert [event[0] for event in module["events"]] == ["filesystem-write"]
    assert not (root / "app/made").exists()
    assert isinstance(agent.room, Room)
    if not contain:
        assert agent.room.name in ("landlock", "copy")
        assert "processes" in agent.room.open
