"""Commands that start Python: with which file, or which module."""

from __future__ import annotations

from typing import NamedTuple

from bylaw.manifests.command import UNKNOWN, Command, below, program
from bylaw.model.project import Project

_FLAGS_WITH_VALUE = frozenset({"-W", "-X", "--check-hash-based-pycs"})


class PythonRun(NamedTuple):
    """How Python is started: a file, or a module by ``-m``; neither where it is not."""

    script: str = ""
    module: str = ""


def python_run(argv: tuple[str, ...]) -> PythonRun:
    """What a command starts Python with.

    Args:
        argv: its words.
    """
    words = program(argv)
    if not words:
        return PythonRun()
    head = words[0].rpartition("/")[2]
    if words[0].endswith(".py") and words != argv:
        return PythonRun(script=words[0])
    if not (head in ("python", "python2", "python3", "py") or head.startswith("python3.")):
        return PythonRun()
    at = 1
    while at < len(words) and words[at].startswith("-"):
        if words[at] == "-m":
            return PythonRun(module=words[at + 1] if at + 1 < len(words) else "")
        if words[at] in ("-c", "-"):
            return PythonRun()
        at += 2 if words[at] in _FLAGS_WITH_VALUE else 1
    script = words[at] if at < len(words) else ""
    return PythonRun(script=script) if script.endswith(".py") and "$" not in script else PythonRun()


def script_file(project: Project, command: Command, script: str) -> int | None:
    """The project's file that a command means, where only one can be meant.

    Args:
        project: the linked project.
        command: what runs it.
        script: path of the script, as the command gives it.

    Returns:
        Number of the file, None where there is none, or several.
    """
    paths = {path: number for number, path in enumerate(project.paths)}
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
