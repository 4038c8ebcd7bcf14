"""Where a service listens and what it answers, beside what manifests say of both."""

from __future__ import annotations

import re

from bylaw.probes.boot.cases import Judge, remarks_of
from bylaw.probes.boot.causes import cause_of
from bylaw.probes.boot.running import Seen
from bylaw.probes.boot.verdicts import OPEN, Place

DEFAULT_PATHS = ("/health", "/healthz", "/ready")
ANY_PATH = "/"
_NEEDS_PORT = frozenset({"heroku", "cloud-run", "app-engine"})


class AnswerJudge(Judge):
    """Judges ports and health of one good start."""

    def port(self, seen: Seen) -> None:
        """Which port it listens on, and whether manifests agree."""
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

    def health(self, seen: Seen) -> None:
        """What the health paths are answered with."""
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
            self._verdicts.judge(code, self.place, what, *remarks_of(cause))
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
        elif cause_of(seen.output, self._known).code == "needs-service" or self.names_servers():
            self._verdicts.judge("health-unverified", place, what)
        else:
            self._verdicts.judge("health-failing", place, what)


def _status(answer: dict[str, object]) -> int:
    found = answer.get("status", 0)
    return found if isinstance(found, int) else 0
