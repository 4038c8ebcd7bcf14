"""The boot probe leaves no process, port or file behind, whatever a service does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from tests.probes.services import (
    FASTAPI,
    WORKER,
    Left,
    boot,
    codes,
    left_over,
    service,
)

from bylaw.linking import configuration_of, context_of, link_repository
from bylaw.probes.boot.probe import Asked, probe_boot
from bylaw.probes.boot.running import Times
from bylaw.rules.selection import Options

pytestmark = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc")
PROCFILE = "web: python -m app.main\n"
DEAF = WORKER.replace(
    "asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)",
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
)
DAEMON = f"""import os
import sys

if os.fork():
    sys.exit(0)
os.setsid()
if os.fork():
    os._exit(0)
{WORKER}"""
FORKS = WORKER.replace(
    "async def work():",
    """for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        import time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)


async def work():""",
)
WRITES = WORKER.replace(
    "async def work():",
    """for name in ("made-in-app", "/tmp/bylaw-test-made-in-tmp", "/dev/shm/bylaw-test-made"):
    with open(name, "w") as file:
        file.write("made")


async def work():""",
)
TOO_MUCH = "import sys\nwhile True:\n    sys.stderr.write('noise ' * 10000)\n"
BODIES = {
    "deaf": (DEAF, {"stop-timeout"}),
    "daemon": (DAEMON, {"ended-early"}),
    "forks": (FORKS, set()),
    "writes": (WRITES, set()),
    "too-much": (TOO_MUCH, set()),
}
QUICK = ("--stop-seconds", "2", "--ready-seconds", "3")


def made(root: Path, body: str) -> Path:
    """A repository whose web process is a module of its own."""
    root = service(root, {"app/main.py": body, "Procfile": PROCFILE}, "[]")
    (root / "Dockerfile").unlink()
    return root


def rooms() -> set[str]:
    """Temporary folders of probes."""
    place = Path(tempfile.gettempdir())
    return {each.name for each in place.glob("bylaw-probe-*")}


def settled(root: Path, before: Left, seconds: float = 10.0) -> Left:
    """What is left after a moment."""
    for _ in range(int(seconds * 10)):
        found = left_over(root, str(root))
        if found == before:
            break
        time.sleep(0.1)
    return left_over(root, str(root))


@pytest.mark.parametrize("name", BODIES)
def test_boot_leaves_nothing_behind(name: str, tmp_path: Path) -> None:
    body, expected = BODIES[name]
    root = made(tmp_path, body)
    before = left_over(root, str(root))

    answer = boot(root, *QUICK)

    assert settled(root, before) == before
    assert expected <= codes(answer), answer.document
    assert not [each for each in rooms() if "bylaw-probe" in each and _is_ours(each, root)]
    assert not os.path.exists("/tmp/bylaw-test-made-in-tmp")
    assert not os.path.exists("/dev/shm/bylaw-test-made")
    if name == "too-much":
        assert answer.outcome.result == "not-verified", "the room's own limit ends it"
    if name == "daemon":
        assert "leaves the foreground" in answer.of("ended-early")[0].what


def _is_ours(name: str, root: Path) -> bool:
    plan = Path(tempfile.gettempdir(), name, "plan.json")
    return plan.is_file() and str(root) in plan.read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_boot_interrupted_leaves_nothing_behind(number: signal.Signals, tmp_path: Path) -> None:
    root = made(tmp_path, FORKS)
    before = left_over(root, str(root))
    command = [sys.executable, "-m", "bylaw", "probe", "boot", str(root), "--no-cache",
               "--python", sys.executable]  # fmt: skip
    known = rooms()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        for _ in range(600):
            if any("app.main" in _words(each) for each in _all()):
                break
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        process.wait(20)
    finally:
        process.kill()
        process.wait()

    assert settled(root, before) == before
    for _ in range(100):
        ours = [each for each in rooms() - known if _is_ours(each, root)]
        if not ours:
            break
        time.sleep(0.1)
    assert not ours


def _all() -> list[str]:
    return [each for each in os.listdir("/proc") if each.isdigit()]


def _words(number: str) -> str:
    try:
        return Path(f"/proc/{number}/cmdline").read_text(errors="replace").replace("\0", " ")
    except OSError:
        return ""


def test_boot_without_namespaces_sees_the_same(tmp_path: Path) -> None:
    """The weaker room works as well, and names what is open in it."""
    procfile = "web: uvicorn app.main:app --port $PORT\n"
    root = service(tmp_path, {"app/main.py": FASTAPI, "Procfile": procfile}, "[]")
    (root / "Dockerfile").unlink()
    before = left_over(root, str(root))
    config = configuration_of(str(root))
    linked = link_repository(str(root), config, Options(use_cache=False))
    asked = Asked(python=sys.executable, times=Times(), contain=False)

    outcome = probe_boot(context_of(linked), asked, lambda _: None)

    assert (outcome.result, outcome.reason_codes) == ("pass", ())
    kinds = {each.kind for each in outcome.observations}
    assert {"not-denied", "health", "in-flight", "port-honoured", "shutdown"} <= kinds
    assert settled(root, before) == before
