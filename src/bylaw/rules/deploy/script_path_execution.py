"""``script-path-execution``: a module of a package is run by the path of its file."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.manifests.command import UNKNOWN, Command
from bylaw.model.project import find_module
from bylaw.model.roles import MIGRATION
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.python_runs import python_run, script_file
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="script-path-execution",
    summary="A command runs a module of a package by the path of its file, or as a module from "
    "the wrong directory.",
    clauses=("EC-1",),
    severity="error",
    how="tree",
    family="deploy",
    mend="run it from the package root as a module: python -m package.module",
    needs=frozenset({"manifests"}),
)

_KINDS = ("dockerfile", "procfile", "compose", "makefile", "github", "gitlab", "script",
          "markdown", "pre-commit")  # fmt: skip
_KNOWN_PLACE = ("ci", "make", "procfile", "pre-commit")


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per command."""
    for command in context.repository.commands(*_KINDS):
        run = python_run(command.argv)
        if run.script:
            yield from _by_path(context, command, run.script)
        elif run.module and command.context in _KNOWN_PLACE:
            yield from _from_elsewhere(context, command, run.module)


def _by_path(context: RuleContext, command: Command, script: str) -> Iterator[Finding]:
    module = script_file(context.project, command, script)
    if module is None:
        return
    project = context.project
    name = project.modules[module].name
    folder = project.paths[module].rpartition("/")[0]
    top, dot, _ = name.partition(".")
    levels, own = _imports(context, module, top)
    regular = f"{folder}/__init__.py" in project.paths
    if not dot or project.roles[module] == MIGRATION or not (regular or levels):
        return
    why = "its folder, not the package root, is searched for imports"
    severity = "note"
    if levels:
        severity, why = "error", "its relative imports fail"
    elif own and not _sets_path(command):
        severity, why = "error", f"import {own} is not found from there, or found as a second copy"
    yield file_finding(
        INFO, command.path, command.line, f"{name} is run by the path of its file: {why}",
        column=command.column, end_line=command.end_line, severity=severity, sink=name,
        symbol=command.name, confidence=0 if levels or severity == "note" else 1,
        mend=f"run it from {project.modules[module].root or 'the root'}: python -m {name}",
    )  # fmt: skip


def _imports(context: RuleContext, module: int, top: str) -> tuple[bool, str]:
    """Whether a module has relative imports, and a first-party name of its own package."""
    own = ""
    levels = False
    for record in context.project.facts[module][F.IMPORTS]:
        if record[F.I_FUNCTION]:
            continue
        levels = levels or record[F.I_LEVEL] > 0
        dotted = record[F.I_MODULE]
        if not record[F.I_LEVEL] and dotted.partition(".")[0] == top:
            found = find_module(context.project, module, dotted)
            own = own or (dotted if found is not None else "")
    return levels, own


def _from_elsewhere(context: RuleContext, command: Command, dotted: str) -> Iterator[Finding]:
    """``python -m`` where the package is neither installed nor below the working directory."""
    project = context.project
    directory = command.directory
    if directory == UNKNOWN or directory.startswith("/") or "$" in dotted:
        return
    if _sets_path(command):
        return
    claims = project.by_name.get(dotted, [])
    if len(claims) != 1 or _is_below(context, directory, dotted):
        return
    root = project.modules[claims[0]].root
    if root == directory or _installable(context, root):
        return
    where = directory or "the root"
    yield file_finding(
        INFO, command.path, command.line,
        f"{dotted} lies below {root or 'the root'} and is run from {where}, where it is not found",
        column=command.column, end_line=command.end_line, sink=dotted, symbol=command.name,
        confidence=1, mend=f"run it from {root or 'the root'}",
    )  # fmt: skip


def _sets_path(command: Command) -> bool:
    """Whether the command says itself where imports are searched."""
    named = any(name == "PYTHONPATH" for name, _ in command.environment)
    return named or "PYTHONPATH" in command.text


def _is_below(context: RuleContext, directory: str, dotted: str) -> bool:
    top = dotted.partition(".")[0]
    place = f"{directory}/{top}" if directory else top
    return context.repository.is_directory(place) or context.repository.exists(f"{place}.py")


def _installable(context: RuleContext, root: str) -> bool:
    """Whether a folder at or above the package root declares a package to install."""
    while True:
        prefix = f"{root}/" if root else ""
        if any(context.repository.exists(prefix + name) for name in ("setup.py", "setup.cfg")):
            return True
        pyproject = context.repository.text(f"{prefix}pyproject.toml")
        if "[project]" in pyproject or "[tool.poetry]" in pyproject:
            return True
        if not root:
            return False
        root = root.rpartition("/")[0]
