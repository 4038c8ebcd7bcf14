"""Runs the project's own pytest, in this process, with a plug-in that looks on."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from typing import Any

import pytest

from bylaw_tests_agent.failures import described
from bylaw_tests_agent.record import Record
from bylaw_tests_agent.runs import Limit, Test, Watch, chosen, run_all

_RETRIES = ("pytest_rerunfailures", "flaky", "pytest_retry")
_CALMED = (
    ("xdist", ("-n", "0")),
    ("pytest_cov", ("--no-cov",)),
    ("pytest_rerunfailures", ("--reruns", "0")),
    ("pytest_randomly", ("-p", "randomly", "--randomly-dont-reorganize", "--randomly-seed", "1")),
    ("pytest_random_order", ("-p", "no:random-order")),
)
"""Plug-ins that would run tests elsewhere, again, or in an order of their own."""


def run_pytest(watch: Watch) -> None:
    """Collects with pytest and runs what the plan asks for."""
    arguments = [*watch.plan["arguments"], "--maxfail=0"]
    for module, words in _CALMED:
        if importlib.util.find_spec(module) is not None:
            arguments += words
    watch.calls.reseeded = importlib.util.find_spec("pytest_randomly") is not None
    watch.tracer.start()
    status = pytest.main(arguments, plugins=[Plugin(watch)])
    watch.channel.send("ended", status=int(status))


class Collecting:
    """The half of the plug-in that looks on while tests are collected."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._failures: dict[str, dict[str, Any]] = {}
        self._deselected: list[str] = []

    @pytest.hookimpl(hookwrapper=True)
    def pytest_make_collect_report(self, collector: Any) -> Iterator[None]:
        """Reads why a file could not be collected, which the report holds as text only."""
        result = yield
        report = result.get_result()  # type: ignore[attr-defined]
        call = getattr(report, "call", None)
        if report.outcome == "failed" and call is not None and call.excinfo is not None:
            self._failures[report.nodeid] = self._described(call.excinfo)

    def pytest_collectreport(self, report: Any) -> None:
        """Tells which file could not be collected."""
        if report.outcome == "passed":
            return
        path = self._path(str(report.fspath or report.nodeid))
        failure = self._failures.get(report.nodeid)
        if report.outcome == "failed" and failure is None:
            failure = {"type": "", "message": str(report.longrepr)[-300:], "assertion": False,
                       "timeout": False, "frames": [], "missing": [], "lines": ""}  # fmt: skip
        skipped = str(report.longrepr)[-200:] if report.outcome == "skipped" else ""
        self._watch.channel.send("uncollected", path=path, skipped=skipped, failure=failure)

    def pytest_deselected(self, items: list[Any]) -> None:
        """Tells what a selection leaves out."""
        self._deselected += [self._test(each).identity for each in items]

    def _described(self, info: Any) -> dict[str, Any]:
        kinds = (AssertionError, pytest.fail.Exception)
        return described(info.value, info.tb, self._watch.places, kinds)

    def _path(self, path: str) -> str:
        return self._watch.places.path_of(os.path.abspath(path)) or path

    def _test(self, item: Any) -> Test:
        name = ".".join(item.nodeid.partition("[")[0].split("::")[1:])
        line = (item.location[1] or 0) + 1
        marks = sorted({each.name for each in item.iter_markers()})
        return Test(item.nodeid, self._path(str(item.path)), line, name, marks, item)


class Plugin(Collecting):
    """The plug-in."""

    def __init__(self, watch: Watch) -> None:
        super().__init__(watch)
        self._record: Record | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: Any) -> bool:
        """Takes the place of pytest's own loop."""
        watch = self._watch
        tests = [self._test(each) for each in session.items]
        watch.channel.send("plugins", names=_plugins(session.config))
        watch.channel.send(
            "collected", tests=[each[:5] for each in tests], deselected=self._deselected,
            reached=watch.tracer.taken(), root=str(session.config.rootpath),
            reruns=int(getattr(session.config.option, "reruns", None) or 0),
        )  # fmt: skip
        run_all(watch, chosen(tests, watch.plan), self._loop)
        return True

    def _loop(self, tests: list[Test]) -> None:
        for number, test in enumerate(tests):
            following = tests[number + 1].item if number + 1 < len(tests) else None
            self._watch.channel.send("starts", id=test.identity)
            self._record = Record(self._watch, test)
            try:
                with Limit(self._watch.plan["test_seconds"]):
                    test.item.ihook.pytest_runtest_protocol(item=test.item, nextitem=following)
            except BaseException as error:  # noqa: BLE001 - a test that wants to end the session
                failure = described(error, error.__traceback__, self._watch.places, ())
                self._record.take("call", "error", failure)
            session = test.item.session
            session.shouldstop = session.shouldfail = False
            self._record.send()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> Iterator[None]:
        """Reads the exception, which the report holds as text only."""
        result = yield
        report = result.get_result()  # type: ignore[attr-defined]
        report.bylaw_failure = None if call.excinfo is None else self._described(call.excinfo)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Takes one phase."""
        if self._record is None:
            return
        expected = hasattr(report, "wasxfail")
        outcome = str(report.outcome)
        if outcome == "skipped" and expected:
            outcome = "xfailed"
        elif outcome == "passed" and expected:
            outcome = "xpassed"
        elif outcome == "failed" and report.when != "call":
            outcome = "error"
        failure = getattr(report, "bylaw_failure", None)
        if outcome not in ("failed", "error"):
            failure = None
        elif failure is None:
            failure = {"type": "", "message": str(report.longrepr)[-300:], "assertion": True,
                       "timeout": False, "frames": [], "missing": [], "lines": ""}  # fmt: skip
        self._record.take(str(report.when), outcome, failure)


def _plugins(config: Any) -> list[str]:
    """Names of the plug-ins that are loaded, those that try again first."""
    manager = config.pluginmanager
    found = {f"{each.project_name} {each.version}" for _, each in manager.list_plugin_distinfo()}
    for module in _RETRIES:
        if manager.has_plugin(module) or manager.has_plugin(module.replace("pytest_", "")):
            found.add(module)
    return sorted(found)
