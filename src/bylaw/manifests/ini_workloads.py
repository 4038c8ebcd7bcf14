"""Processes kept by a machine: systemd units, supervisord programs, Procfiles."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from bylaw.manifests.workload import (
    Deployment,
    Words,
    Workload,
    exec_form,
    shell_form,
    split_words,
)

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
    return read_unit(((path, text),))


def read_unit(files: Sequence[tuple[str, str]]) -> Deployment:
    """A service unit with its drop-ins, which add to it and take back.

    Args:
        files: (path, text) of the unit, then of its drop-ins in the order systemd reads them.
    """
    kept: dict[str, list[tuple[str, int, str]]] = {"ExecStartPre": [], "ExecStart": []}
    lost: list[tuple[str, Words, str]] = []
    environment: list[tuple[str, str]] = []
    directory = ""
    for path, text in files:
        for line, section, key, value in _entries(text):
            if section != "Service":
                continue
            if key in kept and value:
                kept[key].append((path, line, value.lstrip("@-:+!")))
            elif key in kept:
                lost += [(place, _plain(given, at), f"{path}:{line} takes it back")
                         for place, at, given in kept[key] if place != path]  # fmt: skip
                kept[key] = []
            elif key == "WorkingDirectory":
                directory = value
            elif key == "Environment":
                pairs = (each.partition("=") for each in split_words(value))
                environment += [(name, given) for name, _, given in pairs]
    name = posixpath.basename(files[0][0]).removesuffix(".service").removesuffix(".conf")
    common = Workload("systemd", "", 1, name, directory=directory, environment=tuple(environment))
    found = [
        common._replace(path=path, line=line, kind=kind, entrypoint=_plain(value, line))
        for kind, key in (("release", "ExecStartPre"), ("", "ExecStart"))
        for path, line, value in kept[key]
    ]
    found += [common._replace(path=path, line=words.line, ignored=((words, why),))
              for path, words, why in lost]  # fmt: skip
    return Deployment(tuple(found))


def _plain(text: str, line: int) -> Words:
    """A command that no shell reads."""
    return exec_form(split_words(text), line)._replace(text=text)


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
        words = _plain(value, line)
        found.append(Workload(
            "supervisord", path, line, name, "", words,
            directory=entries.get("directory", (0, ""))[1],
            environment=tuple((key, each.strip("\"'")) for key, each in pairs),
        ))  # fmt: skip
    return Deployment(tuple(found))
