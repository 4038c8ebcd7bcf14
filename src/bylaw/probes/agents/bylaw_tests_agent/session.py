"""One session of the agent: reads its plan, finds the runner, runs, and tells the host.

Protocol ``bylaw.tests-agent/1``: a plan in a file, JSON lines on the standard output as it was at
the start. What tests print goes to a file in the temporary directory.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import tempfile
from typing import Any

from bylaw_tests_agent.calls import Calls
from bylaw_tests_agent.channel import Channel
from bylaw_tests_agent.clock import Clock
from bylaw_tests_agent.places import OWN_FOLDER, Places
from bylaw_tests_agent.runs import Watch, silence_warnings_option
from bylaw_tests_agent.tracing import Tracer

PROTOCOL = "bylaw.tests-agent/1"


def serve(words: list[str]) -> None:
    """Runs a plan.

    Args:
        words: path of the plan and root of the project.
    """
    channel = Channel(os.dup(1))
    output = os.path.join(tempfile.gettempdir(), "bylaw-output")
    opened = os.open(output, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    empty = os.open(os.devnull, os.O_RDONLY)
    for number, descriptor in ((0, empty), (1, opened), (2, opened)):
        os.dup2(descriptor, number)
    with open(words[0], encoding="utf-8") as file:
        plan = json.load(file)
    if plan["protocol"] != PROTOCOL:
        os._exit(64)
    root = os.path.realpath(words[1])
    folder = os.path.join(root, plan["folder"]) if plan["folder"] else root
    os.chdir(folder)
    sys.path[:] = [each for each in sys.path if os.path.abspath(each or ".") != OWN_FOLDER]
    sys.path.insert(0, folder)
    silence_warnings_option()
    places = Places(root)
    calls, tracer = Calls(places), Tracer(places, plan["traced"])
    clock = Clock()
    watch = Watch(plan, channel, places, tracer, calls, clock)
    if any(each["shift"] for each in plan["runs"]):
        channel.send("clock", problem=clock.install())
    try:
        _run(watch)
    except BaseException as error:  # noqa: BLE001 - told to the host, there is nobody else
        channel.send("broken", message=f"{type(error).__name__}: {error}"[:300])
    channel.send("done", said=_tail(output))
    os._exit(0)


def _run(watch: Watch) -> None:
    found = importlib.util.find_spec("pytest")
    hello: dict[str, Any] = {"protocol": PROTOCOL, "python": list(sys.version_info[:3])}
    if watch.plan["runner"] != "unittest" and found is not None:
        from bylaw_tests_agent.pytest_runner import run_pytest

        watch.channel.send("hello", runner="pytest", **hello)
        run_pytest(watch)
        return
    if os.path.isfile("manage.py") and importlib.util.find_spec("django") is not None:
        # Django's own runner makes databases; unittest alone would fail for want of them.
        raise RuntimeError("tests of Django run with pytest-django only, which is not installed")
    from bylaw_tests_agent.unittest_runner import run_unittest

    watch.channel.send("hello", runner="unittest", **hello)
    run_unittest(watch)


def _tail(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()[-1500:]
    except OSError:
        return ""
