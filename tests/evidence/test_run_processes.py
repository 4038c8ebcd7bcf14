"""Processes: nothing of them stays, and what they say is kept up to a limit."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bylaw.evidence.running import Ended, Order, Runs


def _order(folder: Path, code: str, seconds: float = 30.0, most: int = 1 << 20) -> Order:
    variables = {"PATH": os.defpath, "GIVEN": "yes"}
    return Order([sys.executable, "-c", code], str(folder), variables, seconds,
                 str(folder / "said"), most)  # fmt: skip


def _ran(folder: Path, code: str, seconds: float = 30.0, most: int = 1 << 20) -> Ended:
    return Runs().run(_order(folder, code, seconds, most))


def _is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _gone(pid: int) -> bool:
    until = time.monotonic() + 5
    while _is_alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not _is_alive(pid)


def test_run_output_and_exit_code_are_kept_apart(tmp_path: Path) -> None:
    ended = _ran(tmp_path, "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)")
    assert (ended.exit_code, ended.text("stdout"), ended.text("stderr")) == (7, "out\n", "err\n")


def test_run_gives_the_variables_it_was_given_and_no_others(tmp_path: Path) -> None:
    ended = _ran(tmp_path, "import os; print(sorted(set(os.environ) - {'LC_CTYPE'}))")
    assert ended.text("stdout") == "['GIVEN', 'PATH']\n"


def test_run_long_output_is_cut_and_says_by_how_much(tmp_path: Path) -> None:
    ended = _ran(tmp_path, "print('x' * 100_000, end='')", most=1000)
    assert (ended.stdout.size, ended.stdout.cut, len(ended.text("stdout"))) == (1000, 99_000, 1000)


SPAWN = (
    "import subprocess, sys\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "print(child.pid, flush=True)\n"
)


def test_run_ends_what_the_process_left_in_its_group(tmp_path: Path) -> None:
    ended = _ran(tmp_path, SPAWN)
    assert ended.exit_code == 0
    assert _gone(int(ended.text("stdout")))


def test_run_ends_the_whole_group_when_its_time_is_over(tmp_path: Path) -> None:
    ended = _ran(tmp_path, SPAWN + "import time; time.sleep(600)", seconds=1.0)
    assert ended.late
    assert ended.exit_code is None
    assert _gone(int(ended.text("stdout")))


def test_run_stop_ends_what_runs_and_starts_nothing_more(tmp_path: Path) -> None:
    runs = Runs()
    found: list[Ended] = []
    order = _order(tmp_path, SPAWN + "import time; time.sleep(600)")
    thread = threading.Thread(target=lambda: found.append(runs.run(order)))
    thread.start()
    said = tmp_path / "said" / "stdout"
    while not (said.exists() and said.read_text().endswith("\n")):
        time.sleep(0.02)
    runs.stop()
    thread.join(20)
    assert found[0].stopped
    assert _gone(int(found[0].text("stdout")))
    assert runs.run(order).exit_code is None


def test_run_a_process_that_ignores_being_told_is_killed(tmp_path: Path) -> None:
    code = (
        "import signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('on', flush=True)\ntime.sleep(600)"
    )
    ended = _ran(tmp_path, code, seconds=1.0)
    assert (ended.late, ended.signal) == (True, 9)


def test_run_a_program_that_is_not_there_is_a_problem_and_no_exception(tmp_path: Path) -> None:
    order = Order(["/no/such/program"], str(tmp_path), {}, 5.0, str(tmp_path / "said"))
    ended = Runs().run(order)
    assert ended.exit_code is None
    assert "cannot be started" in ended.problem


@pytest.mark.parametrize(("second", "back"), [(5, False), (-5, True)])
def test_run_a_clock_that_goes_backwards_is_seen(tmp_path: Path, second: int, back: bool) -> None:
    ended = Runs(_clock(0, second)).run(_order(tmp_path, "pass"))
    assert ended.clock_back is back


def _clock(*seconds: int) -> Callable[[], datetime]:
    moments = iter([datetime.fromtimestamp(1_700_000_000 + each, UTC) for each in seconds])
    return lambda: next(moments)
