"""Runs unittest the way ``python -m unittest`` does, and writes down what became of every test.

Runs in the project's interpreter: standard library only, Python 3.9 and newer.
"""

from __future__ import annotations

import json
import os
import sys
import unittest
from typing import Any


class Recorder(unittest.TextTestResult):
    """Remembers each outcome by the name of its test."""

    def __init__(self, *arguments: Any, **given: Any) -> None:
        super().__init__(*arguments, **given)
        self.outcomes: dict[str, str] = {}
        self.told: list[list[str]] = []

    # bylaw: ignore[role-naming] unittest calls it so
    def addSuccess(self, test: unittest.TestCase) -> None:
        """It passed."""
        super().addSuccess(test)
        self.outcomes.setdefault(test.id(), "passed")

    # bylaw: ignore[role-naming] unittest calls it so
    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        """An expectation was not met."""
        super().addFailure(test, err)
        self._fail(test, "failed", err)

    # bylaw: ignore[role-naming] unittest calls it so
    def addError(self, test: unittest.TestCase, err: Any) -> None:
        """It could not run to its end."""
        super().addError(test, err)
        self._fail(test, "error", err)

    # bylaw: ignore[role-naming] unittest calls it so
    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:
        """One part of a test."""
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._fail(subtest, "failed", err)

    # bylaw: ignore[role-naming] unittest calls it so
    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        """It was skipped."""
        super().addSkip(test, reason)
        self.outcomes[test.id()] = "skipped"

    # bylaw: ignore[role-naming] unittest calls it so
    def addExpectedFailure(self, test: unittest.TestCase, err: Any) -> None:
        """It failed as expected."""
        super().addExpectedFailure(test, err)
        self.outcomes[test.id()] = "xfailed"

    # bylaw: ignore[role-naming] unittest calls it so
    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        """It was expected to fail, and passed."""
        super().addUnexpectedSuccess(test)
        self.outcomes[test.id()] = "xpassed"

    def _fail(self, test: unittest.TestCase, outcome: str, err: Any) -> None:
        self.outcomes[test.id()] = outcome
        self.told.append([test.id(), "call", f"{err[0].__name__}: {err[1]}"[:1200]])


def main() -> None:
    """Runs the words of the command line as unittest's own."""
    target = sys.argv.pop(1)
    sys.argv[0] = "python -m unittest"
    sys.path.insert(0, os.getcwd())
    runner = unittest.TextTestRunner(resultclass=Recorder)
    program = unittest.main(module=None, argv=sys.argv, testRunner=runner, exit=False)
    result: Any = program.result
    unloaded = [each for each in result.told if each[0].startswith("unittest.loader._FailedTest")]
    names = {each[0] for each in unloaded}
    code = 0 if result.wasSuccessful() else 1
    record = {
        "schema": "bylaw.tests/1", "exit": code,
        "outcomes": {key: value for key, value in result.outcomes.items() if key not in names},
        "failures": [each for each in result.told if each[0] not in names][:200],
        "uncollected": [[each[0].rpartition(".")[2], each[2]] for each in unloaded][:200],
        "uncollected_total": len(unloaded), "skipped_files": 0, "deselected": 0, "reruns": 0,
        "retries": {}, "environment": "", "elsewhere": [],
        "chosen": {"keyword": " ".join(program.testNamePatterns or ())},
    }  # fmt: skip
    with open(target, "w", encoding="utf-8") as file:
        json.dump(record, file)
    sys.exit(code)


if __name__ == "__main__":
    main()
