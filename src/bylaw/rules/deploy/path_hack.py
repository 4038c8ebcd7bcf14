"""``path-hack``: the import path is changed by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.manifests.dockerfile import Dockerfile, env_pairs
from bylaw.manifests.yaml_shapes import Compose
from bylaw.model.call_graph import Place
from bylaw.model.call_index import call_index
from bylaw.model.evaluate import evaluate
from bylaw.model.roles import MIGRATION, SCRIPT, TEST
from bylaw.rules.context import RuleContext, file_finding, make_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="path-hack",
    summary="The import path is changed by hand: sys.path, PYTHONPATH or a .pth file.",
    clauses=("DC-4.4",),
    severity="warning",
    how="tree",
    family="deploy",
    mend="install the package (pip install -e ., uv sync) and run it as a module",
    needs=frozenset({"manifests"}),
)

_CALLS = frozenset({f"sys.path.{name}" for name in ("append", "insert", "extend")} | {
    "site.addsitedir", "sys.path.__iadd__",
})  # fmt: skip
_WRITE = re.compile(r"sys\.path\s*(\[[^\]]*\])?\s*\+?=(?!=)")
_NAME = "PYTHONPATH"
_PLACES = {"ci": "a CI job", "procfile": "the Procfile", "make": "a make target",
           "script": "a script", "compose": "a compose service", "pre-commit": "a hook",
           "image-build": "the image", "image-start": "the image",
           "image-health": "the image"}  # fmt: skip


def find(context: RuleContext) -> Iterator[Finding]:
    """Calls and writes in Python, variables in deploy files, ``.pth`` files."""
    yield from _in_python(context)
    yield from _assigned(context)
    yield from _in_files(context)
    yield from _in_commands(context)
    for path in context.repository.names("pth"):
        first = _first_path(context.repository.text(path))
        if first:
            message = "a .pth file adds to the import path of every run"
            yield file_finding(INFO, path, first, message, sink=".pth")


def _in_python(context: RuleContext) -> Iterator[Finding]:
    project = context.project
    names = {each.rpartition(".")[2] for each in _CALLS}
    for number, call in call_index(project).named(names):
        path = call[F.C_PATH]
        if "path" in path or "addsitedir" in path:
            name = _meant(context, number, path)
            if name in _CALLS:
                place = (call[F.C_LINE], call[F.C_COL], call[F.C_END])
                yield _changed(context, number, place, name)
    for number, function in enumerate(project.functions):
        for write in function[F.F_WRITES]:
            path = write[F.W_PATH]
            if "path" in path and _meant(context, number, path) == "sys.path":
                place = (write[F.W_LINE], write[F.W_COL], write[F.W_END])
                yield _changed(context, number, place, "a write to sys.path")


def _meant(context: RuleContext, number: int, path: str) -> str:
    value = evaluate(context.project, context.project.function_home[number], path)
    return value[1] if value is not None and value[0] in "XY" else ""


def _changed(context: RuleContext, number: int, place: Place, what: str) -> Finding:
    project = context.project
    severity = _severity(context, project.function_home[number], project.functions[number])
    return make_finding(
        INFO, project, number, place, f"{what} changes what can be imported", severity=severity,
        sink="sys.path",
    )  # fmt: skip


def _assigned(context: RuleContext) -> Iterator[Finding]:
    """Writes in module bodies, which facts leave out: seen in the text of what imports sys."""
    project = context.project
    for home, facts in enumerate(project.facts):
        if not any(record[F.I_MODULE] == "sys" for record in facts[F.IMPORTS]):
            continue
        body = project.module_body(home)
        rows = context.repository.text(project.paths[home]).split("\n")
        for number, row in enumerate(rows, 1):
            if row.startswith("sys.path") and _WRITE.match(row):
                yield make_finding(
                    INFO, project, body, (number, 1, number),
                    "a write to sys.path changes what can be imported",
                    severity=_severity(context, home, project.functions[body]), sink="sys.path",
                )  # fmt: skip


def _severity(context: RuleContext, home: int, function: tuple[Any, ...]) -> str:
    """Tests, migrations, scripts and Sphinx's conf.py do not run where the service does.

    A function that is told a directory at run time loads plug-ins with it.
    """
    if function[F.F_PARENT] >= 0 and function[F.F_NAME] != "main":
        return "note"
    path = context.project.paths[home]
    aside = context.project.roles[home] in (TEST, MIGRATION, SCRIPT)
    name = path.rpartition("/")[2]
    return "note" if aside or name in ("conf.py", "conftest.py", "noxfile.py") else ""


def _in_files(context: RuleContext) -> Iterator[Finding]:
    """Variables that a file sets for everything below: the image, a service, a workflow."""
    for manifest in context.repository.of_kind("dockerfile"):
        if isinstance(manifest.detail, Dockerfile):
            for stage in manifest.detail.stages:
                for each in stage.instructions:
                    if each.keyword in ("ENV", "ARG") and _sets(dict(env_pairs(each.text))):
                        yield _variable(manifest.path, _line(context, manifest.path, each.line,
                                                             each.end_line), "the image",
                                        stage.name)  # fmt: skip
    for manifest in context.repository.of_kind("compose"):
        if isinstance(manifest.detail, Compose):
            for service in manifest.detail.services:
                if _sets(dict(service.environment)):
                    line = _line(context, manifest.path, service.line, 1 << 30)
                    yield _variable(manifest.path, line, "a compose service", service.name)


def _in_commands(context: RuleContext) -> Iterator[Finding]:
    """Variables set on the line of a command, exported, or by the workflow around it."""
    seen: set[tuple[str, int]] = set()
    for path in context.repository.names("github", "gitlab"):
        for number, row in enumerate(context.repository.text(path).split("\n"), 1):
            name, colon, value = row.strip().partition(":")
            if colon and name.strip("\"'") == _NAME and value.strip(" \"'"):
                yield _variable(path, number, "a CI job", "")
    kinds = ("github", "gitlab", "procfile", "makefile", "script", "dockerfile", "pre-commit")
    for command in context.repository.commands(*kinds):
        own = command.text.partition(f"{_NAME}=")
        prefixed = bool(own[1]) and (command.argv[0] == "export" or not own[0].strip()
                                     or own[0].rstrip().endswith(("env", '"'))
                                     or "=" in own[0])  # fmt: skip
        if not prefixed or not own[2].strip("\"' ") or own[2][:1].isspace():
            continue
        if (command.path, command.line) not in seen:
            seen.add((command.path, command.line))
            place = _PLACES.get(command.context, "a command")
            yield _variable(command.path, command.line, place, command.name)


def _sets(variables: dict[str, str]) -> bool:
    return bool(variables.get(_NAME, "").strip("\"' "))


def _line(context: RuleContext, path: str, first: int, last: int) -> int:
    """The line that spells the variable, at or after the place it is set for."""
    rows = context.repository.text(path).split("\n")
    for number in range(first, min(last, len(rows)) + 1):
        if _NAME in rows[number - 1] and not rows[number - 1].lstrip().startswith("#"):
            return number
    return first


def _variable(path: str, line: int, place: str, symbol: str) -> Finding:
    return file_finding(
        INFO, path, line, f"PYTHONPATH is set for {place}", sink=_NAME, symbol=symbol
    )


def _first_path(text: str) -> int:
    """The first line that names a directory or runs code; weights of a model share the ending."""
    if "\0" in text or "\ufffd" in text or len(text) > 4096:
        return 0
    for number, row in enumerate(text.split("\n"), 1):
        if row.strip() and not row.startswith("#"):
            return number
    return 0
