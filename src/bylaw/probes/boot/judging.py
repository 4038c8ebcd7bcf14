"""From what was seen of one good start to what counts."""

from __future__ import annotations

from bylaw.probes.boot.answers import AnswerJudge
from bylaw.probes.boot.cases import Judge, remarks_of
from bylaw.probes.boot.causes import cause_of, last_words
from bylaw.probes.boot.ending import StopJudge
from bylaw.probes.boot.running import Seen


class StartJudge(Judge):
    """Judges one good start."""

    def judge(self, seen: Seen) -> bool:
        """Takes down what was seen.

        Returns:
            Whether the service came up, so that breaking it says something.
        """
        if seen.problem:
            self._verdicts.judge("agent-ended", self.place, seen.problem)
            return False
        if seen.said["problem"]:
            self._verdicts.judge("missing-package", self.place, seen.said["problem"])
            return False
        if not seen.is_ready and not seen.said.get("runs"):
            self._did_not_come(seen)
            return False
        if seen.is_ready:
            if seen.said["first"]["status"] < 500:
                self._time(seen)
            answers = AnswerJudge(*self.case)
            answers.port(seen)
            answers.health(seen)
        else:
            self._without_port(seen)
        if seen.said.get("stopping") is None:
            self._cause("ended-early", f"it ended by itself with {seen.status}", seen)
            return False
        StopJudge(*self.case).stop(seen)
        return True

    def _did_not_come(self, seen: Seen) -> None:
        status = seen.status
        if status is None:
            listens = seen.said.get("listens") or []
            if seen.is_crowded:
                what = "it does not answer in time, and the machine is busy with other things"
                self._verdicts.judge("machine-busy", self.place, what)
                return
            limit = self._times.ready
            if listens:
                ports = ", ".join(str(each[1]) for each in listens)
                self._cause("not-http", f"it listens on {ports} and does not answer in HTTP", seen)
            else:
                self._cause("not-ready", f"it does not answer on $PORT within {limit:g} s", seen)
        elif status == 0:
            what = "it ended by itself with 0"
            if seen.said.get("left"):
                what = "it leaves the foreground: its first process ended with 0, others go on"
            self._cause("ended-early", what, seen)
        elif status < 0:
            what = f"it was ended by signal {-status}: {last_words(seen.output)}"
            self._verdicts.judge("crashed", self.place, what)
        else:
            self._cause("", f"it ended with {status}", seen)

    def _cause(self, code: str, what: str, seen: Seen) -> None:
        """Why it did not come: the cause its output names, else what was seen."""
        cause = cause_of(seen.output, self._known)
        if code and cause.code == "failed-outside":
            waits = code != "ended-early" and self.names_servers()
            if waits:
                said = f"{what}; its environment names {waits}, which is not here"
                self._verdicts.judge("needs-service", self.place, said)
                return
            self._verdicts.judge(code, self.place, what, f"said: {last_words(seen.output)}")
            return
        if cause.code == "missing-package" and cause.name:
            self._verdicts.packages.add(cause.name)
        self._verdicts.judge(cause.code, self.place, f"{what}: {cause.text}", *remarks_of(cause))

    def _without_port(self, seen: Seen) -> None:
        cause = cause_of(seen.output, self._known)
        if cause.code == "needs-service":
            self._verdicts.judge("needs-service", self.place, f"it runs, but {cause.text}")
            return
        what = f"it runs for {self._times.ready:g} s and answers on no port: ready is not proved"
        self._verdicts.judge("worker-without-health", self.place, what)

    def _time(self, seen: Seen) -> None:
        ready, waited = float(seen.said["ready"]), float(seen.said.get("waited", 0.0))
        if ready - waited > self._times.ready:
            what = f"ready after {ready:.1f} s, the limit is {self._times.ready:g} s"
            code = "ready-late"
            if seen.is_crowded:
                code, what = "machine-busy", f"{what}, and the machine is busy with other things"
            self._verdicts.judge(code, self.place, what)
            return
        remarks = []
        if ready > self._times.ready:
            remarks.append(f"note: {waited:.1f} s of {ready:.1f} s the machine was busy")
        if float(seen.said.get("first_ready") or 0.0) > self._times.ready:
            remarks.append("note: the first start, without byte code, took longer than the limit")
        what = f"it answers within {self._times.ready:g} s"
        self._verdicts.note("ready", self.place, what, *remarks)
