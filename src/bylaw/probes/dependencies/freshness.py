"""Whether each lock file was made from the manifest beside it."""

from __future__ import annotations

import json
import posixpath
import tomllib
from collections.abc import Iterator
from typing import Any, NamedTuple

from bylaw.manifests.command import Problem
from bylaw.manifests.dependencies import (
    Declared,
    locked_names,
    normal,
    read_pyproject,
    read_requirements,
)
from bylaw.manifests.locks import (
    pdm_is_fresh,
    pinned_versions,
    pipfile_is_fresh,
    poetry_is_fresh,
    unmet,
    uv_requirements,
)
from bylaw.rules.repository import Repository

STALE, OPEN = "lock-stale", "lock-not-compared"


class Standing(NamedTuple):
    """What was found out about one lock file.

    Attributes:
        kind: ``lock-fresh``, ``lock-stale`` or ``lock-not-compared``.
        path: the lock file.
        line: 1-based line.
        what: in words.
    """

    kind: str
    path: str
    line: int
    what: str


def standings(repository: Repository) -> Iterator[Standing]:
    """What became of each lock file of a repository.

    Args:
        repository: the files of the root.
    """
    for path in repository.names("lock"):
        try:
            yield from _standing(repository, path)
        except (tomllib.TOMLDecodeError, ValueError, TypeError, AttributeError) as error:
            yield Standing(OPEN, path, 1, f"it cannot be read: {error}")
    for path in repository.names("requirements"):
        source = f"{path.removesuffix('.txt')}.in"
        if path.endswith(".txt") and source in repository.paths:
            yield from _compiled(repository, path, source)


def _standing(repository: Repository, path: str) -> Iterator[Standing]:
    name, folder = posixpath.basename(path), posixpath.dirname(path)
    beside = f"{folder}/{'Pipfile' if name == 'Pipfile.lock' else 'pyproject.toml'}".lstrip("/")
    manifest = repository.whole(beside)
    if not manifest:
        yield Standing(OPEN, path, 1, f"{beside} is not there")
        return
    text = repository.whole(path)
    lock: dict[str, Any] = json.loads(text) if name == "Pipfile.lock" else tomllib.loads(text)
    asked = tomllib.loads(manifest)
    if name == "uv.lock":
        yield from _uv(repository, path, lock)
        return
    known = {"poetry.lock": poetry_is_fresh, "Pipfile.lock": pipfile_is_fresh,
             "pdm.lock": pdm_is_fresh}.get(name)  # fmt: skip
    if known is None:
        yield Standing(OPEN, path, 1, "what it was made from is not told by a file of this kind")
        return
    fresh = known(lock, asked)
    declared = None if name == "Pipfile.lock" else read_pyproject(beside, manifest)
    wrong = list(_unmet(repository, path, declared)) if isinstance(declared, Declared) else []
    if fresh:
        yield Standing("lock-fresh", path, 1, f"made from {beside} as it is")
    elif fresh is None or (name == "pdm.lock" and not wrong):
        yield Standing(
            OPEN, path, 1, "another version of the tool made it, with a digest of its own"
        )
    else:
        yield from wrong or [Standing(STALE, path, 1, f"{beside} has changed since it was made")]


def _uv(repository: Repository, path: str, lock: dict[str, Any]) -> Iterator[Standing]:
    """Each project of a workspace of uv against what the lock says that it asks for."""
    folder = posixpath.dirname(path)
    compared = False
    for beside in repository.names("pyproject"):
        inside = posixpath.relpath(posixpath.dirname(beside) or ".", folder or ".")
        held = None if inside.startswith("..") else uv_requirements(lock, inside)
        declared = read_pyproject(beside, repository.text(beside))
        if held is None or isinstance(declared, Problem):
            continue
        compared = True
        asked = {(each.name, each.constraint) for each in declared.dependencies}
        own = set(declared.names)
        names = {name for name, _ in held}
        for each in declared.dependencies:
            if each.name not in names and each.name not in own:
                what = f"{beside}:{each.line} asks for {each.name}, which it does not know of"
                yield Standing(STALE, path, 1, what)
                return
        wanted = {(name, _ordered(said)) for name, said in asked}
        for name, said in sorted(held):
            same = any(name == each for each, _ in asked)
            if not same or (said and (name, _ordered(said)) not in wanted):
                what = f"it was made for {name}{said}, and {beside} asks for " + (
                    "another version" if same else "no such thing"
                )
                yield Standing(STALE, path, 1, what)
                return
    if compared:
        yield Standing("lock-fresh", path, 1, "it knows the requirements as they are")
    else:
        yield Standing(OPEN, path, 1, "it knows no project of this repository")


def _ordered(specifier: str) -> str:
    return ",".join(sorted(each.replace(" ", "") for each in specifier.split(",") if each.strip()))


def _unmet(repository: Repository, path: str, declared: Declared) -> Iterator[Standing]:
    held = {name: {""} for name in locked_names(path, repository.whole(path))}
    if path.endswith(".txt"):
        listed = read_requirements(path, repository.whole(path)).dependencies
        held = {each.name: {""} for each in listed}
    pinned = pinned_versions(path, repository.whole(path))
    for each in pinned if not isinstance(pinned, Problem) else ():
        held.setdefault(each.name, set()).discard("")
        held[each.name].add(each.version)
    own = set(map(normal, declared.names))
    for asked, why in unmet([each for each in declared.dependencies if each.name not in own], held):
        where = f"{asked.path}:{asked.line} asks for {asked.name}{asked.constraint}"
        yield Standing(STALE, path, 1, f"{where}: {why}")


def _compiled(repository: Repository, path: str, source: str) -> Iterator[Standing]:
    """``requirements.txt`` that was compiled from ``requirements.in``."""
    wrong = list(_unmet(repository, path, read_requirements(source, repository.text(source))))
    yield from wrong or [Standing("lock-fresh", path, 1, f"it holds what {source} asks for")]
