"""Changes single keys of ``render.yaml`` and compose files, and nothing else of their text."""

from __future__ import annotations

import json
from collections.abc import Iterator

import yaml

from bylaw.manifests.command import Problem
from bylaw.manifests.yaml_nodes import get, items, pairs, parse_yaml, scalar
from bylaw.rules.adoption.plan import Service


class Rows:
    """The lines of a file while keys are replaced, dropped and added, at the places it had."""

    def __init__(self, text: str) -> None:
        self._rows = text.split("\n")
        self._new: dict[int, list[str]] = {}

    def replace(self, key: yaml.Node, value: yaml.Node, text: str) -> None:
        """Gives a key another value."""
        first, last = _span(key, value, self._rows)
        indent = " " * key.start_mark.column
        lead = self._rows[first][: key.start_mark.column]
        self._new[first] = [f"{lead if lead.strip() else indent}{_name(key)}: {text}"]
        self._new.update({at: [] for at in range(first + 1, last + 1)})

    def drop(self, key: yaml.Node, value: yaml.Node) -> bool:
        """Takes a key away; not where it begins an element of a list."""
        first, last = _span(key, value, self._rows)
        if self._rows[first][: key.start_mark.column].strip():
            return False
        self._new.update({at: [] for at in range(first, last + 1)})
        return True

    def add(self, key: yaml.Node, rows: list[str]) -> None:
        """Puts lines behind the line of a key, at its indentation."""
        first = key.start_mark.line
        known = self._new.get(first, [self._rows[first]])
        self._new[first] = [*known, *(" " * key.start_mark.column + each for each in rows)]

    def text(self) -> str:
        """The text with all changes."""
        return "\n".join(row for at, old in enumerate(self._rows)
                         for row in self._new.get(at, [old]))  # fmt: skip


def _name(key: yaml.Node) -> str:
    return str(key.value)


def _span(key: yaml.Node, value: yaml.Node, rows: list[str]) -> tuple[int, int]:
    """First and last line of an entry; what is empty behind a block is not of it."""
    end = value.end_mark
    last = end.line - 1 if end.column == 0 or not rows[end.line][: end.column].strip() else end.line
    while last > key.start_mark.line and not rows[last].strip():
        last -= 1
    return key.start_mark.line, max(last, key.start_mark.line)


def edited_compose(text: str, services: list[str], workers: list[str], service: Service) -> str:
    """A compose file whose services are started by the one command.

    Args:
        text: of the file.
        services: names of the services that serve the application with a command of their own.
        workers: names of those that run the worker that the entry now runs.
        service: what is decided.
    """
    document = parse_yaml(text)
    if isinstance(document, Problem):
        return text
    rows = Rows(text)
    command = json.dumps(list(service.command))
    for name, key, node in pairs(get(document.root, "services")):
        if name not in services and name not in workers:
            continue
        _set_command(rows, node, command)
        if name in workers and key is not None:
            _set_mode(rows, node)
    return rows.text()


def _set_command(rows: Rows, node: yaml.Node, command: str) -> None:
    known = {each: (key, value) for each, key, value in pairs(node)}
    if "entrypoint" in known and "command" in known:
        rows.drop(*known["command"])
        rows.replace(*known["entrypoint"], command)
    elif "entrypoint" in known:
        rows.replace(*known["entrypoint"], command)
    elif "command" in known:
        rows.replace(*known["command"], command)


def _set_mode(rows: Rows, node: yaml.Node) -> None:
    known = {each: (key, value) for each, key, value in pairs(node)}
    if "environment" in known:
        key, value = known["environment"]
        if isinstance(value, yaml.MappingNode) and get(value, "WORKER_MODE") is None:
            rows.add(key, ['  WORKER_MODE: "true"'])
        elif isinstance(value, yaml.SequenceNode) and items(value):
            inside = items(value)[0].start_mark.column - key.start_mark.column - 2
            if not any("WORKER_MODE" in (scalar(each) or "") for each in items(value)):
                rows.add(key, [f"{' ' * max(inside, 0)}- WORKER_MODE=true"])
    elif known:
        before = known.get("command") or known.get("entrypoint")
        if before is not None:
            rows.add(before[0], ["environment:", '  WORKER_MODE: "true"'])


def edited_blueprint(text: str, names: list[str], service: Service) -> str:
    """A ``render.yaml`` whose web services are started by the one command.

    Args:
        text: of the file.
        names: names of the services that serve the application.
        service: what is decided.
    """
    document = parse_yaml(text)
    if isinstance(document, Problem):
        return text
    rows = Rows(text)
    for node in _services(document.root):
        if (scalar(get(node, "name")) or "") in names:
            _blueprint_service(rows, node, service)
    return rows.text()


def _services(root: yaml.Node | None) -> Iterator[yaml.Node]:
    yield from items(get(root, "services"))
    for project in items(get(root, "projects")):
        for environment in items(get(project, "environments")):
            yield from items(get(environment, "services"))


def _blueprint_service(rows: Rows, node: yaml.Node, service: Service) -> None:
    known = {each: (key, value) for each, key, value in pairs(node)}
    runtime = scalar(get(node, "runtime")) or scalar(get(node, "env")) or ""
    if runtime in ("docker", "image", ""):
        for each in ("startCommand", "dockerCommand"):
            if each in known:
                rows.drop(*known[each])
        if not runtime and "type" in known:
            rows.add(known["type"][0], ["runtime: docker"])
    elif "startCommand" in known:
        rows.replace(*known["startCommand"], " ".join(service.command))
    if "healthCheckPath" in known:
        if scalar(known["healthCheckPath"][1]) != service.serving.health:
            rows.replace(*known["healthCheckPath"], service.serving.health)
    elif "type" in known and scalar(known["type"][1]) == "web":
        rows.add(known["type"][0], [f"healthCheckPath: {service.serving.health}"])
