"""The worker mode: liveness, readiness, stalling, and stopping."""

from __future__ import annotations

import json
import signal

import pytest
from boot_service import DECLARATION, Running, Service

READY = "worker ready"
SAY = "import sys\ndef say(text):\n    print(text, file=sys.stderr, flush=True)\n"
TOLD = SAY + (
    "def run(worker):\n    say('worker ready')\n    while not worker.wait(60):\n        pass\n"
    "    say('finished in hand')\n"
)
TOLD_ASYNC = SAY + (
    "async def run(worker):\n    say('worker ready')\n"
    "    while not await worker.wait_async(60):\n        pass\n    say('finished in hand')\n"
)
NOT_TOLD = SAY + (
    "import time\ndef run():\n    say('worker ready')\n    try:\n        time.sleep(60)\n"
    "    finally:\n        say('finished in hand')\n"
)
NOT_TOLD_ASYNC = SAY + (
    "import asyncio\nasync def run():\n    say('worker ready')\n    try:\n"
    "        await asyncio.sleep(60)\n    finally:\n        say('finished in hand')\n"
)
HANGING = SAY + (
    "import threading\ndef run(worker):\n    say('worker ready')\n    threading.Event().wait()\n"
)


def _start(service: Service, worker: str, more: str = "", **environ: str) -> Running:
    service.write({"backend/worker.py": worker})
    service.declare(DECLARATION + more)
    running = service.start(WORKER_MODE="true", **environ)
    running.wait_for(READY)
    return running


@pytest.mark.parametrize("worker", [TOLD, TOLD_ASYNC, NOT_TOLD, NOT_TOLD_ASYNC])
def test_worker_answers_and_stops_in_good_order(service: Service, worker: str) -> None:
    running = _start(service, worker)
    assert running.ask("/health") == (200, b'{"status":"ok"}')
    assert running.ask("/healthz") == (200, b'{"status":"ok","last_progress_seconds":null}')
    assert running.ask("/healthz?probe=1", "HEAD") == (200, b"")
    assert running.ask("/ready") == (200, b'{"status":"ready"}')
    assert running.ask("/else")[0] == 404
    running.send()

    assert running.end() == 0, running.seen
    assert "finished in hand" in running.seen
    assert "running in worker mode: backend.worker:run" in running.seen
    assert "stopped in good order after a signal" in running.seen


def test_worker_that_takes_over_signals_is_left_alone(service: Service) -> None:
    worker = SAY + (
        "import signal, time\ndef run():\n    asked = []\n"
        "    signal.signal(signal.SIGTERM, lambda *_: asked.append(1))\n    say('worker ready')\n"
        "    while not asked:\n        time.sleep(0.01)\n    say('own way')\n"
    )
    running = _start(service, worker, ", working=Working(may_end=True)")
    running.send()

    assert running.end() == 0
    assert "own way" in running.seen


def test_worker_that_hangs_is_ended_by_force(service: Service) -> None:
    running = _start(service, HANGING, ", grace=0.5")
    running.send()

    assert running.end() == 1
    assert "ended by force" in running.seen


def test_worker_second_signal_ends_at_once(service: Service) -> None:
    running = _start(service, HANGING)
    running.send()
    running.wait_for("SIGTERM: finishing")
    running.send(signal.SIGINT)

    # Handlers that waited for the main thread run by number, so either can come second.
    assert running.end() in {128 + signal.SIGINT, 128 + signal.SIGTERM}
    assert "ended at once" in running.seen


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ("return", "worker-ended", "returned without having been asked"),
        ("raise OSError('disk full')", "worker-failed", "OSError: disk full"),
        ("raise SystemExit(0)", "worker-failed", "SystemExit: 0"),
        ("import backend.nowhere", "worker-failed", "No module named 'backend.nowhere'"),
    ],
)
@pytest.mark.parametrize("kind", ["", "async "])
def test_worker_that_does_not_go_on_ends_with_1(
    service: Service, kind: str, body: str, code: str, said: str
) -> None:
    service.write({"backend/worker.py": f"{kind}def run():\n    {body}\n"})
    ended = service.run(WORKER_MODE="yes")

    assert (ended.status, ended.codes) == (1, [code])
    assert said in ended.err
    assert "SERVICE BROKE" in ended.err


def test_worker_that_may_end_ends_with_0(service: Service) -> None:
    service.write({"backend/worker.py": "def run():\n    pass\n"})
    service.declare(DECLARATION + ", working=Working(may_end=True)")

    assert service.run(WORKER_MODE="on").status == 0


def test_worker_alone_needs_no_mode(service: Service) -> None:
    service.write({"backend/worker.py": TOLD})
    service.declare('package="backend", worker="backend.worker:run"')
    running = service.start()
    running.wait_for(READY)
    running.send()

    assert running.end() == 0


@pytest.mark.parametrize(
    "worker",
    [
        "def run(worker):\n    worker.progress()\n    say('worker ready')\n    worker.wait(60)\n",
        "import time\nasync def run():\n    say('worker ready')\n    time.sleep(60)\n",
    ],
    ids=["no progress", "blocked loop"],
)
def test_worker_that_stalls_turns_unhealthy(service: Service, worker: str) -> None:
    running = _start(service, SAY + worker, ", working=Working(stall_after=0.001)")
    answers = {running.ask("/healthz")[0] for _ in range(50)}

    assert 503 in answers
    assert running.ask("/health") == (503, b'{"status":"stalled"}')
    assert running.ask("/ready") == (503, b'{"status":"not ready","why":"stalled"}')


def test_worker_shows_its_last_progress(service: Service) -> None:
    worker = SAY + (
        "def run(worker):\n    worker.progress()\n    say('worker ready')\n    worker.wait(60)\n"
    )
    running = _start(service, worker)
    status, body = running.ask("/healthz")

    assert status == 200
    assert 0 <= json.loads(body)["last_progress_seconds"] < 60


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        ("def ready():\n    return True\n", 200, None),
        ("def ready():\n    pass\n", 200, None),
        ("async def ready():\n    return False\n", 503, "it says no"),
        ("def ready():\n    raise OSError('hunter2-geheim')\n", 503, "it raised OSError"),
        ("import time\ndef ready():\n    time.sleep(60)\n", 503, "no answer within 0.2 s"),
    ],
)
def test_readiness_is_the_callables_answer_and_liveness_is_not(
    service: Service, body: str, status: int, why: str | None
) -> None:
    service.write({"backend/readiness.py": body})
    more = ', working=Working(ready="backend.readiness:ready", ready_within=0.2)'
    running = _start(service, TOLD, more)
    answer = running.ask("/ready")

    assert answer[0] == status
    assert json.loads(answer[1]).get("why") == why
    assert running.ask("/healthz")[0] == 200


def test_worker_with_an_unknown_readiness_does_not_start(service: Service) -> None:
    service.declare(DECLARATION + ', working=Working(ready="backend.nowhere:ready")')

    ended = service.run(WORKER_MODE="1")

    assert (ended.status, ended.codes) == (1, ["import-failed"])
    assert "ALL STARTUP" not in ended.err
