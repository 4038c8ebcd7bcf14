"""The words of the answer: what counts against a service, what leaves a question, the ways out."""

from __future__ import annotations

from typing import NamedTuple

from bylaw.probes.outcome import Observation

FAILS = {
    "start-failed": "mend what the last line names; `bylaw boot inventory` shows the command",
    "ended-early": "keep the service in the foreground: its process must not end by itself",
    "not-ready": "let it listen on $PORT before it does anything long",
    "ready-late": "move what takes long out of imports and start-up, or give --ready-seconds",
    "port-mismatch": "name the port the service listens on, or let the command listen on $PORT",
    "port-not-honoured": "let the command listen on $PORT, which this platform gives",
    "health-missing": "answer this path, or name the one the service answers",
    "health-refused": "let the health path answer without credentials",
    "health-failing": "answer liveness without asking a database",
    "request-lost": "finish requests in flight after SIGTERM before the process ends",
    "stop-timeout": "end after SIGTERM within the limit: platforms kill then",
    "stop-status": "end with 0 after SIGTERM",
    "shutdown-skipped": "let the server end the application's lifespan before it ends itself",
    "shutdown-failed": "mend what the application does when it is shut down",
    "fault-unnoticed": "check it before anything is served, as bylaw-boot does",
    "fault-hangs": "end at once with a status other than 0",
    "fault-exit-zero": "end with a status other than 0: with 0 a platform takes it for done",
    "fault-unnamed": "name the cause in what is written to standard error",
    "diagnostic-missing": "write bylaw.boot-diagnostic/1 as the last line of standard error",
    "diagnostic-incomplete": "name every problem in the diagnostic, each with its resolution",
}
"""Reason codes that make the result ``fail``, each with the way out."""
OPEN = {
    "no-start-command": "declare one: [boot] canonical in bylaw.toml",
    "command-unresolved": "bylaw boot inventory",
    "directory-unknown": "bylaw boot inventory",
    "not-python": "prove it by other means",
    "unix-socket": "prove it by other means",
    "interpreter-too-old": "bylaw probe boot --python PYTHON",
    "missing-package": "",
    "not-installed": "",
    "needs-service": "declare one that is at hand in [probe.environment], such as SQLite",
    "needs-migration": "declare a database that is migrated in [probe.environment]",
    "missing-variable": "declare a value for it in [probe.environment]",
    "variable-refused": "declare a value that it takes in [probe.environment]",
    "missing-library": "install the library of the system",
    "missing-place": "declare another place in [probe.environment]",
    "denied": "declare a place below the project in [probe.environment]",
    "failed-outside": "read what it says; bylaw probe imports shows imports that fail",
    "crashed": "start it by hand and read what it says",
    "not-http": "prove it by other means",
    "host-not-allowed": "declare localhost among the allowed hosts in [probe.environment]",
    "health-unverified": "declare the service it asks for in [probe.environment]",
    "worker-without-health": "let the worker answer /healthz on $PORT, as bylaw-boot does",
    "machine-busy": "bylaw probe boot --ready-seconds 30, or a machine that does less",
    "in-flight-unproven": "bylaw probe boot once more, on a machine that does less",
    "fault-unsure": "read the variable when the service starts",
    "fault-not-seeded": "install an older Python beside the project's own",
    "time-limit": "bylaw probe boot --seconds 7200",
    "agent-ended": "bylaw --debug probe boot",
}
"""Reason codes that leave a question, each with the one edit or command that goes on."""


class Place(NamedTuple):
    """Where an observation belongs.

    Attributes:
        path: file relative to the root.
        line: its line.
        symbol: what is started.
    """

    path: str
    line: int
    symbol: str


class Verdicts:
    """Takes down what was seen of services.

    Attributes:
        observations: all of it.
        broken: reason codes that count against a service.
        questions: reason codes that leave a question.
        packages: packages that are not installed.
    """

    def __init__(self, environment: str) -> None:
        self.observations: set[Observation] = set()
        self.broken: set[str] = set()
        self.questions: set[str] = set()
        self.packages: set[str] = set()
        self._environment = environment

    def note(self, kind: str, place: Place, what: str, *remarks: str) -> None:
        """Something that was seen and is in order, or no matter."""
        detail = "\n".join([what, *remarks])
        path, line, symbol = place
        self.observations.add(Observation(kind, path, line, symbol, detail, self._environment))

    def judge(self, code: str, place: Place, what: str, *remarks: str) -> None:
        """Something that counts against the service, or that could not be seen."""
        way = FAILS.get(code) or OPEN.get(code, "")
        (self.broken if code in FAILS else self.questions).add(code)
        self.note(code, place, what, *remarks, *([f"mend: {way}"] if way else []))
