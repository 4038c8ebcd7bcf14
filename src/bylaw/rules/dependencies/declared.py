"""Who declares what: imports of a file against the dependency files above it."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.manifests import dependencies as D
from bylaw.manifests.command import Problem, below
from bylaw.manifests.dependencies import Declared, Dependency
from bylaw.model.import_graph import import_edges
from bylaw.model.import_roots import STANDARD
from bylaw.model.roles import ENTRY, MIGRATION, SCRIPT, TEST
from bylaw.rules.context import RuleContext

_ASIDE = frozenset({"docs", "doc", "examples", "example", "tests", "test", "benchmarks", "benches"})
_ASIDE_AT_TOP = frozenset({"scripts", "tools", "dev", "ci", "tasks", "bin", "load_testing"})
_SKIPPED = F.IN_TYPE_CHECKING | F.IN_IMPORT_GUARD | F.IN_FALLBACK


class Unit(NamedTuple):
    """A folder that declares dependencies.

    Attributes:
        folder: relative to the root; empty for the root.
        declared: its files.
        locks: lock files that hold for it: its own, and those above.
    """

    folder: str
    declared: tuple[Declared, ...]
    locks: tuple[str, ...]

    def all(self) -> Iterator[Dependency]:
        """Every dependency of its files."""
        for each in self.declared:
            yield from each.dependencies


class Use(NamedTuple):
    """The first import of an outside package in one file.

    Attributes:
        module: number of the file.
        top: name that is imported.
        dotted: the whole specifier.
        line: 1-based line.
        column: 1-based column.
    """

    module: int
    top: str
    dotted: str
    line: int
    column: int


def units(context: RuleContext) -> dict[str, Unit]:
    """Folders that declare dependencies, by path; read once per run."""
    if "units" in context.memo:
        known: dict[str, Unit] = context.memo["units"]
        return known
    files: dict[str, list[Declared]] = {}
    repository = context.repository
    for path in repository.names("pyproject", "requirements"):
        text = repository.text(path)
        if path.endswith(".toml"):
            read = D.read_pyproject(path, text)
            if isinstance(read, Problem) or not (read.dependencies or read.names):
                continue
        else:
            read = D.read_requirements(path, text)
        files.setdefault(_owner(path), []).append(read)
    locks = repository.names("lock")
    found = {}
    for folder, declared in files.items():
        above = {folder, *_ancestors(folder)}
        held = tuple(path for path in locks if path.rpartition("/")[0] in above)
        found[folder] = Unit(folder, tuple(declared), held)
    context.memo["units"] = found
    return found


def _owner(path: str) -> str:
    folder = path.rpartition("/")[0]
    parent, _, name = folder.rpartition("/")
    return parent if name in ("requirements", "reqs", "deps", "dependencies") else folder


def _ancestors(folder: str) -> Iterator[str]:
    while folder:
        folder = folder.rpartition("/")[0]
        yield folder


def units_above(context: RuleContext, path: str) -> list[Unit]:
    """Units a file belongs to, the nearest first."""
    known = units(context)
    folder = path.rpartition("/")[0]
    return [known[each] for each in (folder, *_ancestors(folder)) if each in known]


def is_opaque(context: RuleContext, unit: Unit) -> bool:
    """Whether a folder declares more than is read here: setup.py, Pipfile, conda, dynamic."""
    known: dict[str, bool] = context.memo.setdefault("opaque", {})
    if unit.folder not in known:
        known[unit.folder] = _declares_more(context, unit)
    return known[unit.folder]


def _declares_more(context: RuleContext, unit: Unit) -> bool:
    prefix = f"{unit.folder}/" if unit.folder else ""
    names = (
        "setup.py",
        "setup.cfg",
        "Pipfile",
        "environment.yml",
        "pixi.toml",
        "BUILD",
        "BUILD.bazel",
    )
    if any(context.repository.exists(prefix + name) for name in names):
        return True
    text = context.repository.text(f"{prefix}pyproject.toml")
    return '"dependencies"' in text and "dynamic" in text


def uses(context: RuleContext) -> list[Use]:
    """First load-time import of each outside package in each file that runs in production."""
    known: list[Use] | None = context.memo.get("uses")
    if known is None:
        known = context.memo["uses"] = list(_uses(context))
    return known


def _uses(context: RuleContext) -> Iterator[Use]:
    project = context.project
    for module, path in enumerate(project.paths):
        if project.roles[module] in (TEST, MIGRATION, SCRIPT) or _is_aside(path):
            continue
        if project.roles[module] == ENTRY and "/" not in path and path != "main.py":
            continue
        seen: set[str] = set()
        situations = project.facts[module][F.SITUATIONS]
        for record in project.facts[module][F.IMPORTS]:
            top = record[F.I_MODULE].partition(".")[0]
            if record[F.I_LEVEL] or not top or top in seen or top in STANDARD:
                continue
            flags, handled = situations[record[F.I_SITUATION]][: F.S_WITH]
            if flags & (_SKIPPED | F.IN_CONDITION | F.IN_MAIN) or record[F.I_FUNCTION] or handled:
                continue
            seen.add(top)
            if top not in project.project_names:
                yield Use(module, top, record[F.I_MODULE], record[F.I_LINE], record[F.I_COL])


def _is_aside(path: str) -> bool:
    folders = path.split("/")[:-1]
    return not _ASIDE.isdisjoint(folders) or folders[:1] in ([each] for each in _ASIDE_AT_TOP)


def only_for_developers(context: RuleContext) -> set[int]:
    """Files that tests and scripts import, and nothing that is deployed does."""
    if "aside" not in context.memo:
        project = context.project
        importers: dict[int, set[int]] = {}
        for edge in import_edges(project):
            importers.setdefault(edge.imported, set()).add(edge.importer)
        aside = {number for number, role in enumerate(project.roles) if role in (TEST, SCRIPT)}
        grows = True
        while grows:
            more = {each for each, by in importers.items() if by <= aside} - aside
            aside |= more
            grows = bool(more)
        context.memo["aside"] = aside
    known: set[int] = context.memo["aside"]
    return known


def builds_with(context: RuleContext, path: str) -> frozenset[str]:
    """What a file may import because it belongs to the build backend of a unit above it.

    Args:
        context: of the run.
        path: the file.

    Returns:
        Distributions that ``[build-system] requires`` names; none for any other file.
    """
    found: set[str] = set()
    for unit in units_above(context, path):
        inside = path[len(unit.folder) :].lstrip("/")
        for each in unit.declared:
            if each.builders and inside.startswith(each.builders):
                found.update(each.builds_with)
    return frozenset(found)


def installed_by_images(context: RuleContext) -> set[str]:
    """Distributions that a Dockerfile installs by name."""
    found: set[str] = set()
    for command in context.repository.commands("dockerfile"):
        words = command.argv
        if words and words[0].startswith(("pip", "uv", "python")) and (
            {"install", "wheel"} & set(words)
        ):  # fmt: skip
            found |= {D.normal(re.split(r"[\[=<>~!;@ ]", word)[0]) for word in words[1:]}
    return found


def providers(context: RuleContext) -> Mapping[str, list[str]]:
    """Import name -> distributions that provide it, where the names differ."""
    if "providers" not in context.memo:
        here = os.path.dirname(os.path.abspath(D.__file__))
        with open(f"{here}/distributions.toml", "rb") as file:
            context.memo["providers"] = tomllib.load(file)["provides"]
    known: Mapping[str, list[str]] = context.memo["providers"]
    return known


def candidates(context: RuleContext, use: Use) -> set[str]:
    """Distributions that may provide an import: known ones, and those of its own name."""
    known = providers(context).get(use.top)
    names = set(known or ())
    parts = use.dotted.split(".")
    names |= {D.normal("-".join(parts[:depth])) for depth in range(1, min(len(parts), 4) + 1)}
    return names


def may_provide(name: str, use: Use) -> bool:
    """Whether a distribution could hold an import by its name alone: ``django-x`` holds ``x``."""
    top = D.normal(use.top)
    dense = name.replace("-", "")
    return (
        name == top or dense == top.replace("-", "") or top in name.split("-")
        or name.startswith(f"{top}-") or name.endswith(f"-{top}") or top.startswith(f"{name}-")
        or dense in (f"python{top}", f"py{top}", f"{top}python", f"django{top}", f"flask{top}")
        or (len(top) > 3 and top in dense)
    )  # fmt: skip


def included(context: RuleContext, declared: Declared) -> Iterator[tuple[str, int]]:
    """Requirements files that a file names, relative to the root, with the line."""
    for name, line in declared.includes:
        yield below(declared.path.rpartition("/")[0], name), line
