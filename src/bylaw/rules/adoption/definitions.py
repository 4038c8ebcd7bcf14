"""Where a service is defined: its project folder, what installs it, its Python, its package."""

from __future__ import annotations

import posixpath
import re
import tomllib
from typing import Any

from bylaw.manifests.dependencies import normal
from bylaw.rules.adoption.plan import DEFAULT_PYTHON, Definition
from bylaw.rules.boot.items import StartCommand
from bylaw.rules.context import RuleContext
from bylaw.rules.repository import Repository

_MARKS = ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile", "Dockerfile",
          "Procfile")  # fmt: skip
_LISTS = ("requirements.txt", "requirements/prod.txt", "requirements/production.txt",
          "requirements/base.txt")  # fmt: skip
_VERSION = re.compile(r"3\.\d+")


def project_folder(repository: Repository, import_root: str) -> str:
    """The folder at or above an import root that holds the project's files.

    Args:
        repository: the files.
        import_root: folder that imports are resolved from, relative to the root.
    """
    folder = import_root
    while True:
        if any(repository.exists(f"{folder}/{name}".lstrip("/")) for name in _MARKS):
            return folder
        if not folder:
            break
        folder = posixpath.dirname(folder)
    return posixpath.dirname(import_root) if import_root.endswith("src") else import_root


def read_definition(
    context: RuleContext, folder: str, commands: list[StartCommand]
) -> Definition:  # fmt: skip
    """How the project of a folder is built and installed.

    Args:
        context: what is known.
        folder: folder of the project.
        commands: start commands of the service; the images they run in say which Python.
    """
    repository = context.repository
    document = parsed_toml(repository.text(f"{folder}/pyproject.toml".lstrip("/")))
    manager, requirements = _manager(repository, folder, document)
    python, why = _python(context, folder, commands, document)
    oldest = _oldest(document)
    name = _name(context, folder, document)
    return Definition(folder, manager, requirements, name, python or DEFAULT_PYTHON, why, oldest,
                      _is_defined(repository, folder, document))  # fmt: skip


def parsed_toml(text: str) -> dict[str, Any]:
    """A TOML document; empty where it is none."""
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError:
        return {}


def table(document: dict[str, Any], *keys: str) -> dict[str, Any]:
    """A table of a document; empty where it is not there."""
    value: Any = document
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _manager(
    repository: Repository, folder: str, document: dict[str, Any]
) -> tuple[str, str]:  # fmt: skip
    def holds(name: str) -> bool:
        return repository.exists(f"{folder}/{name}".lstrip("/"))

    listed = next((name for name in _LISTS if holds(name)), "")
    if holds("uv.lock"):
        return "uv", ""
    if holds("poetry.lock") or table(document, "tool", "poetry", "dependencies"):
        return "poetry", ""
    if holds("pdm.lock"):
        return "pdm", ""
    if listed:
        return "requirements", listed
    if holds("Pipfile"):
        return "pipenv", ""
    if document.get("project") or holds("setup.py") or holds("setup.cfg"):
        return "pip", ""
    return "", ""


def _python(
    context: RuleContext, folder: str, commands: list[StartCommand], document: dict[str, Any]
) -> tuple[str, str]:
    repository = context.repository
    for each in commands:
        image = each.place.image
        match = re.search(r"python:?(3\.\d+)", image.base) if image is not None else None
        if image is not None and match:
            return match[1], f"{image.path} is built on {image.base}"
    places = dict.fromkeys((folder, ""))
    for name in (".python-version", "runtime.txt"):
        for place in places:
            path = f"{place}/{name}".lstrip("/")
            rows = [row for row in repository.text(path).split("\n") if not row.startswith("#")]
            match = _VERSION.search("\n".join(rows))
            if match:
                return match[0], path
    oldest = _oldest(document)
    return (oldest, f"{folder}/pyproject.toml".lstrip("/")) if oldest else ("", "")


def _oldest(document: dict[str, Any]) -> str:
    given = table(document, "project").get("requires-python")
    given = given or table(document, "tool", "poetry", "dependencies").get("python")
    match = re.search(r"(?:>=|\^|~=?|==)?\s*(3\.\d+)", given) if isinstance(given, str) else None
    return match[1] if match and "<" not in str(given)[: match.start(1)] else ""


def _name(context: RuleContext, folder: str, document: dict[str, Any]) -> str:
    given = table(document, "project").get("name") or table(document, "tool", "poetry").get("name")
    if isinstance(given, str) and re.fullmatch(r"[\w.-]+", given):
        return given
    setup = context.repository.text(f"{folder}/setup.py".lstrip("/"))
    match = re.search(r"^\s+name=[\"']([\w.-]+)[\"']", setup, re.M)
    name = match[1] if match else posixpath.basename(folder or context.root)
    return normal(re.sub(r"[^\w.-]+", "-", name).strip("-._")) or "service"


def _is_defined(repository: Repository, folder: str, document: dict[str, Any]) -> bool:
    """Whether something says how the package is built and installed."""
    if repository.exists(f"{folder}/setup.py".lstrip("/")):
        return True
    if re.search(r"^\[metadata\]", repository.text(f"{folder}/setup.cfg".lstrip("/")), re.M):
        return True
    unpackaged = (table(document, "tool", "uv").get("package") is False
                  or table(document, "tool", "poetry").get("package-mode") is False)  # fmt: skip
    return "build-system" in document and not unpackaged
