"""Runs the project's tests with the standard library's own runner, where there is no pytest."""

from __future__ import annotations

import os
import sys
import unittest
from types import TracebackType
from typing import Any

from bylaw_tests_agent.failures import described
from bylaw_tests_agent.record import Record
from bylaw_tests_agent.runs import Limit, Test, Watch, chosen, run_all

_FOLDERS = ("tests", "test", "unit_tests")


def run_unittest(watch: Watch) -> None:
    """Discovers with unittest and runs what the plan asks for."""
    watch.tracer.start()
    cases: list[Any] = []
    for folder in (".", *_FOLDERS):
        if not os.path.isdir(folder):
            continue
        loader = unittest.TestLoader()
        top = folder if folder == "." or not _is_package(folder) else "."
        cases = list(_flat(loader.discover(folder, top_level_dir=top)))
        if cases:
            break
    tests = []
    for case in cases:
        failed = getattr(case, "_exception", None)
        if type(case).__name__ == "_FailedTest" and failed is not None:
            _tell_uncollected(watch, case, failed)
        else:
            tests.append(_test(case, watch))
    watch.channel.send(
        "collected", tests=[each[:5] for each in tests], deselected=[],
        reached=watch.tracer.taken(), root=os.getcwd(), reruns=0,
    )  # fmt: skip
    run_all(watch, chosen(tests, watch.plan), lambda order: _loop(watch, order))
    watch.channel.send("ended", status=0)


def _is_package(folder: str) -> bool:
    return os.path.isfile(os.path.join(folder, "__init__.py"))


def _flat(suite: Any) -> Any:
    for each in suite:
        if isinstance(each, unittest.TestSuite):
            yield from _flat(each)
        else:
            yield each


def _tell_uncollected(watch: Watch, case: Any, error: BaseException) -> None:
    name = case._testMethodName
    path = ""
    for end in (f"{name.replace('.', '/')}.py", f"{name.replace('.', '/')}/__init__.py"):
        for folder in (os.getcwd(), *(os.path.abspath(each) for each in _FOLDERS)):
            file = os.path.join(folder, end)
            if os.path.isfile(file):
                path = path or watch.places.path_of(file)
    cause = _imported_error(error)
    failure = described(cause, cause.__traceback__, watch.places, (AssertionError,))
    watch.channel.send("uncollected", path=path or name, skipped="", failure=failure)


def _imported_error(error: BaseException) -> BaseException:
    """What unittest wraps: its own ImportError holds the text of the real one."""
    text = str(error)
    last = text.strip().splitlines()[-1] if text.strip() else ""
    kind, _, words = last.partition(": ")
    if kind in ("ImportError", "ModuleNotFoundError"):
        made = ImportError(words)
        if words.startswith("No module named "):
            made.name = words.split("'")[1]
        elif "from '" in words:
            made.name = words.split("from '")[1].partition("'")[0]
        return made
    return type(kind, (Exception,), {})(words) if kind.isidentifier() else error


def _test(case: Any, watch: Watch) -> Test:
    kind = type(case)
    file = getattr(sys.modules.get(kind.__module__), "__file__", "") or ""
    method = getattr(kind, case._testMethodName, None)
    code = getattr(method, "__code__", None)
    line = code.co_firstlineno if code is not None else 0
    name = f"{kind.__qualname__}.{case._testMethodName}"
    return Test(case.id(), watch.places.path_of(file) or file, line, name, [], case)


def _loop(watch: Watch, tests: list[Test]) -> None:
    result = _Result(watch, {id(each.item): each for each in tests})
    suite = unittest.TestSuite([each.item for each in tests])
    suite._cleanup = False  # type: ignore[attr-defined]
    suite.run(result)
    result.close()


class _Result(unittest.TestResult):
    """Takes what unittest tells."""

    def __init__(self, watch: Watch, tests: dict[int, Test]) -> None:
        super().__init__()
        self._watch, self._tests = watch, tests
        self._record: Record | None = None
        self._limit: Limit | None = None
        self._told: set[int] = set()
        self._broken: list[tuple[str, dict[str, Any]]] = []

    # bylaw: ignore[role-naming] unittest calls it so
    def startTest(self, test: Any) -> None:
        super().startTest(test)
        known = self._tests[id(test)]
        self._told.add(id(test))
        self._watch.channel.send("starts", id=known.identity)
        self._record = Record(self._watch, known)
        self._limit = Limit(self._watch.plan["test_seconds"])
        self._limit.__enter__()

    # bylaw: ignore[role-naming] unittest calls it so
    def stopTest(self, test: Any) -> None:
        super().stopTest(test)
        if self._limit is not None:
            self._limit.__exit__()
        if self._record is not None:
            self._record.send()
        self._record = None

    # bylaw: ignore[role-naming] unittest calls it so
    def addSuccess(self, test: Any) -> None:
        self._take("passed", None)

    # bylaw: ignore[role-naming] unittest calls it so
    def addSkip(self, test: Any, reason: str) -> None:
        if self._record is not None:
            self._take("skipped", None)

    # bylaw: ignore[role-naming] unittest calls it so
    def addExpectedFailure(self, test: Any, err: Any) -> None:
        self._take("xfailed", None)

    # bylaw: ignore[role-naming] unittest calls it so
    def addUnexpectedSuccess(self, test: Any) -> None:
        self._take("xpassed", None)

    # bylaw: ignore[role-naming] unittest calls it so
    def addFailure(self, test: Any, err: Any) -> None:
        self._failed(test, err)

    # bylaw: ignore[role-naming] unittest calls it so
    def addError(self, test: Any, err: Any) -> None:
        self._failed(test, err)

    # bylaw: ignore[role-naming] unittest calls it so
    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        if err is not None:
            self._failed(test, err)

    def _failed(
        self, test: Any, err: tuple[type[BaseException], BaseException, TracebackType]
    ) -> None:
        kinds = (getattr(test, "failureException", None) or AssertionError, AssertionError)
        failure = described(err[1], err[2], self._watch.places, kinds)
        if self._record is None:
            # setUpClass and setUpModule have no test of their own.
            self._broken.append((str(test), failure))
            return
        method = getattr(test, "_testMethodName", "")
        in_call = any(name == method for _, _, name in failure["frames"])
        phase = "call" if in_call or not failure["frames"] else "setup"
        self._record.take(phase, "failed" if phase == "call" else "error", failure)

    def _take(self, outcome: str, failure: dict[str, Any] | None) -> None:
        if self._record is not None:
            self._record.take("call", outcome, failure)

    def close(self) -> None:
        """Tells of the tests that a broken class or module kept from running."""
        for number, test in self._tests.items():
            kind = type(test.item)
            names = (f"({kind.__module__}.{kind.__qualname__})", f"({kind.__module__})")
            for text, failure in self._broken:
                if number not in self._told and text.endswith(names):
                    self._told.add(number)
                    record = Record(self._watch, test)
                    record.take("setup", "error", failure)
                    record.send()
