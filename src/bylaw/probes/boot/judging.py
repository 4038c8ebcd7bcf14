"""From what was seen of one good start to what counts."""

from __future__ import annotations

import re

from bylaw.probes.boot.causes import Cause, Known, cause_of, last_words
from bylaw.probes.boot.declares import Declares
from bylaw.probes.boot.holding import OPENED, SHUT_DOWN
from bylaw.probes.boot.running import Seen, Times
from bylaw.probes.boot.services import Service
from bylaw.probes.boot.verdicts import OPEN, Place, Verdicts

DEFAULT_PATHS = ("/health", "/healthz", "/ready")
ANY_PATH = "/"
_NEEDS_PORT = frozenset({"heroku", "cloud-run", "app-engine"})
GOOD_ENDS = (0, -15, 143)
_SERVERS = re.compile(r"\b(?:postgres\w*|mysql\w*|mariadb\w*|redis\w*|amqps?|mongodb\w*|"
                      r"kafka\w*|nats|cockroachdb|clickhouse\w*|elasticsearch)"
                      r"(?:\+\w+)?://", re.I)  # fmt: skip
_ADDRESS = re.compile(r"\w*(?:POSTGRES|DB|DATABASE|REDIS|MYSQL|RABBIT|MONGO|KAFKA|ELASTIC|BROKER|"
                      r"CACHE|AMQP)\w*_(?:HOST|SERVER|ADDR|ADDRESS|NODES?)")  # fmt: skip
_FINISHED = "Application shutdown complete"
_FAILED = "Application shutdown failed"


class StartJudge:
    """Judges one good start.

    Args:
        service: what was started.
        declares: what it declares.
        known: for causes.
        times: the limits.
        verdicts: where it is taken down.
    """

    def __init__(
        self, service: Service, declares: Declares, known: Known, times: Times, verdicts: Verdicts
    ) -> None:
        command = service.command
        self.place = Place(command.path, command.line, service.symbol)
        self._service = service
        self._declares = declares
        self._known = known
        self._times = times
        self._verdicts = verdicts

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
            self._port(seen)
            self._health(seen)
        else:
            self._without_port(seen)
        if seen.said.get("stopping") is None:
            self._cause("ended-early", f"it ended by itself with {seen.status}", seen)
            return False
        self._stop(seen)
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
            waits = code != "ended-early" and self._names_servers()
            if waits:
                said = f"{what}; its environment names {waits}, which is not here"
                self._verdicts.judge("needs-service", self.place, said)
                return
            self._verdicts.judge(code, self.place, what, f"said: {last_words(seen.output)}")
            return
        if cause.code == "missing-package" and cause.name:
            self._verdicts.packages.add(cause.name)
        self._verdicts.judge(cause.code, self.place, f"{what}: {cause.text}", *_at(cause))

    def _names_servers(self) -> str:
        """The first variable whose value is the address of a server."""
        for name, value in self._service.environment.items():
            if value and (_SERVERS.search(value) or _ADDRESS.fullmatch(name)):
                return name
        return ""

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

    def _port(self, seen: Seen) -> None:
        port = seen.said["serves"]
        hosts = {each[0] for each in seen.said["listens"] if each[1] == port}
        if hosts and hosts <= {"127.0.0.1", "::1"}:
            what = "it listens on the loopback only: nothing outside its machine reaches it"
            self._verdicts.note("loopback-only", self.place, what)
        if port == seen.said["port"]:
            self._verdicts.note("port-honoured", self.place, "it listens on $PORT")
            return
        self._verdicts.note("fixed-port", self.place, f"it listens on {port}, whatever $PORT says")
        disagrees = False
        for path, line, value, what in self._said_ports():
            if value != port:
                disagrees = True
                said = f"{what} says {value}, the service listens on {port}"
                self._verdicts.judge(
                    "port-mismatch", self.place._replace(path=path, line=line), said
                )
        for command in self._service.alike:
            if command.platform in _NEEDS_PORT and not command.ports and not disagrees:
                place = Place(command.path, command.line, self.place.symbol)
                said = f"{command.platform} gives $PORT, the service listens on {port}"
                self._verdicts.judge("port-not-honoured", place, said)

    def _said_ports(self) -> list[tuple[str, int, int, str]]:
        """Ports of manifests that name one only: of several each may be another process's."""
        found = []
        for command in self._service.alike:
            image = command.place.image
            named = [each for each in command.ports if each.value.isdigit()]
            # What the platform is told outranks what the image says about itself.
            named = [each for each in named if each.what != "EXPOSE"] or named
            if command.is_published and len({each.value for each in named}) == 1:
                each = named[0]
                path = image.path if each.what == "EXPOSE" and image is not None else (
                    command.workload.path
                )  # fmt: skip
                found.append((path, each.line, int(each.value), each.what))
        for asked in self._service.asked:
            if asked.port.isdigit() and (asked.file, int(asked.port)) not in {
                (path, value) for path, _, value, _ in found
            }:
                found.append((asked.file, asked.line, int(asked.port), asked.what))
        return list(dict.fromkeys(found))

    def _health(self, seen: Seen) -> None:
        answers = seen.said.get("answers", {})
        for asked in self._service.asked:
            place = Place(asked.file, asked.line, self.place.symbol)
            self._answer(place, asked.path, answers.get(asked.path, {}), seen)
        if self._service.asked:
            return
        found = [
            path for path in DEFAULT_PATHS if _status(answers.get(path, {})) in range(200, 300)
        ]
        needed = "/healthz" if self._service.is_worker else "/health"
        if self._declares.uses_boot and needed not in found:
            self._answer(self.place, needed, answers.get(needed, {}), seen)
        for path in found:
            self._verdicts.note("health", self.place, f"GET {path} is answered with "
                                f"{_status(answers[path])}")  # fmt: skip
        if not found and not any(0 < _status(each) < 500 for each in answers.values()):
            cause = cause_of(seen.output, self._known)
            code = cause.code if cause.code in OPEN else "health-unverified"
            what = f"every request is answered with 500 or not at all: {cause.text}"
            self._verdicts.judge(code, self.place, what, *_at(cause))
        elif not found:
            what = f"none of {', '.join(DEFAULT_PATHS)} is answered, and no manifest names a path"
            self._verdicts.note("health-none", self.place, what)

    def _answer(self, place: Place, path: str, answer: dict[str, object], seen: Seen) -> None:
        status = _status(answer)
        what = f"GET {path} is answered with {status}" if status else f"GET {path} is not answered"
        if 200 <= status < 400:
            self._verdicts.note("health", place, what)
        elif status == 400:
            text = f"{answer.get('body', '')}{seen.output}"
            host = re.search(r"DisallowedHost|ALLOWED_HOSTS|[Ii]nvalid host", text)
            code = "host-not-allowed" if host else "health-failing"
            self._verdicts.judge(code, place, what)
        elif status in (401, 403):
            self._verdicts.judge("health-refused", place, what)
        elif 400 <= status < 500:
            self._verdicts.judge("health-missing", place, what)
        elif cause_of(seen.output, self._known).code == "needs-service" or self._names_servers():
            self._verdicts.judge("health-unverified", place, what)
        else:
            self._verdicts.judge("health-failing", place, what)

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
            self._stop(seen)
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

    def _stop(self, seen: Seen) -> None:
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


def _status(answer: dict[str, object]) -> int:
    found = answer.get("status", 0)
    return found if isinstance(found, int) else 0


def _at(cause: Cause) -> list[str]:
    return [f"at: {cause.path}:{cause.line} <module>"] if cause.path else []
