"""Names of what code refers to, dotted and resolved; empty where nobody can tell."""

from __future__ import annotations

from typing import Any

from bylaw.facts import schema as F
from bylaw.model.evaluate import evaluate
from bylaw.model.import_graph import import_edges
from bylaw.model.project import Project
from bylaw.model.project import Value as Meaning


def named(project: Project, module: int, path: str) -> str:
    """Dotted name that a path of a file resolves to; empty where it is unknown."""
    if not path or path == "?":
        return ""
    return name_of(project, evaluate(project, module, path))


def name_of(project: Project, value: Meaning) -> str:
    """Dotted name of what a path evaluates to; that of the class for an instance."""
    if value is None:
        return ""
    kind, what = value[0], value[1]
    if kind == "F":
        return project.symbol(what)
    if kind in "CI":
        return project.class_name(what)
    if kind == "M":
        return project.modules[what].name
    return project.stubs.canonical(str(what)) if kind in "XBY" else ""


def decorator_names(project: Project, home: int, facts: tuple[Any, ...]) -> tuple[str, ...]:
    """Dotted names of decorators of a file."""
    return tuple(named(project, home, each[F.D_PATH].removesuffix("()")) for each in facts)


def loaded_files(project: Project) -> dict[tuple[int, int], int]:
    """Files that imports load, by importing file and import fact; found once per run."""
    found: dict[tuple[int, int], int] | None = project.derived.get("imports-by-record")
    if found is None:
        found = {(each.importer, each.record): each.imported for each in import_edges(project)}
        project.derived["imports-by-record"] = found
    return found


def keyword_of(encoded: str) -> str:
    """Name of the keyword an argument is given by; empty for a position."""
    word, given, _ = encoded.partition("=")
    return word if given and word.isidentifier() else ""


def is_spread(encoded: str) -> bool:
    """Whether an argument is handed over with ``*`` or ``**``."""
    return encoded[:1] == "*"
