"""The runs of a plan over collected tests: their order, their clock, and what is recorded."""

from __future__ import annotations

import random
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, NamedTuple

from bylaw_tests_agent.calls import Calls
from bylaw_tests_agent.channel import Channel
from bylaw_tests_agent.clock import Clock
from bylaw_tests_agent.failures import TimeLimit
from bylaw_tests_agent.forks import in_fork, is_safe
from bylaw_tests_agent.places import Places
from bylaw_tests_agent.sources import loaded
from bylaw_tests_agent.tracing import Tracer


class Watch(NamedTuple):
    """What looks on while tests run.

    Attributes:
        plan: what the host asks for.
        channel: the way to the host.
        places: the project's files.
        tracer: sees lines.
        calls: sees the clock, chance and the network.
        clock: the clock of this process.
    """

    plan: dict[str, Any]
    channel: Channel
    places: Places
    tracer: Tracer
    calls: Calls
    clock: Clock


class Test(NamedTuple):
    """One collected test.

    Attributes:
        identity: its name to the runner.
        path: file below the root.
        line: where it begins.
        name: class and function, without parameters.
        marks: names of its markers.
        item: what the runner runs.
    """

    identity: str
    path: str
    line: int
    name: str
    marks: list[str]
    item: Any


Runs = Callable[[list[Test]], None]


def chosen(tests: list[Test], plan: dict[str, Any]) -> list[Test]:
    """The tests that a plan asks for: by file and function, or all."""
    if plan["only"] is None:
        return tests
    wanted = {(path, name) for path, name in plan["only"]}
    return [each for each in tests if (each.path, each.name) in wanted]


def run_all(watch: Watch, tests: list[Test], run: Runs) -> None:
    """Every run of the plan, each in a fork where there are several and a fork is safe.

    Args:
        watch: what looks on.
        tests: as they were collected.
        run: runs tests in the order given.
    """
    runs = watch.plan["runs"]
    safe = len(runs) > 1 and is_safe()
    for number, wanted in enumerate(runs):
        if number and not safe:
            watch.channel.send("unsafe", runs=[each["name"] for each in runs[number:]])
            return
        if time.monotonic() > watch.plan["deadline"]:
            watch.channel.send("late", runs=[each["name"] for each in runs[number:]])
            return
        watch.channel.send("run", name=wanted["name"])
        status = 0
        if safe:
            status = in_fork(lambda wanted=wanted: _one(watch, tests, run, wanted))  # type: ignore[misc]
        else:
            _one(watch, tests, run, wanted)
        watch.channel.send("ran", name=wanted["name"], status=status)


def _one(watch: Watch, tests: list[Test], run: Runs, wanted: dict[str, Any]) -> None:
    if not wanted["lines"]:
        watch.tracer.stop()
    if wanted["calls"]:
        watch.calls.start()
    watch.clock.shift = wanted["shift"]
    run(ordered(tests, wanted))
    watch.channel.send(
        "loaded", **loaded(watch.plan["sources"], watch.plan["folder"], watch.places)
    )


def ordered(tests: list[Test], wanted: dict[str, Any]) -> list[Test]:
    """Tests in the order of a run: as collected, reversed, or shuffled by file, class and test.

    The tests of one file and of one class stay together, so that what they share is set up once.
    """
    if wanted["order"] == "reversed":
        return tests[::-1]
    if wanted["order"] != "random":
        return list(tests)
    chance = random.Random(wanted["seed"])
    rank: dict[Any, float] = {}
    for each in tests:
        for key in (each.path, (each.path, each.name.rpartition(".")[0]), each.identity):
            rank.setdefault(key, chance.random())
    return sorted(
        tests,
        key=lambda each: (rank[each.path], rank[each.path, each.name.rpartition(".")[0]],
                          rank[each.identity]),
    )  # fmt: skip


class Limit:
    """The time one test may take: a signal raises in the test itself."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        if hasattr(signal, "setitimer"):
            signal.signal(signal.SIGALRM, _over)
            signal.setitimer(signal.ITIMER_REAL, self._seconds, 1.0)

    def __exit__(self, *_: object) -> None:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0.0)


def _over(number: int, frame: FrameType | None) -> None:
    raise TimeLimit("the test took longer than one may")


def silence_warnings_option() -> None:
    """Takes back the option that the guard's command gives for its own peace."""
    import warnings

    del sys.warnoptions[:]
    warnings.filters[:] = [  # type: ignore[index]
        each for each in warnings.filters if each[:3] != ("ignore", None, Warning)
    ]
