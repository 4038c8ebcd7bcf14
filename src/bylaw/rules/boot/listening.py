"""Where a start command listens, and what its health checks ask."""

from __future__ import annotations

import re
from typing import NamedTuple

from bylaw.manifests.command import UNKNOWN
from bylaw.manifests.meaning import Meaning, value_of
from bylaw.rules.boot.items import StartCommand
from bylaw.rules.context import RuleContext

_VARIABLE = re.compile(r"^\$(?:\((\w+)\)|\{(\w+)(?::?-([^}]*))?\}|(\w+))$")
_RUN = re.compile(
    r"\b(?:uvicorn|app|application|socketio|web|hypercorn|create_app\(\))\.run(?:_app)?\("
)
_PORT = re.compile(
    r"\bport\s*=\s*(?:int\(\s*)?(?:(\d{2,5})\b|"
    r"(?:os\.)?(?:getenv|environ\.get)\(\s*[\"'](\w+)[\"']\s*(?:,\s*(?:str\()?[\"']?(\d{2,5}))?)"
)
_HOST = re.compile(r"\bhost\s*=\s*[\"']([\w.:]+)[\"']")
_BIND = re.compile(r"^\s*bind\s*=\s*f?[\"']([^\"']*)[\"']", re.M)
_URL = re.compile(r"(?:https?://)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])"
                  r"(?::(\$\{?\w+[^\s/\"'}]*\}?|\d+))?(/[^\s\"'|;&)<>]*)?")  # fmt: skip


_BOOT = re.compile(r"\bBoot\(")
_BOOT_PORT = re.compile(r"\bVar\(\s*[\"']PORT[\"'][^()]*?\bdefault\s*=\s*(\d{1,5})\b")
_BOOT_HEALTH = re.compile(r"\bServing\([^()]*?\bhealth\s*=\s*[\"']([^\"']*)[\"']")
_BOOT_DEFAULT, _BOOT_PATH = "8000", "/health"


class Listening(NamedTuple):
    """Where a process listens.

    Attributes:
        port: number; empty where it is only known when it starts.
        variable: the variable that gives the port; empty where none does.
        host: as given; empty for the program's default.
        why: what says so, for people.
    """

    port: str
    variable: str
    host: str
    why: str


def listening_of(context: RuleContext, command: StartCommand) -> Listening:
    """Where a command listens: its options, its configuration, its own code, its default.

    Args:
        context: what is known.
        command: the command.
    """
    meaning = command.meaning
    known = dict(command.place.environment)
    step = command.main
    if step is not None:
        known.update(step.environment)
    if is_open(meaning, known):
        # The words that are not known may name a host, a port or a configuration.
        host = meaning.host or UNKNOWN
        if not meaning.port:
            return Listening("", "", host, "options that are only known when it starts")
        return _given(meaning.port, host, known, "its option")
    if meaning.port:
        return _given(meaning.port, meaning.host, known, "its option")
    if meaning.config and meaning.program in ("gunicorn", "uwsgi"):
        return _configured(context, command, known)
    if meaning.program == "gunicorn":
        found = _configured(context, command, known, "gunicorn.conf.py")
        if found.port or found.variable:
            return found
        # Without any it listens on $PORT of every interface, or else on its loopback.
        return Listening(meaning.default_port, "PORT", meaning.host, "gunicorn's own $PORT")
    if meaning.program == "python" and command.module >= 0:
        return _own_code(context, command, known)
    if meaning.program == "manage.py" and command.module >= 0:
        text = context.repository.text(context.project.paths[command.module])
        if "django" not in text:
            return Listening("", "", meaning.host, "a command of the project's own")
    return Listening(meaning.default_port, "", meaning.host, f"the default of {meaning.program}")


def is_open(meaning: Meaning, known: dict[str, str]) -> bool:
    """Whether a command has words that may stand for options nobody has read.

    Args:
        meaning: the command.
        known: variables in force.
    """
    for word in meaning.unknown:
        match = _VARIABLE.match(word)
        value = known.get(match[1] or match[2] or match[4] or "") if match else None
        if value is None or "$" in value or value.lstrip().startswith("-"):
            return True
    return False


def _given(port: str, host: str, known: dict[str, str], why: str) -> Listening:
    match = _VARIABLE.match(port)
    if match is None:
        return Listening(port if port.isdigit() else "", "", host, why)
    name = match[1] or match[2] or match[4]
    value = known.get(name, "") or match[3] or ""
    nested = _VARIABLE.match(value)
    if nested:
        value = nested[3] or ""
    return Listening(value if value.isdigit() else "", name, host, f"${name}")


def _configured(
    context: RuleContext, command: StartCommand, known: dict[str, str], name: str = ""
) -> Listening:
    from bylaw.rules.boot.expand import find_file

    given = (name or command.meaning.config).removeprefix("file:").removeprefix("python:")
    step = command.main
    directory = step.directory if step is not None else ""
    path = find_file(context.repository, command.place, directory, given)
    match = _BIND.search(context.repository.text(path)) if path else None
    if match is None:
        return Listening("", "", command.meaning.host, "its configuration")
    host, _, port = match[1].rpartition(":")
    return _given(port, host or "0.0.0.0", known, path)


def _own_code(context: RuleContext, command: StartCommand, known: dict[str, str]) -> Listening:
    """The one call that starts a server in the module that is run."""
    path = context.project.paths[command.module]
    text = context.repository.text(path)
    if _BOOT.search(text) and "bylaw_boot" in text:
        found = _BOOT_PORT.search(text)
        value = known.get("PORT", "") or (found[1] if found else _BOOT_DEFAULT)
        return Listening(value if value.isdigit() else "", "PORT", "0.0.0.0", f"$PORT in {path}")
    calls = list(_RUN.finditer(text))
    if len(calls) != 1:
        return Listening("", "", "", "its own code")
    body = text[calls[0].end() : calls[0].end() + 600]
    body = body[: _closing(body)]
    port, host = _PORT.search(body), _HOST.search(body)
    address = host[1] if host else ""
    if port is None:
        return Listening("", "", address, path)
    if port[1]:
        return Listening(port[1], "", address, path)
    value = known.get(port[2], "") or port[3] or ""
    return Listening(value if value.isdigit() else "", port[2], address, f"${port[2]} in {path}")


def _closing(text: str) -> int:
    depth = 1
    for number, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return number
    return len(text)


class Asked(NamedTuple):
    """One request of a health check.

    Attributes:
        path: of the URL; empty where it is not said.
        port: as written; empty where it is not said.
        line: 1-based line.
        what: key that says so.
        file: file that says so, relative to the root.
    """

    path: str
    port: str
    line: int
    what: str
    file: str


def asked_of(command: StartCommand) -> list[Asked]:
    """The HTTP requests that ask after a command.

    Args:
        command: the command.
    """
    found = []
    image = command.place.image
    for each in command.health:
        file = command.workload.path
        if each.what == "HEALTHCHECK" and image is not None:
            file = image.path
        if not each.argv:
            found.append(Asked(each.path, each.port, each.line, each.what, file))
            continue
        if "bylaw_boot" in each.argv:
            found.append(_asked_by_boot(each.argv, each.line, each.what, file))
            continue
        text = " ".join(each.argv)
        for match in _URL.finditer(text):
            if match[0].startswith("http") or match[1]:
                path = (match[2] or "/").partition("?")[0]
                found.append(Asked(path, match[1] or "", each.line, each.what, file))
    return found


def _asked_by_boot(argv: tuple[str, ...], line: int, what: str, file: str) -> Asked:
    """The request of ``python -m bylaw_boot health``: of ``$PORT``, unless it is told another."""
    port = value_of(argv, ("--port",)) or "${PORT:-8000}"
    return Asked(value_of(argv, ("--path",)) or _BOOT_PATH, port, line, what, file)


def answered_by_boot(context: RuleContext, command: StartCommand) -> str:
    """The path that bylaw-boot answers where the application does not; empty for none.

    Args:
        context: what is known.
        command: the command.
    """
    if command.module < 0:
        return ""
    text = context.repository.text(context.project.paths[command.module])
    if "bylaw_boot" not in text or not _BOOT.search(text):
        return ""
    found = _BOOT_HEALTH.search(text)
    return found[1] if found else _BOOT_PATH
