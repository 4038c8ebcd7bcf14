"""How a repository uses a tool: the command of its own that is followed, and where it runs."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Sequence
from typing import NamedTuple

from bylaw.evidence.adapters.native import Native
from bylaw.evidence.adapters.project import Project
from bylaw.evidence.adapters.work import Refusal
from bylaw.evidence.item import Tool
from bylaw.manifests.yaml_shapes import Hook


class Usage(NamedTuple):
    """How a tool is run.

    Attributes:
        homes: directories it runs in, relative to the root.
        argv: words of the repository's own command behind the tool; empty where it has none.
        as_module: whether that command starts it with ``python -m``.
        source: file and line that says so; empty where only its settings do.
        hook: hook of pre-commit that runs it; None where none does.
    """

    homes: tuple[str, ...]
    argv: tuple[str, ...] = ()
    as_module: bool = False
    source: str = ""
    hook: Hook | None = None


def usage_of(
    project: Project, tool: str, kinds: Collection[str], *, tables: Sequence[str] = (),
    files: Sequence[str] = (), hooks: Sequence[str] = (), dependency: bool = True,
    without: tuple[Collection[str], Collection[str]] = ((), ()),
) -> Usage | None:  # fmt: skip
    """Whether a repository uses a tool, and how.

    Args:
        project: the project.
        tool: its name.
        kinds: kinds of check it is wanted for.
        tables: tables below ``[tool]`` that set it up, dotted.
        files: names of files that set it up.
        hooks: identifiers of its hooks of pre-commit.
        dependency: whether it is enough that the project depends on it.
        without: options that are taken out of its command: flags, and those with a value.

    Returns:
        How it is used; None where nothing in the repository speaks of it. A command of the
        repository wins over its settings, and these over a mere dependency.
    """
    homes = _configured(project, tables, files)
    hook = next((each for each in project.hooks if each.identity in hooks), None)
    commands = [each for each in project.natives if each.tool == tool and each.kind in kinds]
    commands = [each._replace(argv=filtered(each.argv, *without)) for each in commands]
    own = next((each for each in commands if each.is_plain and _is_there(project, each)), None)
    if own is not None:
        # One command is followed; settings further in have a run of their own.
        others = [each for each in homes if each != own.directory and own.directory not in ("",)]
        places = (own.directory, *(each for each in others if not _holds(own.directory, each)))
        source = f"{own.path}:{own.line}"
        return Usage(places if not own.argv else places[:1], own.argv, own.as_module, source, hook)
    if commands or hook is not None or homes:
        return Usage(tuple(homes) or ("",), hook=hook)
    if dependency and project.depends_on(tool):
        declared = next(each for each in project.declared if each.name == tool)
        return Usage((_home_of(declared.path),))
    return None


def _home_of(path: str) -> str:
    """The folder a file of dependencies speaks for: that of ``requirements/`` is above it."""
    folder = posixpath.dirname(path)
    return posixpath.dirname(folder) if posixpath.basename(folder) == "requirements" else folder


def _holds(folder: str, inside: str) -> bool:
    return not folder or inside == folder or inside.startswith(f"{folder}/")


def _is_there(project: Project, native: Native) -> bool:
    """Whether the directory and the paths of a command exist."""
    home = native.directory
    if home and not project.repository.is_directory(home):
        return False
    named = [each for each in native.argv if "/" in each and not each.startswith("-")
             and "=" not in each and "::" not in each]  # fmt: skip
    return all(project.repository.exists(posixpath.join(home, each)) for each in named)


def _configured(project: Project, tables: Sequence[str], files: Sequence[str]) -> list[str]:
    """Folders with settings of a tool; those below another one that has some are left to it."""
    found = {posixpath.dirname(path) for path in project.has_file(*files)} if files else set()
    for folder, tool in project.tables.items():
        for name in tables:
            at: object = tool
            for part in name.split("."):
                at = at.get(part) if isinstance(at, dict) else None
            if at is not None:
                found.add(folder)
    ordered = sorted(found, key=lambda each: (each.count("/") + bool(each), each))
    return [each for number, each in enumerate(ordered)
            if not any(_holds(above, each) for above in ordered[:number])]  # fmt: skip


def filtered(
    argv: Sequence[str], flags: Collection[str], valued: Collection[str]
) -> tuple[str, ...]:
    """Words of a command without some options.

    Args:
        argv: the words.
        flags: options without a value that are taken out.
        valued: options that are taken out with their value.
    """
    found: list[str] = []
    at = 0
    while at < len(argv):
        name, equals, _ = argv[at].partition("=")
        if name in flags:
            at += 1
        elif name in valued:
            at += 1 if equals else 2
        else:
            found.append(argv[at])
            at += 1
    return tuple(found)


def positionals(argv: Sequence[str], valued: Collection[str]) -> tuple[str, ...]:
    """Words that are neither options nor their values.

    Args:
        argv: the words.
        valued: options that take the next word.
    """
    found: list[str] = []
    at = 0
    while at < len(argv):
        if argv[at] == "--":
            return (*found, *argv[at + 1 :])
        if argv[at].startswith("-") and argv[at] != "-":
            at += 2 if argv[at] in valued else 1
            continue
        found.append(argv[at])
        at += 1
    return tuple(found)


def required(project: Project, claim: str, tool: str, usage: Usage) -> Tool | Refusal:
    """The tool of the project's environment, or why it cannot be run.

    Args:
        project: the project.
        claim: what it is wanted for.
        tool: its name.
        usage: how it is used.
    """
    found = project.tool(tool)
    if found is not None:
        return found
    environment = project.environment
    wanted = usage.hook.revision.removeprefix("v") if usage.hook is not None else ""
    wanted = wanted if wanted[:1].isdigit() and usage.source == "" else ""
    where = f"in the project's environment ({environment.interpreter.found_by})"
    if environment.interpreter.found_by == "none":
        where = "for this project: it has no environment of its own"
    text = environment.problem or f"{tool} is not installed {where}"
    if usage.hook is not None and not usage.source:
        text += f"; pre-commit runs it as {usage.hook.identity} {usage.hook.revision}".rstrip()
    code = "tool-broken" if environment.problem else f"tool-missing:{tool}"
    return Refusal(claim, (code,), text, project.install(tool, wanted), tool)
