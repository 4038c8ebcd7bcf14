"""Where a start command runs in the repository: directories, files and variables of its image."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Mapping

from bylaw.manifests.command import UNKNOWN
from bylaw.rules.boot.expand import Place, Step, candidates
from bylaw.rules.boot.images import filled
from bylaw.rules.boot.items import StartCommand
from bylaw.rules.context import RuleContext

ROOT, ROOM, PORT = "{root}", "{room}", "{port}"
"""What the agent fills in: the project, the room's own folder, the free port."""
_KEPT_OUT = re.compile(r"PATH|HOME|TMPDIR|LANG|LANGUAGE|LC_\w+|PYTHONHOME|VIRTUAL_ENV|"
                       r"LD_\w+|PYTHONDONTWRITEBYTECODE|PYTHONPYCACHEPREFIX|"
                       r"PORT|SHELL|USER|PWD")  # fmt: skip
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?:(:?[-?+])([^}]*))?\}|(\w+))")
_KUBERNETES = re.compile(r"\$\((\w+)\)")


def rooted(path: str) -> str:
    """A path relative to the root, as the agent is told it."""
    return f"{ROOT}/{path}" if path else ROOT


class Placing:
    """Finds what one command means by its paths.

    Args:
        context: what is known.
        command: the command.
        step: the step that keeps running.
    """

    def __init__(self, context: RuleContext, command: StartCommand, step: Step) -> None:
        self._context = context
        self._command = command
        self._step = step
        self._place: Place = command.place

    def directory(self) -> str | None:
        """The directory it runs in, relative to the root; None where that cannot be told."""
        given = self._step.directory
        if given != UNKNOWN and not given.startswith(("/", "$")):
            return given if self._is_folder(given) else None
        if given.startswith("/"):
            folders = self.folders(given)
            for folder in folders:
                if self._holds_target(folder):
                    return folder
            home = self._around_target(given)
            home = self._home_of_target() if home is None else home
            return folders[0] if folders and home is None else home
        return self._home_of_target()

    def _around_target(self, given: str) -> str | None:
        """The folder that becomes ``given`` when the started file is copied into the image."""
        if self._command.module < 0:
            return None
        path = self._context.project.paths[self._command.module]
        parts = path.split("/")
        for number in range(len(parts)):
            inside = "/".join(parts[number:])
            place = posixpath.join(given, inside)
            copied = candidates(self._context.repository, self._place, "/", place)
            if path in copied or self._command.meaning.script == place:
                return "/".join(parts[:number])
        return None

    def folders(self, given: str) -> list[str]:
        """Folders of the repository that an absolute path of the image may stand for."""
        found = candidates(self._context.repository, self._place, "/", given)
        found = ["" if each == "." else each for each in found]
        return list(dict.fromkeys(each for each in found if self._is_folder(each)))

    def word(self, text: str) -> str:
        """A word of the command, with absolute paths of the image as those of the repository."""
        name, sign, value = text.partition("=") if text.startswith("-") else ("", "", text)
        if not value.startswith("/"):
            return text
        found = self._file(value)
        return f"{name}{sign}{rooted(found)}" if found else text

    def _file(self, given: str) -> str:
        repository = self._context.repository
        for each in candidates(repository, self._place, "/", given):
            if repository.exists(each):
                return each
        return ""

    def python_path(self, text: str) -> str:
        """``PYTHONPATH`` of the image, as folders of the repository."""
        found = []
        for each in text.split(":"):
            if each.startswith("/"):
                found += [rooted(folder) for folder in self.folders(each)[:1]]
            elif each:
                found.append(each)
        return ":".join(found)

    def _is_folder(self, path: str) -> bool:
        return not path or self._context.repository.is_directory(path)

    def _holds_target(self, folder: str) -> bool:
        """Whether what is started lies below a folder, so that it is found from there."""
        target = _target_inside(self._context, self._command)
        if target is None:
            return True
        inside, path = target
        return posixpath.normpath(posixpath.join(folder, inside)) == path

    def _home_of_target(self) -> str | None:
        """The folder from which the target is found, where the file that is started is known."""
        target = _target_inside(self._context, self._command)
        if target is None:
            return None
        inside, path = target
        if not path.endswith(inside):
            return None
        home = path[: len(path) - len(inside)]
        return home.rstrip("/") if not home or home.endswith("/") else None


def _target_inside(context: RuleContext, command: StartCommand) -> tuple[str, str] | None:
    """How the command spells the started file, and where that lies in the repository."""
    if command.module < 0:
        return None
    path = context.project.paths[command.module]
    meaning = command.meaning
    if not meaning.module:
        spelled = meaning.script
        return (spelled, path) if spelled and not spelled.startswith("/") else None
    spelled = posixpath.join(meaning.app_dir if not meaning.app_dir.startswith("/") else "",
                             meaning.module.replace(".", "/"))  # fmt: skip
    for ending in (".py", "/__init__.py", "/__main__.py"):
        if path.endswith(ending) and path[: -len(ending)].endswith(spelled):
            return f"{spelled}{ending}", path
    return None


def manifest_variables(placing: Placing, command: StartCommand, step: Step) -> dict[str, str]:
    """Variables that image and manifest set, as far as they stand there literally.

    Args:
        placing: of the command.
        command: the command.
        step: the step that keeps running.
    """
    given = {**dict(command.place.environment), **dict(step.environment)}
    found = {}
    for name, value in given.items():
        if _KEPT_OUT.fullmatch(name) or not name.isidentifier():
            continue
        value = filled(value, given)
        if "$" in value or "\0" in value:
            continue
        if name == "PYTHONPATH":
            value = placing.python_path(value)
        found[name] = value
    return found


def expanded(
    words: tuple[str, ...], environment: Mapping[str, str], platform: str, is_shell: bool
) -> list[str] | None:
    """The words with the variables filled in that a shell or the platform fills in.

    Args:
        words: of the command.
        environment: variables in force.
        platform: who starts it.
        is_shell: whether a shell reads it.

    Returns:
        The words; None where one is only known when a program has run.
    """
    found: list[str] = []
    for word in words:
        if platform == "kubernetes":
            word = _KUBERNETES.sub(lambda m: environment.get(m[1], m[0]), word)
        if "$" not in word and "`" not in word:
            found.append(word)
            continue
        if not is_shell and platform not in ("compose", "systemd"):
            found.append(word)
            continue
        if "$(" in word or "`" in word:
            return None
        text = _VARIABLE.sub(lambda m: _value(m, environment), word)
        # A word that is nothing but a variable falls apart, or away.
        found += text.split() if _VARIABLE.fullmatch(word) else [text]
    return found


def _value(match: re.Match[str], environment: Mapping[str, str]) -> str:
    name, sign, default = match[1] or match[4], match[2] or "", match[3] or ""
    value = environment.get(name, "")
    if sign in (":-", "-"):
        return value or default
    if sign in (":+", "+"):
        return default if value else ""
    return value


def executable(folder: str, name: str) -> str:
    """A program beside the interpreter; empty where there is none of that name."""
    path = os.path.join(folder, name)
    return path if os.path.isfile(path) and os.access(path, os.X_OK) else ""
