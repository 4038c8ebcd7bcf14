"""Which module imports which, and when: at load time, deferred into a function, or for types."""

from __future__ import annotations

from typing import Any, NamedTuple

from bylaw.facts import schema as F
from bylaw.model.project import Project, absolute_module, find_module


class ImportEdge(NamedTuple):
    """One import between two files of the project.

    Attributes:
        importer: number of the importing file.
        imported: number of the file imported.
        kind: ``load``, ``deferred`` or ``typing``.
        record: index among the importer's import facts.
    """

    importer: int
    imported: int
    kind: str
    record: int


def import_edges(project: Project) -> list[ImportEdge]:
    """Every import of a first-party file by another, in order of file and position.

    The implicit import of a parent package is not an edge. Several rules ask; it is found once.
    """
    known: list[ImportEdge] | None = project.derived.get("imports")
    if known is None:
        known = project.derived["imports"] = _import_edges(project)
    return known


def _import_edges(project: Project) -> list[ImportEdge]:
    edges = []
    names = project.project_names
    for module, facts in enumerate(project.facts):
        before: tuple[int, str] | None = None
        inside: int | None = None
        for index, record in enumerate(facts[F.IMPORTS]):
            level, named = record[F.I_LEVEL], record[F.I_MODULE]
            if not level and named.partition(".")[0] not in names:
                continue
            if before != (level, named):  # the names of one statement come one after another
                before = (level, named)
                dotted = absolute_module(project, module, level, named)
                inside = find_module(project, module, dotted) if dotted else None
            target = _imported_file(project, module, record, dotted, inside)
            if target is not None and target != module:
                edges.append(ImportEdge(module, target, _kind(project, module, record), index))
    return edges


def _kind(project: Project, module: int, record: tuple[Any, ...]) -> str:
    flags = project.facts[module][F.SITUATIONS][record[F.I_SITUATION]][F.S_FLAGS]
    if flags & F.IN_TYPE_CHECKING:
        return "typing"
    return "deferred" if record[F.I_FUNCTION] or flags & F.IN_MAIN else "load"


def _imported_file(
    project: Project, module: int, record: tuple[Any, ...], dotted: str, target: int | None
) -> int | None:
    """The file an import loads because it is named; ``target`` is the one its module names."""
    name = record[F.I_NAME]
    if not name:
        return target
    if target is not None and name != "*" and name in project.bindings[target]:
        binding = project.bindings[target][name]
        if binding[F.B_KIND] != "i" or not _binds_submodule(project, target, binding):
            return target
    child = find_module(project, module, f"{dotted}.{name}" if dotted else name)
    return child if child is not None else target


def _binds_submodule(project: Project, package: int, binding: tuple[Any, ...]) -> bool:
    """Whether a package's ``__init__`` merely imports its own submodule under that name."""
    record = project.facts[package][F.IMPORTS][binding[F.B_VALUE]]
    inside = absolute_module(project, package, record[F.I_LEVEL], record[F.I_MODULE])
    own = project.modules[package].name
    return inside == own and record[F.I_NAME] == binding[F.B_NAME]


def load_order(project: Project, module: int, record: tuple[Any, ...]) -> tuple[list[int], int]:
    """Files an import statement runs, parent packages first, and the submodule its name may mean.

    Args:
        project: the linked project.
        module: the importing file.
        record: its import fact.

    Returns:
        First-party files in order, the module named last; the submodule called like the imported
        name, -1 where there is none.
    """
    dotted = absolute_module(project, module, record[F.I_LEVEL], record[F.I_MODULE])
    parts = dotted.split(".") if dotted else []
    found = [
        target
        for count in range(1, len(parts) + 1)
        if (target := find_module(project, module, ".".join(parts[:count]))) is not None
    ]
    name = record[F.I_NAME]
    if not name or name == "*":
        return found, -1
    child = find_module(project, module, f"{dotted}.{name}" if dotted else name)
    return found, -1 if child is None else child
