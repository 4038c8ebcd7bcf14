"""Processes kept by a machine: systemd units, supervisord programs, Procfiles."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from bylaw.manifests.workload import Deployment, Workload, exec_form, shell_form, split_words

_PROCESS = re.compile(r"^([A-Za-z0-9_-]+):\s*(\S.*)$")


def read_procfile_workloads(path: str, text: str) -> Deployment:
    """Processes of a Procfile; ``web`` gets the traffic, ``release`` runs once before."""
    found = []
    folder = posixpath.dirname(path)
    for number, row in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        match = _PROCESS.match(row)
        if match is None:
            continue
        kind = match[1] if match[1] in ("web", "release") else "worker"
        words = shell_form(match[2], number, match.start(2) + 1)
        found.append(Workload("heroku", path, number, match[1], kind, words, directory=folder))
    return Deployment(tuple(found))


def _entries(text: str) -> Iterator[tuple[int, str, str, str]]:
    """Line, section, key and value of an INI file; continued lines are joined."""
    section = ""
    rows = text.replace("\r\n", "\n").split("\n")
    number = 0
    while number < len(rows):
        start, row = number + 1, rows[number]
        number += 1
        if row.startswith("[") and "]" in row:
            section = row[1 : row.index("]")]
            continue
        if not row.strip() or row.lstrip().startswith(("#", ";")) or "=" not in row:
            continue
        while row.endswith("\\") and number < len(rows):
            if not rows[number].lstrip().startswith(("#", ";")):
                row = row[:-1] + " " + rows[number].strip()
            number += 1
        while number < len(rows) and rows[number][:1] in (" ", "\t") and rows[number].strip():
            row += " " + rows[number].strip()
            number += 1
        key, _, value = row.partition("=")
        yield start, section, key.strip(), value.strip()


def read_systemd(path: str, text: str) -> Deployment:
    """``ExecStart`` of a service unit; an empty one takes back those above it."""
    commands: list[tuple[int, str]] = []
    before: list[tuple[int, str]] = []
    environment: list[tuple[str, str]] = []
    directory = ""
    for line, section, key, value in _entries(text):
        if section != "Service":
            continue
        if key in ("ExecStart", "ExecStartPre"):
            target = commands if key == "ExecStart" else before
            if value:
                target.append((line, value.lstrip("@-:+!")))
            else:
                target.clear()
        elif key == "WorkingDirectory":
            directory = value
        elif key == "Environment":
            pairs = (each.partition("=") for each in split_words(value))
            environment += [(name, given) for name, _, given in pairs]
    name = posixpath.basename(path).removesuffix(".service").removesuffix(".conf")
    found = [
        Workload(
            "systemd", path, line, name, kind,
            exec_form(split_words(value), line)._replace(text=value), directory=directory,
            environment=tuple(environment),
        )
        for kind, listed in (("release", before), ("", commands))
        for line, value in listed
    ]  # fmt: skip
    return Deployment(tuple(found))


def read_supervisord(path: str, text: str) -> Deployment:
    """``[program:x]`` sections of supervisord; no shell reads their commands."""
    programs: dict[str, dict[str, tuple[int, str]]] = {}
    for line, section, key, value in _entries(text):
        if section.startswith("program:"):
            programs.setdefault(section[8:], {})[key] = (line, re.sub(r"\s;.*$", "", value))
    found = []
    for name, entries in programs.items():
        if "command" not in entries:
            continue
        line, value = entries["command"]
        given = entries.get("environment", (0, ""))[1]
        pairs = re.findall(r"([A-Za-z_]\w*)=(\"[^\"]*\"|'[^']*'|[^,]*)", given)
        words = exec_form(split_words(value), line)._replace(text=value)
        found.append(Workload(
            "supervisord", path, line, name, "", words,
            directory=entries.get("directory", (0, ""))[1],
            environment=tuple((key, each.strip("\"'")) for key, each in pairs),
        ))  # fmt: skip
    return Deployment(tuple(found))
