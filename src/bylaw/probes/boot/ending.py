"""How a service ends: after SIGTERM, with a request in flight, with its application shut down."""

from __future__ import annotations

from bylaw.probes.boot.cases import Judge
from bylaw.probes.boot.causes import last_words
from bylaw.probes.boot.holding import OPENED, SHUT_DOWN
from bylaw.probes.boot.running import Seen

GOOD_ENDS = (0, -15, 143)
_FINISHED = "Application shutdown complete"
_FAILED = "Application shutdown failed"


class StopJudge(Judge):
    """Judges the end of one good start."""

    def judge_held(self, seen: Seen) -> bool:
        """Takes down what became of a request that was in flight, and of the shutdown after it.

        Returns:
            Whether a request was in flight at all.
        """
        held = seen.said.get("held") or {}
        if not held.get("caught"):
            return False
        request = f"GET {held['path']}"
        if not held["status"]:
            what = f"{request} was in hand when SIGTERM came, and was never answered"
            self._verdicts.judge("request-lost", self.place, what)
            return True
        what = f"{request} was in hand when SIGTERM came, and was answered with {held['status']}"
        self._verdicts.note("in-flight", self.place, what)
        marks = {each.rpartition("/")[2] for each in seen.said["marks"]}
        if seen.status is None or seen.status not in GOOD_ENDS:
            self.stop(seen)
        elif SHUT_DOWN in marks:
            what = "the application's lifespan shutdown ran: it was seen there"
            self._verdicts.note("shutdown", self.place, what)
        elif OPENED in marks:
            what = "the application's lifespan was started and not shut down"
            self._verdicts.judge("shutdown-skipped", self.place, what)
        return True

    def unproven(self) -> None:
        """No request could be kept in flight."""
        what = "no request could be kept in flight until SIGTERM came"
        self._verdicts.judge("in-flight-unproven", self.place, what)

    def stop(self, seen: Seen) -> None:
        """How it ended after SIGTERM."""
        status = seen.status
        if status is None:
            what = f"it does not end within {self._times.stop:g} s after SIGTERM"
            self._verdicts.judge("stop-timeout", self.place, what)
            return
        if status not in GOOD_ENDS:
            what = f"it ends with {status} after SIGTERM: {last_words(seen.output)}"
            self._verdicts.judge("stop-status", self.place, what)
        else:
            named = "143 (SIGTERM)" if status else "0"
            self._verdicts.note("stopped", self.place, f"it ends with {named} after SIGTERM")
        if seen.said.get("left"):
            what = f"{seen.said['left']} processes outlive it"
            self._verdicts.note("left-processes", self.place, what)
        if _FAILED in seen.output:
            self._verdicts.judge("shutdown-failed", self.place, "the application's shutdown failed")
        elif _FINISHED in seen.output:
            what = "the application's shutdown ran: its server logs it"
            self._verdicts.note("shutdown", self.place, what)

    def shutdown_unseen(self) -> None:
        """Says that nothing told of the application's shutdown."""
        if not any(each.kind == "shutdown" and each.symbol == self.place.symbol
                   for each in self._verdicts.observations):  # fmt: skip
            what = "whether the application's shutdown ran cannot be seen from outside"
            self._verdicts.note("shutdown-unseen", self.place, what)
