"""Declared dependencies: pyproject.toml, requirements files and setup.cfg, with lines."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from bylaw.config.lines import find_lines, line_of
from bylaw.manifests.command import Problem

_REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9][\w.-]*)\s*(\[[^\]]*\])?\s*(.*?)\s*$")
_DEV = re.compile(
    r"^(dev|develop|development|tests?|testing|lint|linting|linters?|docs?|documentation|typing|"
    r"types?|type-check\w*|mypy|ci|format\w*|quality|qa|local|debug|pre-commit|benchmarks?|e2e)"
    r"($|[-_])|[-_](dev|tests?|lint|docs|typing|ci)$",
    re.IGNORECASE,
)
MAIN, DEV, EXTRA = "main", "dev", "extra"


class Dependency(NamedTuple):
    """One declared dependency.

    Attributes:
        name: of the distribution, normalised as PEP 503 says.
        constraint: versions it allows, as written; empty for any.
        group: ``main``, ``dev``, or ``extra`` for an optional one that is not for developers.
        path: file it stands in.
        line: 1-based line.
        pinned: whether exactly one version, one commit or one local path is meant.
    """

    name: str
    constraint: str
    group: str
    path: str
    line: int
    pinned: bool


class Declared(NamedTuple):
    """What one file declares.

    Attributes:
        path: the file.
        dependencies: in the order of the file.
        includes: further requirements files it reads, as written.
        names: names the project itself has (``[project] name``).
        line: line of the table that declares them.
        builders: how the files of a build backend begin that is kept in the tree (PEP 517
            ``backend-path``), relative to the file's folder.
        builds_with: distributions that building needs (``[build-system] requires``).
    """

    path: str
    dependencies: tuple[Dependency, ...]
    includes: tuple[tuple[str, int], ...] = ()
    names: tuple[str, ...] = ()
    line: int = 1
    builders: tuple[str, ...] = ()
    builds_with: tuple[str, ...] = ()


def normal(name: str) -> str:
    """A distribution's name as PEP 503 normalises it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_for_developers(name: str) -> bool:
    """Whether a group, an extra or a file of that name is for developers."""
    return _DEV.search(name) is not None


def read_requirements(path: str, text: str) -> Declared:
    """A file in the language of pip."""
    words = path.lower().removesuffix(".txt").removesuffix(".in").split("/")[-2:]
    stem = re.sub(r"^(base[-_])?requirements?[-_.]?|[-_.]?requirements?$", "", words[-1])
    group = DEV if is_for_developers(stem) or words[0] in ("tests", "test", "docs") else MAIN
    found: list[Dependency] = []
    includes: list[tuple[str, int]] = []
    text = text.replace("\\\r\n", "\\\n")
    number = 1
    for row in re.sub(r"\\\n", "\x00", text).split("\n"):
        line, number = number, number + 1 + row.count("\x00")
        plain = re.sub(r"(^|\s)#.*", "", row.replace("\x00", " ")).strip()
        match = re.match(r"^(?:-r|--requirement)[ =]*(\S+)", plain)
        if match:
            includes.append((match[1], line))
        elif plain and not plain.startswith("-"):
            made = _requirement(plain.partition(" --hash")[0], group, path, line)
            found += [made] if made else []
    return Declared(path, tuple(found), tuple(includes))


def _requirement(text: str, group: str, path: str, line: int) -> Dependency | None:
    if re.match(r"^[\w+.-]+://|^\.{0,2}/|^\.$", text):
        return None
    text = text.partition(";")[0].strip()
    match = _REQUIREMENT.match(text)
    if match is None:
        return None
    constraint = match[3].strip().strip("()")
    pinned = constraint.startswith(("==", "===", "@")) and not constraint.endswith(".*")
    return Dependency(normal(match[1]), constraint, group, path, line, pinned)


def read_pyproject(path: str, text: str) -> Declared | Problem:
    """``[project]``, ``[dependency-groups]``, and the tables of Poetry, uv and PDM."""
    try:
        document = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"at line (\d+)", str(error))
        return Problem(int(match[1]) if match else 1, f"this is not TOML: {error}")
    lines = find_lines(text.removeprefix("\ufeff"))
    found: list[Dependency] = []
    for where, items, group in _lists(document):
        for position, item in enumerate(items):
            if isinstance(item, str):
                made = _requirement(item, group, path, line_of(lines, (*where, position)))
                found += [made] if made else []
    poetry = _table(document, "tool", "poetry")
    for where, table, group in _poetry_tables(poetry):
        for name, given in table.items():
            if name.lower() == "python":
                continue
            line = line_of(lines, ("tool", "poetry", *where, name))
            found.append(_poetry(name, given, group, path, line))
    project = _table(document, "project")
    names = [table["name"] for table in (project, poetry) if isinstance(table.get("name"), str)]
    head = ("project", "dependencies") if project else ("tool", "poetry", "dependencies")
    return Declared(path, tuple(found), (), tuple(map(normal, names)), line_of(lines, head) or 1,
                    *_build_system(document))  # fmt: skip


def _build_system(document: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Folders of the backend in the tree, and what building needs."""
    table = _table(document, "build-system")
    paths, needed = table.get("backend-path"), table.get("requires")
    folders = [each.strip("./") for each in paths or () if isinstance(each, str)]
    made = [_requirement(each, MAIN, "", 1) for each in needed or () if isinstance(each, str)]
    backend = str(table.get("build-backend", "")).partition(":")[0].replace(".", "/")
    return (
        tuple(f"{folder}/" if folder else f"{backend}." for folder in folders),
        tuple(each.name for each in made if each is not None),
    )


def _table(document: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    value: Any = document
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _lists(document: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], list[Any], str]]:
    project = _table(document, "project")
    if isinstance(project.get("dependencies"), list):
        yield ("project", "dependencies"), project["dependencies"], MAIN
    tables = (("project", "optional-dependencies"), ("dependency-groups",),
              ("tool", "pdm", "dev-dependencies"))  # fmt: skip
    for keys in tables:
        for name, items in _table(document, *keys).items():
            if isinstance(items, list):
                dev = is_for_developers(name) or keys[-1] == "dev-dependencies"
                yield (*keys, name), items, DEV if dev else EXTRA
    uv = _table(document, "tool", "uv")
    if isinstance(uv.get("dev-dependencies"), list):
        yield ("tool", "uv", "dev-dependencies"), uv["dev-dependencies"], DEV


def _poetry_tables(
    poetry: dict[str, Any],
) -> Iterator[tuple[tuple[str, ...], dict[str, Any], str]]:
    yield ("dependencies",), _table(poetry, "dependencies"), MAIN
    yield ("dev-dependencies",), _table(poetry, "dev-dependencies"), DEV
    for name in _table(poetry, "group"):
        group = DEV if is_for_developers(name) else EXTRA
        yield ("group", name, "dependencies"), _table(poetry, "group", name, "dependencies"), group


def _poetry(name: str, given: Any, group: str, path: str, line: int) -> Dependency:
    first = given[0] if isinstance(given, list) and given else given
    version = first if isinstance(first, str) else ""
    pinned = bool(re.match(r"^=?=?\d[\w.]*$", version))
    if isinstance(first, dict):
        version = str(first.get("version", ""))
        pinned = any(key in first for key in ("git", "path", "url", "file")) or bool(
            re.match(r"^=?=?\d[\w.]*$", version)
        )
        group = EXTRA if group == MAIN and first.get("optional") else group
    return Dependency(normal(name), "" if version == "*" else version, group, path, line, pinned)


def locked_names(name: str, text: str) -> frozenset[str]:
    """Names of the distributions that a lock file holds."""
    if name == "Pipfile.lock":
        return frozenset(map(normal, re.findall(r'^ {8}"([A-Za-z0-9][\w.-]*)": \{', text, re.M)))
    found = re.findall(r'^\[\[packages?\]\]\s*\nname = "([^"]+)"', text, re.M)
    return frozenset(map(normal, found))
