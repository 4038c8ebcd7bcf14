"""Lock files: the versions they hold, and whether they were made from today's manifest."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from bylaw.manifests.command import Problem
from bylaw.manifests.dependencies import Dependency, normal, read_requirements

_BLOCK = re.compile(r"^\[\[packages?\]\]\s*$", re.MULTILINE)
_ENTRY = re.compile(r"^(name|version|source)\s*=\s*(.+?)\s*$", re.MULTILINE)
_OF_ITS_OWN = re.compile(r"\b(editable|virtual|directory|path|git|url)\b\s*=")
_POETRY_KEYS = ("dependencies", "source", "extras", "dev-dependencies")
_POETRY_LOCKS = frozenset({"1.0", "1.1", "2.0", "2.1"})


class Pinned(NamedTuple):
    """One distribution that a lock file holds.

    Attributes:
        name: normalised as PEP 503 says.
        version: as written.
        path: the lock file.
        line: 1-based line.
    """

    name: str
    version: str
    path: str
    line: int


def pinned_versions(path: str, text: str) -> tuple[Pinned, ...] | Problem:
    """What a lock or requirements file holds, but for what comes from no package index.

    Args:
        path: its name tells what it is: ``uv.lock``, ``poetry.lock``, ``pdm.lock``,
            ``pylock.toml``, ``Pipfile.lock``, or a requirements file.
        text: its text.

    Returns:
        The distributions in the order of the file; or why it cannot be read.
    """
    if path.endswith("Pipfile.lock"):
        return _of_pipfile(path, text)
    if not path.endswith((".lock", ".toml")):
        return tuple(
            Pinned(each.name, each.constraint.lstrip("=").strip(), path, each.line)
            for each in read_requirements(path, text).dependencies
            if each.pinned and each.constraint.startswith("==")
        )
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Problem(1, f"not TOML: {error}")
    return tuple(_of_blocks(path, text))


def _of_blocks(path: str, text: str) -> Iterator[Pinned]:
    starts = [each.end() for each in _BLOCK.finditer(text)]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=False):
        body = re.split(r"^\[", text[start:end], maxsplit=1, flags=re.MULTILINE)[0]
        given = {match[1]: match[2].strip("\"'") for match in _ENTRY.finditer(body)}
        if not {"name", "version"} <= set(given) or _OF_ITS_OWN.search(given.get("source", "")):
            continue
        line = text.count("\n", 0, start) + 1
        yield Pinned(normal(given["name"]), given["version"], path, line)


def _of_pipfile(path: str, text: str) -> tuple[Pinned, ...] | Problem:
    try:
        document = json.loads(text)
    except ValueError as error:
        return Problem(getattr(error, "lineno", 1), f"not JSON: {error}")
    found = []
    for section, entries in document.items() if isinstance(document, dict) else ():
        if section == "_meta" or not isinstance(entries, dict):
            continue
        for name, given in entries.items():
            version = given.get("version", "") if isinstance(given, dict) else ""
            if isinstance(version, str) and version.startswith("=="):
                at = text.find(f'"{name}"')
                found.append(Pinned(normal(name), version[2:], path, text.count("\n", 0, at) + 1))
    return tuple(found)


def uv_requirements(lock: Mapping[str, Any], folder: str) -> set[tuple[str, str]] | None:
    """What ``uv.lock`` says that a project of its workspace asks for.

    Args:
        lock: the document.
        folder: the project, relative to the lock; ``.`` for the one beside it.

    Returns:
        (name, specifier) of each requirement, a specifier of ``None`` being spelled empty; None
        where the lock does not know the project.
    """
    for package in lock.get("package", ()):
        source = package.get("source", {})
        if folder in (source.get("editable"), source.get("virtual")):
            told = package.get("metadata", {})
            groups = told.get("requires-dev", {}).values()
            entries = [
                *told.get("requires-dist", ()),
                *(each for group in groups for each in group),
            ]
            return {(normal(each["name"]), each.get("specifier", "")) for each in entries}
    return None


def poetry_is_fresh(lock: Mapping[str, Any], pyproject: Mapping[str, Any]) -> bool | None:
    """Whether ``poetry.lock`` was made from a manifest, by the digest that Poetry keeps in it.

    Args:
        lock: the lock file.
        pyproject: the manifest.

    Returns:
        The answer; None for a lock of a version of Poetry that is not known here.
    """
    told = lock.get("metadata", {})
    if str(told.get("lock-version", "1.0")) not in _POETRY_LOCKS:
        return None
    return told.get("content-hash") in _poetry_digests(pyproject)


def _poetry_digests(pyproject: Mapping[str, Any]) -> set[str]:
    """The digest of each way that versions of Poetry had (``Locker._get_content_hash``)."""
    poetry = pyproject.get("tool", {}).get("poetry", {})
    oldest: dict[str, Any] = {key: poetry.get(key) for key in _POETRY_KEYS}
    grouped = {**oldest, **({"group": poetry["group"]} if poetry.get("group") is not None else {})}
    found = [oldest, grouped]
    keys = ("requires-python", "dependencies", "optional-dependencies")
    project = pyproject.get("project", {})
    said = {key: project[key] for key in keys if project.get(key) is not None}
    nothing: dict[str, Any] = {}
    for groups in (nothing, pyproject.get("dependency-groups", {})):
        if said or groups:
            tool = {key: poetry[key] for key in (*_POETRY_KEYS, "group")
                    if poetry.get(key) is not None}  # fmt: skip
            whole: dict[str, Any] = {"project": said} if said else {}
            whole |= {"dependency-groups": groups} if groups else {}
            found.append({**whole, "tool": {"poetry": tool}})
    return {_digest(each) for each in found}


def _digest(content: object, separators: tuple[str, str] | None = None) -> str:
    text = json.dumps(content, sort_keys=True, separators=separators, default=str)
    return sha256(text.encode()).hexdigest()


def pipfile_is_fresh(lock: Mapping[str, Any], pipfile: Mapping[str, Any]) -> bool:
    """Whether ``Pipfile.lock`` was made from a ``Pipfile``, by the digest that pipenv keeps in it.

    Args:
        lock: the lock file.
        pipfile: the manifest.
    """
    content: dict[str, Any] = {
        "_meta": {"sources": pipfile.get("source", []), "requires": pipfile.get("requires", {})},
        "default": pipfile.get("packages", {}), "develop": pipfile.get("dev-packages", {}),
    }  # fmt: skip
    known = {"source", "packages", "requires", "scripts", "pipfile", "pipenv", "dev-packages",
             "default", "develop"}  # fmt: skip
    content |= {name: value for name, value in pipfile.items() if name not in known}
    told = lock.get("_meta", {}).get("hash", {}).get("sha256", "")
    return bool(told == _digest(content, (",", ":")))


def pdm_is_fresh(lock: Mapping[str, Any], pyproject: Mapping[str, Any]) -> bool:
    """Whether ``pdm.lock`` was made from a manifest, by the digest that PDM keeps in it."""
    project, tool = pyproject.get("project", {}), pyproject.get("tool", {}).get("pdm", {})
    groups = {**pyproject.get("dependency-groups", {}), **tool.get("dev-dependencies", {})}
    content = {
        "sources": tool.get("source", []), "dependencies": project.get("dependencies", []),
        "dev-dependencies": groups,
        "optional-dependencies": project.get("optional-dependencies", {}),
        "requires-python": project.get("requires-python", ""),
        "resolution": tool.get("resolution", {}),
    }  # fmt: skip
    told = str(lock.get("metadata", {}).get("content_hash", ""))
    return told.removeprefix("sha256:") == _digest(content)


def unmet(declared: list[Dependency], held: Mapping[str, set[str]]) -> list[tuple[Dependency, str]]:
    """Requirements that a lock cannot have been made from.

    Args:
        declared: what the manifest asks for.
        held: name -> versions in the lock; the empty one where it is no release of an index.

    Returns:
        Each such requirement, and what is wrong with it.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    found = []
    for each in declared:
        versions = held.get(each.name)
        if versions is None:
            found.append((each, "the lock does not hold it"))
            continue
        if "" in versions or not re.match(r"^[<>=!~]", each.constraint):
            continue
        try:
            allowed = SpecifierSet(each.constraint.replace(" ", ""))
        except InvalidSpecifier:
            continue
        if not any(allowed.contains(version, prereleases=True) for version in versions):
            told = ", ".join(sorted(versions))
            found.append((each, f"the lock holds {told}, which {each.constraint} does not allow"))
    return found
