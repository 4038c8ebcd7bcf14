"""How an application has been served: port, health path, options of the server, steps before."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bylaw.model.backend.items import Route
from bylaw.model.roles import TEST
from bylaw.rules.adoption.plan import DEFAULT_PORT, Application, Open, Serving
from bylaw.rules.boot.expand import QUIET
from bylaw.rules.boot.items import StartCommand
from bylaw.rules.boot.listening import asked_of, listening_of
from bylaw.rules.context import RuleContext

DEFAULT_HEALTH = "/health"
_HEALTH_WORDS = ("health", "healthz", "livez", "live", "liveness", "alive", "health-check",
                 "healthcheck", "health_check", "ping", "status", "_health",
                 "heartbeat")  # fmt: skip
_PLAIN = re.compile(r"/[\w./~-]*")
_NUMBER, _TEXT, _SWITCH = "number", "text", "switch"
_GUNICORN = {
    "-w": ("workers", _NUMBER), "--workers": ("workers", _NUMBER),
    "-k": ("worker_class", _TEXT), "--worker-class": ("worker_class", _TEXT),
    "--threads": ("threads", _NUMBER), "-t": ("timeout", _NUMBER),
    "--timeout": ("timeout", _NUMBER),
    "--keep-alive": ("keepalive", _NUMBER), "--max-requests": ("max_requests", _NUMBER),
    "--max-requests-jitter": ("max_requests_jitter", _NUMBER),
    "--access-logfile": ("accesslog", _TEXT), "--error-logfile": ("errorlog", _TEXT),
    "--log-level": ("loglevel", _TEXT), "--preload": ("preload_app", _SWITCH),
    "--forwarded-allow-ips": ("forwarded_allow_ips", _TEXT),
    "--worker-tmp-dir": ("worker_tmp_dir", _TEXT), "-c": ("config", _TEXT),
    "--config": ("config", _TEXT), "--worker-connections": ("worker_connections", _NUMBER),
    "--log-file": ("errorlog", _TEXT), "--access-logformat": ("access_log_format", _TEXT),
    "--capture-output": ("capture_output", _SWITCH), "-n": ("proc_name", _TEXT),
    "--name": ("proc_name", _TEXT), "--limit-request-line": ("limit_request_line", _NUMBER),
}  # fmt: skip
_UVICORN = {
    "--root-path": ("root_path", _TEXT), "--proxy-headers": ("proxy_headers", _SWITCH),
    "--forwarded-allow-ips": ("forwarded_allow_ips", _TEXT), "--log-level": ("log_level", _TEXT),
    "--ws": ("ws", _TEXT), "--http": ("http", _TEXT), "--loop": ("loop", _TEXT),
    "--limit-concurrency": ("limit_concurrency", _NUMBER),
    "--timeout-keep-alive": ("timeout_keep_alive", _NUMBER), "--backlog": ("backlog", _NUMBER),
    "--log-config": ("log_config", _TEXT), "--lifespan": ("lifespan", _TEXT),
    "--no-access-log": ("access_log", "off"), "--no-server-header": ("server_header", "off"),
}  # fmt: skip
_OPTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "gunicorn": _GUNICORN, "uvicorn": _UVICORN, "fastapi": _UVICORN, "hypercorn": {},
    "granian": {}, "daphne": {}, "waitress-serve": {}, "uwsgi": {},
}  # fmt: skip
_KEPT = frozenset({"-b", "--bind", "--host", "--port", "-p", "-h", "--reload", "--factory",
                   "--app", "-A", "--debug", "--no-reload", "--app-dir", "--chdir",
                   "--access-log", "--interface", "--entrypoint", "-e", "--listen"})  # fmt: skip
"""What the entry itself answers: address, target, and what is for developers."""
_FEW = frozenset({"--reload", "--factory", "--debug", "--no-reload", "--access-log"})


REPLACED = frozenset({"docker", "compose", "render", "heroku", "elastic-beanstalk"})
"""Platforms whose files adoption writes; what stands elsewhere stays there."""


class Kept(NamedTuple):
    """What of a server's words can be kept, and what cannot.

    Attributes:
        options: (name, value as Python writes it).
        lost: words that no option stands for.
    """

    options: tuple[tuple[str, str], ...]
    lost: tuple[str, ...]


def read_serving(
    context: RuleContext, application: Application, commands: Sequence[StartCommand]
) -> tuple[Serving, list[Open]]:
    """How the application is served from now on.

    Args:
        context: what is known.
        application: the application.
        commands: the commands that have served it, deployed ones first.

    Returns:
        The answer, and what of the former commands could not be carried over.
    """
    health, first = health_of(context, application, commands)
    opens: list[Open] = []
    options: dict[str, str] = {}
    server = ""
    for each in commands:
        if each.platform not in REPLACED:
            continue
        kept = kept_options(each)
        for name, value in kept.options:
            options.setdefault(name, value)
        for word in kept.lost:
            what = f"{each.meaning.program} was given {word}, which the entry does not hand on"
            way = "give it to Serving(options=...), or run more instances"
            if all(one.what != what for one in opens):
                opens.append(Open(each.path, each.line, what, way))
        server = server or _server(application, each)
    if options.get("worker_class", "").find("uvicorn") >= 0:
        # The entry finds the worker class that the installed gunicorn needs for ASGI.
        options.pop("worker_class")
    # One process behind gunicorn is what the server does by itself.
    server = server if options else ""
    port, doubts = _port(context, commands)
    opens += doubts
    before = tuple(dict.fromkeys(step for each in commands for step in steps_before(each)))
    return Serving(server, tuple(options.items()), port or DEFAULT_PORT, health, first,
                   before), opens  # fmt: skip


def _port(context: RuleContext, commands: Sequence[StartCommand]) -> tuple[str, list[Open]]:
    """The port that most commands listen on which can run at all; the others are left open."""
    told = [(port, each) for each in commands if each.platform in REPLACED
            and (port := port_of(context, each))]  # fmt: skip
    running = [port for port, each in told if each.resolved] or [port for port, _ in told]
    if not running:
        return "", []
    port = max(dict.fromkeys(running), key=running.count)
    opens = {}
    for other, each in told:
        # What is only exposed is set right; what is published elsewhere is not ours to move.
        if other != port and each.platform == "compose":
            what = f"the service {each.name} listened on {other}, and listens on {port} now"
            opens[each.path, each.line] = Open(each.path, each.line, what,
                                               "map the new port, or set PORT")  # fmt: skip
    return port, list(opens.values())


def _server(application: Application, command: StartCommand) -> str:
    """The server to name: gunicorn for ASGI, where uvicorn would be the first choice."""
    is_named = command.meaning.program == "gunicorn" and application.interface == "asgi"
    return "gunicorn" if is_named else ""


def port_of(context: RuleContext, command: StartCommand) -> str:
    """The port a command listens on where nothing sets ``PORT``; empty where that is not told."""
    if command.meaning.port or command.meaning.config:
        return listening_of(context, command).port
    exposed = [each.value for each in command.ports if each.value.isdigit()]
    return exposed[0] if len(set(exposed)) == 1 else ""


def kept_options(command: StartCommand) -> Kept:
    """The options of a server's command line as options of the server's own.

    Args:
        command: a command that serves.
    """
    known = _OPTIONS.get(command.meaning.program)
    words = command.meaning.argv
    if known is None or command.is_development:
        return Kept((), ())
    at = next((number for number, word in enumerate(words)
               if word.rpartition("/")[2] == command.meaning.program), 0)  # fmt: skip
    options: dict[str, str] = {}
    lost: list[str] = []
    for word, value in _pairs(words[at + 1 :], known):
        if word in known:
            name, kind = known[word]
            made = _python_value(value, kind)
            if made is None:
                lost.append(f"{word} {value}")
            else:
                options[name] = made
        elif word == "--workers" and value in ("1", ""):
            continue
        elif word.startswith("-") and word not in _KEPT:
            lost.append(f"{word} {value}".strip())
    return Kept(tuple(options.items()), tuple(lost))


def _pairs(words: Sequence[str], known: dict[str, tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Options with their values."""
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        name, sign, value = word.partition("=")
        if not word.startswith("-") or word == "-":
            continue
        if sign:
            yield name, value
        elif not word.startswith("--") and len(word) > 2 and word[:2] in {*known, *_KEPT}:
            yield word[:2], word[2:]
        elif word in _FEW or known.get(word, ("", _TEXT))[1] in (_SWITCH, "off"):
            yield word, ""
        elif at < len(words) and (not words[at].startswith("-") or words[at] == "-"):
            yield word, words[at]
            at += 1
        else:
            yield word, ""


def _python_value(value: str, kind: str) -> str | None:
    """A value as Python writes it; None where it is only known when it starts."""
    if kind in (_SWITCH, "off"):
        return str(kind == _SWITCH)
    if "$" in value or not value:
        return None
    if kind == _NUMBER:
        return value if value.isdigit() else None
    return json.dumps(value)


def steps_before(command: StartCommand) -> Iterator[tuple[str, str]]:
    """What a start runs before its server, with its place.

    Args:
        command: a command that serves.
    """
    for step in command.steps:
        if step.meaning == command.meaning:
            return
        words = " ".join(step.argv)
        if words and step.argv[0] not in QUIET and not step.argv[0].startswith("$"):
            yield words, f"{step.path}:{step.line}"


def lost_steps(commands: Sequence[StartCommand]) -> list[Open]:
    """What ran before the server, which one command does not run."""
    found: dict[str, Open] = {}
    for each in commands:
        for words, place in steps_before(each):
            path, _, line = place.rpartition(":")
            way = "give it a step of the build or of the release, and delete these lines"
            found.setdefault(words, Open(path, int(line), f"`{words}` ran before the server", way))
    return list(found.values())


def health_of(
    context: RuleContext, application: Application, commands: Sequence[StartCommand]
) -> tuple[str, bool]:
    """The path that answers for the service's health, and whether bylaw-boot answers it alone.

    It is a route of the application, else ``/health``, which bylaw-boot answers.

    Args:
        context: what is known.
        application: the application.
        commands: the commands that serve it; what already asks after them comes first.
    """
    own = [each for each in context.backend.routes if _may_answer(context, each)]
    # A path without its last slash is answered with a redirect, which not every check follows.
    urls = {each.url.rstrip("/") or "/": each.url for each in own}
    asked = [each.path.rstrip("/") for one in commands for each in asked_of(one)]
    for path in asked:
        if path in urls and path:
            return urls[path], False
    for word in _HEALTH_WORDS:
        found = sorted((url for url in urls if url.rpartition("/")[2] == word), key=len)
        if found:
            return urls[found[0]], False
    # Django answers whom it does not know with 400 and plain HTTP with a redirect, never with 404.
    return DEFAULT_HEALTH, application.framework == "django"


def _may_answer(context: RuleContext, route: Route) -> bool:
    """Whether anybody may ask a route with GET and without a parameter."""
    if route.kind != "http" or (route.methods and "GET" not in route.methods):
        return False
    if not _PLAIN.fullmatch(route.url) or route.conditional:
        return False
    if any(each.kind in ("security", "permission") for each in route.dependencies):
        return False
    numbers = {path: number for number, path in enumerate(context.project.paths)}
    return context.project.roles[numbers[route.path]] != TEST
