"""``undeclared-environment``: a variable the code reads and nothing declares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bylaw.finding import Finding
from bylaw.model.call_graph import Place
from bylaw.model.environment import (
    declared_in_file,
    is_ambient,
    is_example_file,
    settings_variables,
)
from bylaw.model.roles import SCRIPT, TEST
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="undeclared-environment",
    summary="A variable the code reads that no settings class, .env.example or contract declares.",
    clauses=("EC-3", "CON-ENV"),
    severity="warning",
    how="flow",
    family="flow",
    mend="declare it in .env.example or in the settings class",
    options=(("known", (), "variables that the platform provides and nobody declares"),),
)


class _Read(NamedTuple):
    function: int
    place: Place
    sink: str


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per variable, at its first read; declared ones nobody reads are notes."""
    reads = _reads(context)
    examples = {
        path: declared_in_file(path, text) for path, text in context.companions.items()
    }
    fields = settings_variables(context.project)
    declared = {name.upper() for name in context.declared} | {name.upper() for name in fields}
    for names in examples.values():
        declared.update(name.upper() for name in names)
    known = {str(name).upper() for name in context.option(INFO, "known")}
    severity = INFO.severity if declared else "note"
    for name in sorted(reads):
        if name.upper() not in declared and name.upper() not in known and not is_ambient(name):
            yield _undeclared(context, name, reads[name], severity)
    read = {name.upper() for name in reads} | {name.upper() for name in fields}
    mentioned = " ".join(
        text for path, text in context.companions.items() if not is_example_file(path)
    )
    for path, names in sorted(examples.items()):
        if is_example_file(path):
            for name, line in sorted(names.items(), key=lambda each: each[1]):
                if name.upper() not in read and name not in mentioned and not is_ambient(name):
                    yield _unread(path, name, line)


def _reads(context: RuleContext) -> dict[str, _Read]:
    """First read of each variable whose name is a constant, by path and line."""
    project = context.project
    reads: dict[str, _Read] = {}
    for number, seeds in enumerate(context.graph.seeds):
        if project.roles[project.function_home[number]] in (TEST, SCRIPT):
            continue
        for seed in seeds:
            if seed.kind != "env-read" or not seed.key or not _is_name(seed.key):
                continue
            if seed.sink.startswith(("starlette.config.Config", "dotenv.")):
                if "__call__" not in seed.sink:
                    continue
            old = reads.get(seed.key)
            if old is None or _order(context, number, seed.place) < _order(
                context, old.function, old.place
            ):
                reads[seed.key] = _Read(number, seed.place, seed.sink)
    return reads


def _is_name(key: str) -> bool:
    return key.replace("_", "a").replace("-", "a").isalnum()


def _order(context: RuleContext, function: int, place: Place) -> tuple[str, int, int]:
    return (context.project.path_of(function), place[0], place[1])


def _undeclared(context: RuleContext, name: str, read: _Read, severity: str) -> Finding:
    return make_finding(
        INFO,
        context.project,
        read.function,
        read.place,
        f"{name} is read here and declared nowhere",
        severity=severity,
        sink=name,
    )


def _unread(path: str, name: str, line: int) -> Finding:
    return Finding(
        INFO.name, INFO.clauses, "note", "probable", path, line, 1, line, path,
        f"{name} is declared here and read nowhere", "remove it, or read it", name,
    )  # fmt: skip
