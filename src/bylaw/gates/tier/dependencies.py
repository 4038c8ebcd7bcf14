"""What a change does to the packages of a service: pyproject, requirements, locks."""

from __future__ import annotations

import configparser
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bylaw.gates.tier.surfaces import LOW, MEDIUM, Touched, unresolved
from bylaw.manifests.command import Problem
from bylaw.manifests.dependencies import (
    DEV,
    Declared,
    is_for_developers,
    read_pyproject,
    read_requirements,
)
from bylaw.manifests.locks import pinned_versions
from bylaw.source.changes import Changed
from bylaw.source.manifest_names import manifest_kind

_SOURCES = ("hash", "sha256", "url", "source", "registry")
"""Words of a lock that say where a package is taken from, and which one it is."""
_LOCKS = frozenset({"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml",
                    "pixi.lock", "conda-lock.yml", "requirements.lock"})  # fmt: skip
_QUIET = frozenset({"name", "version", "description", "readme", "authors", "maintainers", "license",
                    "license-files", "keywords", "classifiers", "urls", "homepage", "repository",
                    "documentation"})  # fmt: skip
"""What ``[project]`` says to people only."""
_BUILT = frozenset({"hatch", "setuptools", "flit", "pdm", "poetry", "uv", "pixi", "setuptools_scm",
                    "scikit-build", "maturin"})  # fmt: skip


def verb(each: Changed) -> str:
    """What became of a file, in a word or two."""
    if not each.mode:
        return "gone"
    if not each.old_mode:
        return "new"
    return f"was {each.old_path}" if each.is_renamed else "changed"


def dependency_reasons(each: Changed, read: Callable[[str], bytes]) -> Iterator[Touched]:
    """Reasons of a file that says what is installed; none for any other file.

    Args:
        each: the file.
        read: content of another file below the root, empty where there is none.
    """
    name = each.path.rpartition("/")[2]
    if name == "pyproject.toml":
        yield from _of_pyproject(each)
    elif name in _LOCKS:
        yield _of_lock(each, read)
    elif manifest_kind(each.path) == "requirements":
        yield from _of_requirements(each)
    elif name == "setup.cfg":
        yield from _of_setup_cfg(each)
    elif name in ("Pipfile", "environment.yml", "constraints.txt"):
        yield Touched(
            "dependency", each.path, "", f"{verb(each)}: packages or how one is built", MEDIUM
        )
    elif name == "package.json":
        yield from _of_package_json(each)
    elif name in ("package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lockb", "bun.lock"):
        yield Touched("dependency", each.path, "", f"{verb(each)}: packages of a frontend", MEDIUM)


def _of_lock(each: Changed, read: Callable[[str], bytes]) -> Touched:
    """A lock: only for developers where all that differs is declared for them alone."""
    why = f"{verb(each)}: versions that are installed"
    pins = []
    for path, content in ((each.old_path, each.before), (each.path, each.after)):
        found = pinned_versions(path, _text(content))
        if isinstance(found, Problem):
            return Touched("dependency", each.path, "", why, MEDIUM)
        pins.append({(one.name, one.version) for one in found})
    names = sorted({name for name, _ in pins[0] ^ pins[1]})
    folder = each.path[: -len(each.path.rpartition("/")[2])]
    declared = read_pyproject("pyproject.toml", _text(read(f"{folder}pyproject.toml")))
    groups: dict[str, set[str]] = {}
    for one in () if isinstance(declared, Problem) else declared.dependencies:
        groups.setdefault(one.name, set()).add(one.group)
    if names and all(groups.get(name) == {DEV} for name in names):
        why = f"{verb(each)}: only what developers install: {', '.join(names[:3])}"
        return Touched("tooling", each.path, "", why, LOW)
    if not names and not any(word in row for row in _other_lines(each) for word in _SOURCES):
        return Touched("tooling", each.path, "", f"{verb(each)}: no version is another", LOW)
    if names:
        why = f"{why}: {', '.join(names[:3])}{' ...' if len(names) > 3 else ''}"
    return Touched("dependency", each.path, "", why, MEDIUM)


def _of_package_json(each: Changed) -> Iterator[Touched]:
    """Packages of a frontend; its version is for people, the rest for developers."""
    try:
        old, new = (json.loads(_text(content) or "{}") for content in (each.before, each.after))
        keys = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
    except (ValueError, AttributeError, TypeError):
        yield unresolved(each.path, "this is not JSON with keys")
        return
    for key in keys:
        if key in ("dependencies", "peerDependencies", "overrides", "resolutions"):
            why = f"{key} are others: packages of a frontend"
            yield Touched("dependency", each.path, key, why, MEDIUM)
        else:
            surface = "docs" if key in _QUIET else "tooling"
            yield Touched(surface, each.path, key, f"{key} is another", LOW)
    if not keys:
        yield Touched("style", each.path, "", f"{verb(each)}: it says the same", LOW)


def _other_lines(each: Changed) -> set[str]:
    """Lines that one side has and the other has not."""
    return set(_text(each.before).splitlines()) ^ set(_text(each.after).splitlines())


def _of_setup_cfg(each: Changed) -> Iterator[Touched]:
    sides = []
    for content in (each.before, each.after):
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read_string(_text(content))
        except configparser.Error as error:
            yield unresolved(each.path, f"it cannot be read: {str(error).splitlines()[0]}")
            return
        sides.append({(part, key): value for part in parser.sections()
                      for key, value in parser.items(part)})  # fmt: skip
    old, new = sides
    for part, key in sorted(old.keys() | new.keys()):
        if old.get((part, key)) == new.get((part, key)):
            continue
        symbol = f"{part}.{key}"
        if part == "metadata":
            yield Touched("docs", each.path, symbol, f"{symbol} is another", LOW)
        elif part.startswith("options"):
            why = f"{symbol} is another: what is installed or can be started"
            yield Touched("dependency", each.path, symbol, why, MEDIUM)
        else:
            yield Touched("tooling", each.path, symbol, f"{symbol} is another", LOW)


def _text(content: bytes | None) -> str:
    return (content or b"").decode("utf-8", "replace")


def _of_requirements(each: Changed) -> Iterator[Touched]:
    before = read_requirements(each.old_path, _text(each.before))
    after = read_requirements(each.path, _text(each.after))
    found = list(_declared(each.path, before, after))
    yield from found
    if not found and (each.before or b"").split() == (each.after or b"").split():
        yield Touched("style", each.path, "", f"{verb(each)}: no line of it is another", LOW)
    elif not found:
        dev = is_for_developers(each.path.rpartition("/")[2].rpartition(".")[0])
        surface, tier = ("tooling", LOW) if dev else ("dependency", MEDIUM)
        yield Touched(surface, each.path, "", f"{verb(each)}: packages that are installed", tier)


def _declared(path: str, before: Declared, after: Declared) -> Iterator[Touched]:
    """Dependencies that came, went, or allow other versions."""
    old, new = (
        {(each.name, each.group): each.constraint for each in declared.dependencies}
        for declared in (before, after)
    )
    for name, group in sorted(old.keys() | new.keys()):
        key = (name, group)
        if old.get(key) == new.get(key):
            continue
        how = (
            "is new" if key not in old else "is gone" if key not in new else "allows other versions"
        )
        surface, tier = ("tooling", LOW) if group == DEV else ("dependency", MEDIUM)
        yield Touched(surface, path, name, f"{name} {how}", tier)


def _of_pyproject(each: Changed) -> Iterator[Touched]:
    declared, documents = [], []
    for path, content in ((each.old_path, each.before), (each.path, each.after)):
        read = read_pyproject(path, _text(content))
        if isinstance(read, Problem):
            yield unresolved(each.path, read.message)
            return
        declared.append(read)
        documents.append(tomllib.loads(_text(content).removeprefix("\ufeff")))
    found = list(_declared(each.path, *declared))
    found += _tables(each.path, *map(_without_dependencies, documents))
    yield from found
    if not found:
        yield Touched("style", each.path, "", f"{verb(each)}: it says the same", LOW)


def _without_dependencies(document: dict[str, Any]) -> dict[str, Any]:
    """A pyproject by dotted table, without what declares dependencies."""
    found = {f"project.{key}": each for key, each in document.get("project", {}).items()}
    for name, table in document.get("tool", {}).items():
        if name in ("poetry", "uv", "pdm") and isinstance(table, dict):
            found |= {f"tool.{name}.{key}": each for key, each in table.items()}
        else:
            found[f"tool.{name}"] = table
    found |= {key: each for key, each in document.items() if key not in ("project", "tool")}
    declaring = ("dependencies", "optional-dependencies", "dependency-groups", "dev-dependencies",
                 "group")  # fmt: skip
    return {key: each for key, each in found.items() if key.rpartition(".")[2] not in declaring}


def _tables(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Touched]:
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) == new.get(key):
            continue
        first, _, rest = key.partition(".")
        last = key.rpartition(".")[2]
        if first == "project" or key.startswith(("tool.poetry.", "tool.pdm.")):
            if last in _QUIET:
                yield Touched("docs", path, key, f"{key} is another", LOW)
            else:
                why = f"{key} is another: what is installed or can be started"
                yield Touched("dependency", path, key, why, MEDIUM)
        elif first == "build-system" or rest.partition(".")[0] in _BUILT:
            yield Touched("dependency", path, key, f"{key} is another: how it is built", MEDIUM)
        else:
            yield Touched("tooling", path, key, f"{key} is another: for developers", LOW)
