"""A plug-in of pytest that writes down what became of every test, and what was left out.

Runs in the project's interpreter: nothing but pytest is at hand, Python 3.9 and newer.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

# bylaw: ignore[dev-dependency-in-production] the project's own, in its own interpreter
import pytest

_PATTERNS = ("keyword", "markexpr")
_LISTS = ("deselect", "ignore", "ignore_glob")
_SWITCHES = ("lf", "stepwise", "collectonly", "splits")
_RETRIES = ("reruns", "retries", "force_flaky", "max_runs")


def pytest_configure(config: Any) -> None:
    """Starts recording, where somebody wants to know."""
    # bylaw: ignore[env-read-outside-settings] how Bylaw tells its own plug-in where to write
    path, *sources = os.environ.get("BYLAW_RECORD", "").split(os.pathsep)
    if path:
        wanted = [os.path.abspath(each) for each in sources if each]
        config.pluginmanager.register(Recorder(config, path, wanted), "bylaw-recorder")


class Recorder:
    """What happened, from the first report to the last."""

    def __init__(self, config: Any, path: str, sources: list[str]) -> None:
        self._config, self._path, self._sources = config, path, sources
        self._deselected = 0
        self._outcomes: dict[str, str] = {}
        self._failures: list[list[str]] = []
        self._uncollected: list[list[str]] = []
        self._skipped_files = 0
        self._reruns = 0

    def pytest_deselected(self, items: list[Any]) -> None:
        """Tests that an option, a mark or a hook leaves out."""
        self._deselected += len(items)

    def pytest_collectreport(self, report: Any) -> None:
        """Files that cannot be collected."""
        if report.failed:
            self._uncollected.append([report.nodeid, _message(report)])
        elif report.skipped:
            self._skipped_files += 1

    def pytest_runtest_logreport(self, report: Any) -> None:
        """One phase of one test."""
        if report.outcome == "rerun":
            self._reruns += 1
            return
        outcome = _outcome(report)
        if outcome and _WEIGHT[outcome] >= _WEIGHT[self._outcomes.get(report.nodeid, "")]:
            self._outcomes[report.nodeid] = outcome
        if outcome in ("failed", "error"):
            self._failures.append([report.nodeid, report.when, _message(report)])

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """A worker of pytest-xdist ends; each of them left out the same tests."""
        told = getattr(node, "workeroutput", {}).get("bylaw")
        if told:
            self._deselected = max(self._deselected, told["deselected"])

    def pytest_sessionfinish(self, session: object, exitstatus: int) -> None:
        """Writes everything down; a worker tells who started it."""
        output = getattr(self._config, "workeroutput", None)
        if output is not None:
            output["bylaw"] = {"deselected": self._deselected}
            return
        with open(self._path, "w", encoding="utf-8") as file:
            json.dump(self._record(int(exitstatus)), file)

    def _record(self, exitstatus: int) -> dict[str, Any]:
        option = self._config.option
        chosen: dict[str, Any] = {name: str(getattr(option, name, "") or "") for name in _PATTERNS}
        chosen.update({name: _texts(getattr(option, name, None)) for name in _LISTS})
        chosen.update({name: bool(getattr(option, name, False)) for name in _SWITCHES})
        retries = {name: str(getattr(option, name)) for name in _RETRIES
                   if getattr(option, name, None) not in (None, 0, 1, False, "", "0")}  # fmt: skip
        return {
            "schema": "bylaw.tests/1", "exit": exitstatus, "outcomes": self._outcomes,
            "failures": self._failures[:200], "uncollected": self._uncollected[:200],
            "uncollected_total": len(self._uncollected), "skipped_files": self._skipped_files,
            "deselected": self._deselected, "reruns": self._reruns, "retries": retries,
            "elsewhere": _elsewhere(self._sources),
            "chosen": chosen, "environment": os.environ.get("PYTEST_ADDOPTS", ""),
        }  # fmt: skip


_WEIGHT = {"": 0, "passed": 1, "xpassed": 2, "xfailed": 2, "skipped": 2, "failed": 3, "error": 4}


def _outcome(report: Any) -> str:
    """What a phase says of its test; empty where it says nothing."""
    if report.failed:
        return "failed" if report.when == "call" else "error"
    expected = hasattr(report, "wasxfail")
    if report.skipped:
        return "xfailed" if expected else "skipped"
    if report.when == "call":
        return "xpassed" if expected else "passed"
    return ""


def _message(report: Any) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    text = getattr(crash, "message", "") or str(report.longrepr or "")
    lines = [each for each in text.strip().splitlines() if each.strip()]
    short = text.strip() if len(text) < 600 else "\n".join(lines[:4] + lines[-4:])
    # The cause may stand further up: a finaliser fails because a connection did.
    causes = [each.strip() for each in str(report.longrepr or "").splitlines()
              if each.startswith("E ") and "onnect" in each]  # fmt: skip
    return "\n".join([short[:1200], *causes[:3]])


def _elsewhere(sources: list[str]) -> list[str]:
    """Packages of the project that were imported from another place than its tree."""
    found: list[str] = []
    for wanted in sources:
        name = os.path.basename(os.path.dirname(wanted))
        file = getattr(sys.modules.get(name), "__file__", None)
        if file and os.path.realpath(file) != os.path.realpath(wanted):
            found.append(file)
    return found


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, (list, tuple)) else []
