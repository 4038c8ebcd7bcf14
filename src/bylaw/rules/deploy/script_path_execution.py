"""``script-path-execution``: a module of a package is run by the path of its file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.manifests.command import UNKNOWN, Command, below, program
from bylaw.model.project import find_module
from bylaw.model.roles import MIGRATION
from bylaw.rules.context import RuleContext, file_finding
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
_FLAGS_WITH_VALUE = frozenset({"-W", "-X", "--check-hash-based-pycs"})
_KNOWN_PLACE = ("ci", "make", "procfile", "pre-commit")


class _Run(NamedTuple):
    """How Python is started: a file, or a module by ``-m``."""

    script: str = ""
    module: str = ""


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per command."""
    for command in context.repository.commands(*_KINDS):
        run = _python(command)
        if run.script:
            yield from _by_path(context, command, run.script)
        elif run.module and command.context in _KNOWN_PLACE:
            yield from _from_elsewhere(context, command, run.module)


def _python(command: Command) -> _Run:
    words = program(command.argv)
    if not words:
        return _Run()
    head = words[0].rpartition("/")[2]
    if words[0].endswith(".py") and words != command.argv:
        return _Run(script=words[0])
    if not (head in ("python", "python2", "python3", "py") or head.startswith("python3.")):
        return _Run()
    at = 1
    while at < len(words) and words[at].startswith("-"):
        if words[at] == "-m":
            return _Run(module=words[at + 1] if at + 1 < len(words) else "")
        if words[at] in ("-c", "-"):
            return _Run()
        at += 2 if words[at] in _FLAGS_WITH_VALUE else 1
    script = words[at] if at < len(words) else ""
    return _Run(script=script) if script.endswith(".py") and "$" not in script else _Run()


def _by_path(context: RuleContext, command: Command, script: str) -> Iterator[Finding]:
    module = _file(context, command, script)
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


def _file(context: RuleContext, command: Command, script: str) -> int | None:
    """The project's file that a command means, where only one can be meant."""
    paths = {path: number for number, path in enumerate(context.project.paths)}
    folder = command.path.rpartition("/")[0]
    inside = command.directory if command.directory.startswith("/") else ""
    if command.context.startswith("image") or inside or command.context == "compose":
        return _in_image(paths, below(inside or "/", script), folder)
    if command.directory == UNKNOWN or script.startswith("/"):
        return None
    places = [command.directory]
    if command.context in ("document", "script"):
        places += [below(folder, command.directory), folder]
    for place in places:
        found = paths.get(below(place, script))
        if found is not None:
            return found
    return None


def _in_image(paths: dict[str, int], script: str, folder: str) -> int | None:
    """A file in an image stands for the file of the context with the longest common end."""
    parts = script.strip("/").split("/")
    for start in range(len(parts)):
        tail = "/".join(parts[start:])
        for candidate in (f"{folder}/{tail}" if folder else tail, tail):
            if candidate in paths:
                return paths[candidate]
        found = [path for path in paths if path.endswith(f"/{tail}")]
        if len(found) == 1 and start < len(parts) - 1:
            return paths[found[0]]
    return None


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
