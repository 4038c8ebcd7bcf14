"""What is told of one test."""

from __future__ import annotations

import time
from typing import Any

from bylaw_tests_agent.runs import Test, Watch

_RANK = {"passed": 0, "skipped": 1, "xfailed": 1, "xpassed": 1, "failed": 2, "error": 2,
         "timeout": 3}  # fmt: skip


class Record:
    """Gathers what becomes of one test while it runs.

    Attributes:
        outcome: the worst so far; of a test that failed twice, the first.
        phase: setup, call or teardown, where it was that.
        failure: the exception of that phase.
        reruns: how often a plug-in tried again.
    """

    def __init__(self, watch: Watch, test: Test) -> None:
        self.outcome = ""
        self.phase = ""
        self.failure: dict[str, Any] | None = None
        self.reruns = 0
        self._watch, self._test = watch, test
        self._started = time.monotonic()
        watch.tracer.begin()
        watch.calls.begin()

    def take(self, phase: str, outcome: str, failure: dict[str, Any] | None) -> None:
        """One phase has ended."""
        if outcome == "rerun":
            self.reruns += 1
            self.outcome, self.failure = "", None
            return
        if failure is not None and failure["timeout"]:
            outcome = "timeout"
        if self.outcome == "" or _RANK[outcome] > _RANK[self.outcome]:
            self.outcome, self.phase, self.failure = outcome, phase, failure

    def send(self) -> None:
        """Tells the host."""
        calls = self._watch.calls
        called = [[kind, name, path, line] for (kind, path, line), name in calls.seen.items()]
        self._watch.channel.send(
            "test", id=self._test.identity, outcome=self.outcome or "error",
            phase=self.phase, failure=self.failure, reruns=self.reruns,
            seconds=round(time.monotonic() - self._started, 4),
            reached=self._watch.tracer.taken(), calls=sorted(called),
            refused=sorted(calls.refused),
        )  # fmt: skip
