"""Told to stop, ``bylaw verify`` ends everything it started, and the ledger stays whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.evidence.adapters.scratch import SHOP, repository


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_run_told_to_stop_leaves_no_process(tmp_path: Path, number: signal.Signals) -> None:
    mark = tmp_path / "mark"
    code = (
        "import os, time\n"
        f"def test_a():\n    open({str(mark)!r}, 'w').write(str(os.getpid()))\n"
        "    time.sleep(600)\n"
    )
    root = repository(tmp_path / "shop", {**SHOP, "tests/test_more.py": code})
    process = subprocess.Popen(
        [sys.executable, "-m", "bylaw", "run", "tests-green", "--base", "base"], cwd=root,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "CI": "1"},
    )  # fmt: skip
    try:
        until = time.monotonic() + 60
        while not (mark.exists() and mark.read_text()) and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(number)
        process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode not in (0, 1)
    assert _is_gone(int(mark.read_text()))
    checked = subprocess.run([sys.executable, "-m", "bylaw", "evidence"], cwd=root, check=False,
                             capture_output=True, text=True)  # fmt: skip
    assert "tests-green" not in checked.stdout


def _is_gone(pid: int) -> bool:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
