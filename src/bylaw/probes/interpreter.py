"""The project's own interpreter: where each tool of the field keeps its environment."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

from bylaw.errors import UsageError

OLDEST = (3, 9)
_SECONDS = 20.0
_ENVIRONMENTS = (".venv", "venv", "env", ".virtualenv")
_VERSION = "import sys; print('%d.%d.%d' % sys.version_info[:3])"


class Interpreter(NamedTuple):
    """One interpreter.

    Attributes:
        path: absolute path, not resolved: a link in ``bin`` is what makes an environment.
        found_by: what led to it: ``--python``, ``.venv``, ``poetry``, ..., or ``none``.
        version: its version.
    """

    path: str
    found_by: str
    version: tuple[int, ...]


def find_interpreter(root: str, given: str, configured: str, folders: list[str]) -> Interpreter:
    """The interpreter that a project's backend runs with.

    Args:
        root: absolute path of the root.
        given: what the user names; wins.
        configured: ``[project] python``; counts where it is a path.
        folders: directories below the root that may hold an environment, nearest first.

    Returns:
        The first that is there and works; the interpreter Bylaw's own was made from where the
        project has none (``found_by`` is ``none``).

    Raises:
        UsageError: the one the user names cannot be run.
    """
    if given:
        path = _absolute(given)
        version = version_of(path)
        if not version:
            hint = "give the path of an interpreter, such as .venv/bin/python"
            raise UsageError(f"cannot run the interpreter {given}", hint=hint)
        return Interpreter(path, "--python", version)
    if os.sep in configured:
        path = os.path.join(root, configured)
        version = version_of(path)
        if version:
            return Interpreter(path, "bylaw.toml", version)
    for path, found_by in _candidates(root, folders):
        version = version_of(path)
        if version:
            return Interpreter(path, found_by, version)
    own = getattr(sys, "_base_executable", "") or sys.executable
    return Interpreter(own, "none", tuple(sys.version_info[:3]))


def _absolute(given: str) -> str:
    if os.sep not in given:
        given = shutil.which(given) or given
    path = os.path.abspath(os.path.expanduser(given))
    return _python_of(path) if os.path.isdir(path) else path


def _python_of(environment: str) -> str:
    folder, name = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return os.path.join(environment, folder, name)


def _candidates(root: str, folders: list[str]) -> Iterator[tuple[str, str]]:
    places = [os.path.join(root, each) if each else root for each in folders]
    # bylaw: ignore[env-read-outside-settings] uv's own variable, which says where it puts things
    named = os.environ.get("UV_PROJECT_ENVIRONMENT", "")
    if named and os.path.exists(os.path.join(root, "uv.lock")):
        yield _python_of(os.path.join(root, named)), "uv"
    for place in places:
        for name in _ENVIRONMENTS:
            if os.path.isfile(os.path.join(place, name, "pyvenv.cfg")):
                yield _python_of(os.path.join(place, name)), name
        if os.path.isdir(os.path.join(place, ".conda")):
            yield _python_of(os.path.join(place, ".conda")), "conda"
    for place in places:
        yield from _asked(place)
    for place in places:
        for folder in (".tox", ".nox"):
            inside = os.path.join(place, folder)
            for name in sorted(os.listdir(inside)) if os.path.isdir(inside) else ():
                if os.path.isfile(os.path.join(inside, name, "pyvenv.cfg")):
                    yield _python_of(os.path.join(inside, name)), folder[1:]


def _asked(place: str) -> Iterator[tuple[str, str]]:
    """Environments that a tool keeps elsewhere: it is asked where."""
    if os.path.isfile(os.path.join(place, "poetry.lock")):
        answer = _answer(place, "poetry", "env", "info", "--path")
        if answer:
            yield _python_of(answer), "poetry"
    if os.path.isfile(os.path.join(place, "Pipfile")):
        answer = _answer(place, "pipenv", "--venv")
        if answer:
            yield _python_of(answer), "pipenv"
    for name in ("environment.yml", "environment.yaml"):
        path = os.path.join(place, name)
        if os.path.isfile(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                found = re.search(r"(?m)^name:\s*[\"']?([\w.-]+)", file.read(1 << 16))
            base = _answer(place, "conda", "info", "--base")
            if found and base:
                yield _python_of(os.path.join(base, "envs", found[1])), "conda"


def _answer(place: str, tool: str, *words: str) -> str:
    """Last line of what a tool prints; empty where it is not installed or fails."""
    path = shutil.which(tool)
    if path is None:
        return ""
    try:
        done = subprocess.run(
            [path, *words], cwd=place, capture_output=True, text=True, timeout=_SECONDS,
            check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    lines = done.stdout.strip().splitlines()
    return lines[-1].strip() if done.returncode == 0 and lines else ""


def version_of(path: str) -> tuple[int, ...]:
    """Version an interpreter tells; empty where it cannot be run."""
    if not os.path.isfile(path):
        return ()
    try:
        done = subprocess.run(
            [path, "-I", "-S", "-c", _VERSION], capture_output=True, text=True, timeout=_SECONDS,
            check=False, stdin=subprocess.DEVNULL, env={"PATH": os.defpath},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)\s*", done.stdout)
    return tuple(map(int, found.groups())) if found else ()


def install_command(root: str, folders: list[str], found: Interpreter, packages: list[str]) -> str:
    """The one command that installs what a project needs.

    Args:
        root: absolute path of the root.
        folders: directories below the root that may hold the project's metadata, nearest first.
        found: the interpreter to install into.
        packages: top-level names that are missing.
    """
    python = found.path
    if found.found_by == "none":
        python = "python3 -m venv .venv && .venv/bin/python"
    for folder in folders:
        place = os.path.join(root, folder) if folder else root
        change = f"cd {folder} && " if folder else ""
        files = (
            ("uv.lock", "uv sync"),
            ("poetry.lock", "poetry install"),
            ("Pipfile", "pipenv install --dev"),
            ("environment.yml", "conda env update -f environment.yml"),
            ("requirements.txt", f"{python} -m pip install -r requirements.txt"),
        )
        for name, command in files:
            own_tool = found.found_by != "--python" or name == "requirements.txt"
            if own_tool and os.path.isfile(os.path.join(place, name)):
                return change + command
    return f"{python} -m pip install {' '.join(packages) or '-e .'}"
