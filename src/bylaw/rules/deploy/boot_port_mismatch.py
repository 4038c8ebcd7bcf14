"""``boot-port-mismatch``: the places that name the service's port do not agree."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.finding import Finding, Step
from bylaw.rules.boot.inventory import inventory_of
from bylaw.rules.boot.items import StartCommand
from bylaw.rules.boot.listening import Listening, asked_of, listening_of
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="boot-port-mismatch",
    summary="The port the service listens on is not the one that its image, its health check or "
    "its platform uses.",
    clauses=("DC-2.5", "DC-12"),
    severity="error",
    how="tree",
    family="deploy",
    mend="let the platform's PORT decide everywhere, with one default",
    needs=frozenset({"manifests"}),
)

_GIVES_PORT = ("heroku",)
_PROXIES = frozenset({"nginx", "caddy", "traefik", "haproxy", "httpd", "apache2", "apachectl"})


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per place that disagrees."""
    seen = set()
    for command in inventory_of(context).winning("api"):
        if not command.argv or _is_behind_proxy(command):
            continue
        for finding in _judged(context, command):
            key = (finding.path, finding.line, finding.sink)
            if key not in seen:
                seen.add(key)
                yield finding


def _is_behind_proxy(command: StartCommand) -> bool:
    """Whether another server stands before it in the same container."""
    return any(step.argv[0].rpartition("/")[2] in _PROXIES for step in command.steps)


def _judged(context: RuleContext, command: StartCommand) -> Iterator[Finding]:
    unexpanded = _unexpanded(command)
    if unexpanded:
        message = f"{unexpanded} is in exec form, which no shell expands"
        yield _finding(command, command.path, command.line, message, unexpanded, 0)
        return
    listening = listening_of(context, command)
    if command.platform in _GIVES_PORT and command.workload.kind == "web":
        yield from _fixed(command, listening)
    if listening.port and not (listening.variable and _is_set_elsewhere(command)):
        yield from _ports(command, listening)
        yield from _checks(command, listening)
    yield from _loopback(command, listening)


def _unexpanded(command: StartCommand) -> str:
    step = command.main
    if step is None or step.is_shell or command.place.image is None:
        return ""
    if step.path != command.path or command.path != command.place.image.path:
        return ""
    port = command.meaning.port
    return port if port.startswith("$") and not port.startswith("$(") else ""


def _is_set_elsewhere(command: StartCommand) -> bool:
    """Platforms that give PORT themselves: what a default says does not count there."""
    return command.platform in ("heroku", "render", "railway", "cloud-run", "app-engine")


def _fixed(command: StartCommand, listening: Listening) -> Iterator[Finding]:
    if not listening.port or listening.variable:
        return
    message = f"it listens on {listening.port} ({listening.why}), not on the PORT that " \
              f"{command.platform} gives"  # fmt: skip
    yield _finding(command, command.path, command.line, message, "PORT", 0)


def _ports(command: StartCommand, listening: Listening) -> Iterator[Finding]:
    if not command.is_published:
        return
    by_key: dict[str, list[tuple[str, int]]] = {}
    for port in command.ports:
        by_key.setdefault(port.what, []).append((port.value, port.line))
    for key, listed in by_key.items():
        values = [value for value, _ in listed]
        if not all(value.isdigit() for value in values) or listening.port in values:
            continue
        if key == "EXPOSE" and command.platform != "docker":
            continue
        image = command.place.image
        path = image.path if key == "EXPOSE" and image is not None else command.workload.path
        message = f"{key} says {', '.join(values)}, and the service listens on {listening.port} " \
                  f"({listening.why})"  # fmt: skip
        made = _finding(command, path, listed[0][1], message, key, 1)
        # EXPOSE opens nothing: it only tells the reader something wrong.
        yield made._replace(severity="warning") if key in ("EXPOSE", "containerPort") else made


def _checks(command: StartCommand, listening: Listening) -> Iterator[Finding]:
    known = dict(command.place.environment)
    for asked in asked_of(command):
        port = re.sub(r"^\$\{?(\w+)(?::?-(\d+))?\}?$",
                      lambda match: known.get(match[1]) or match[2] or "", asked.port)  # fmt: skip
        if port.isdigit() and port != listening.port:
            message = f"{asked.what} asks port {port}, and the service listens on " \
                      f"{listening.port} ({listening.why})"  # fmt: skip
            yield _finding(command, asked.file, asked.line, message, f"check {port}", 0)


def _loopback(command: StartCommand, listening: Listening) -> Iterator[Finding]:
    """A container's loopback is its own: no port of it can be published."""
    in_container = command.place.image is not None and command.is_published
    if not in_container or (listening.port == "" and not command.meaning.port):
        return
    meaning = command.meaning._replace(host=listening.host)
    if meaning.listens_on_loopback and any(port.value for port in command.ports):
        host = listening.host or "127.0.0.1"
        message = f"it listens on {host}, which nothing outside the container reaches"
        yield _finding(command, command.path, command.line, message, host, 1)


def _finding(
    command: StartCommand, path: str, line: int, message: str, sink: str, confidence: int
) -> Finding:
    witness: tuple[Step, ...] = ()
    if (path, line) != (command.path, command.line):
        witness = (Step(command.path, command.line, command.name, "the start command"),)
    severity = "warning" if command.is_development else ""
    return file_finding(
        INFO, path, line, message, sink=sink, symbol=command.name or path, confidence=confidence,
        witness=witness, severity=severity,
    )  # fmt: skip
