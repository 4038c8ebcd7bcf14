"""Platforms that are told in TOML or JSON: Fly, Railway with its builders, Heroku's app.json."""

from __future__ import annotations

import posixpath
import tomllib
from typing import Any

from bylaw.config.lines import find_lines, line_of
from bylaw.manifests.command import Problem, below
from bylaw.manifests.workload import (
    Deployment,
    Health,
    Port,
    Words,
    Workload,
    exec_form,
    shell_form,
)

_WEB = frozenset({"app", "web", "api", "http", "server"})


class Table:
    """A TOML or JSON document whose keys know their lines."""

    def __init__(self, document: dict[str, Any], lines: dict[tuple[str | int, ...], int]) -> None:
        self.document = document
        self.lines = lines

    def get(self, *keys: str) -> Any:
        """The value below some keys, None where one is missing."""
        value: Any = self.document
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def line(self, *keys: str | int) -> int:
        """The line of a key, or of the nearest one around it."""
        return line_of(self.lines, keys) or 1

    def text(self, *keys: str) -> str:
        """A value that is a word or number; empty for anything else."""
        value = self.get(*keys)
        return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""

    def variables(self, *keys: str) -> tuple[tuple[str, str], ...]:
        """A table of variables as pairs."""
        value = self.get(*keys)
        return tuple((str(name), str(each)) for name, each in value.items()) if isinstance(
            value, dict
        ) else ()  # fmt: skip


def read_table(text: str, path: str) -> Table | Problem:
    """A TOML or JSON document, by the name of its file."""
    if path.endswith(".json"):
        return _json(text)
    try:
        return Table(tomllib.loads(text), dict(find_lines(text)))
    except tomllib.TOMLDecodeError as error:
        return Problem(1, f"not TOML: {error}")


def _json(text: str) -> Table | Problem:
    import json

    try:
        document = json.loads(text)
    except ValueError as error:
        return Problem(getattr(error, "lineno", 1), f"not JSON: {error}")
    lines: dict[tuple[str | int, ...], int] = {}
    rows = text.split("\n")

    def note(value: object, keys: tuple[str | int, ...], start: int) -> None:
        if isinstance(value, dict):
            for name, each in value.items():
                found = next((number for number in range(start, len(rows) + 1)
                              if json.dumps(name) in rows[number - 1]), start)  # fmt: skip
                lines[(*keys, name)] = found
                note(each, (*keys, name), found)

    note(document, (), 1)
    return Table(document if isinstance(document, dict) else {}, lines)


def read_fly(path: str, text: str) -> Deployment | Problem:
    """``fly.toml``: ``[processes]`` replaces CMD, ``release_command`` runs once before."""
    table = read_table(text, path)
    if isinstance(table, Problem):
        return table
    folder = posixpath.dirname(path)
    dockerfile = table.text("build", "dockerfile")
    common = Workload(
        "fly", path, 1, "app", "web", image=table.text("build", "image"),
        dockerfile=below(folder, dockerfile) if dockerfile else "", context=folder,
        target=table.text("build", "build-target"), environment=table.variables("env"),
        runtime="buildpack" if table.get("build", "builder") else "",
    )  # fmt: skip
    processes = table.get("processes")
    found = []
    ports, health = _fly_ports(table)
    served = set(_listed(table.get("http_service", "processes")))
    for service in _listed(table.get("services")):
        served |= set(_listed(service.get("processes")) if isinstance(service, dict) else ())
    for name, command in (processes if isinstance(processes, dict) else {"": ""}).items():
        kind = "web" if name in served or (not served and name in {*_WEB, ""}) else "worker"
        line = table.line("processes", name)
        words = _words(str(command), line) if command else None
        experimental = table.get("experimental", "cmd")
        if words is None and isinstance(experimental, list):
            words = exec_form(tuple(map(str, experimental)), table.line("experimental", "cmd"))
        web = kind == "web"
        found.append(common._replace(
            name=name or "app", kind=kind, line=line, arguments=words,
            ports=ports if web else (), health=health if web else (),
        ))  # fmt: skip
    release = table.text("deploy", "release_command")
    if release:
        line = table.line("deploy", "release_command")
        found.append(common._replace(name="release", kind="release", line=line,
                                     arguments=_words(release, line)))  # fmt: skip
    return Deployment(tuple(found))


def _words(text: str, line: int) -> Words:
    """Fly and Railway split words as a shell does, and start them without one."""
    made = shell_form(text, line)
    return exec_form(made.argv, line)._replace(text=text.strip())


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _fly_ports(table: Table) -> tuple[tuple[Port, ...], tuple[Health, ...]]:
    ports, health = [], []
    inner = table.text("http_service", "internal_port")
    if inner:
        ports.append(Port(inner, table.line("http_service", "internal_port"), "internal_port"))
    for number, check in enumerate(_listed(table.get("http_service", "checks"))):
        line = table.line("http_service", "checks", number, "path")
        health.append(Health(str(check.get("path") or ""), inner, line, "checks"))
    for number, service in enumerate(_listed(table.get("services"))):
        port = str(service.get("internal_port") or "")
        if port:
            ports.append(Port(port, table.line("services", number, "internal_port"),
                              "internal_port"))  # fmt: skip
        for at, check in enumerate(_listed(service.get("http_checks"))):
            line = table.line("services", number, "http_checks", at, "path")
            health.append(Health(str(check.get("path") or ""), port, line, "http_checks"))
    checks = table.get("checks")
    for name, check in (checks if isinstance(checks, dict) else {}).items():
        if isinstance(check, dict) and check.get("path"):
            line = table.line("checks", name, "path")
            health.append(
                Health(str(check["path"]), str(check.get("port") or inner), line, "checks")
            )
    return tuple(ports), tuple(health)


def read_railway(path: str, text: str) -> Deployment | Problem:
    """``railway.toml`` and ``.json``: ``startCommand`` replaces ENTRYPOINT and CMD."""
    table = read_table(text, path)
    if isinstance(table, Problem):
        return table
    folder = posixpath.dirname(path)
    builder = table.text("build", "builder").upper()
    dockerfile = table.text("build", "dockerfilePath")
    command = table.text("deploy", "startCommand")
    line = table.line("deploy", "startCommand")
    in_image = builder == "DOCKERFILE" or bool(dockerfile)
    words = None
    if command:
        words = _words(command, line) if in_image else shell_form(command, line)
    health = table.text("deploy", "healthcheckPath")
    made = Workload(
        "railway", path, line if command else 1, "service", "web", words,
        dockerfile=below(folder, dockerfile.lstrip("/")) if dockerfile else "", context=folder,
        runtime="docker" if in_image else builder.lower(), directory=folder,
        health=(Health(health, "", table.line("deploy", "healthcheckPath"), "healthcheckPath"),)
        if health else (),
    )  # fmt: skip
    before = table.get("deploy", "preDeployCommand")
    steps = [before] if isinstance(before, str) else _listed(before)
    found = [made]
    for each in steps:
        line = table.line("deploy", "preDeployCommand")
        found.append(made._replace(kind="release", name="preDeploy", line=line, health=(),
                                   entrypoint=shell_form(str(each), line)))  # fmt: skip
    return Deployment(tuple(found))


def read_builder(path: str, text: str) -> Deployment | Problem:
    """``nixpacks.toml`` and ``railpack.json``: the command of an image that is built for you."""
    table = read_table(text, path)
    if isinstance(table, Problem):
        return table
    name = posixpath.basename(path)
    keys = ("start", "cmd") if name.startswith("nixpacks") else ("deploy", "startCommand")
    command, line = table.text(*keys), table.line(*keys)
    if not command:
        return Deployment(())
    folder = posixpath.dirname(path)
    return Deployment((Workload(
        "railway", path, line, "service", "web", shell_form(command, line), context=folder,
        runtime=name.partition(".")[0], directory=folder,
    ),))  # fmt: skip


def read_app_json(path: str, text: str) -> Deployment | Problem:
    """``app.json``: what Heroku runs once after the first deploy."""
    table = read_table(text, path)
    if isinstance(table, Problem):
        return Deployment(())
    command = table.text("scripts", "postdeploy") or table.text("scripts", "postdeploy", "command")
    line = table.line("scripts", "postdeploy")
    if not command:
        return Deployment(())
    return Deployment((Workload(
        "heroku", path, line, "postdeploy", "release", shell_form(command, line),
        directory=posixpath.dirname(path),
    ),))  # fmt: skip
