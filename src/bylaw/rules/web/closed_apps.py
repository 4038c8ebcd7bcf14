"""Applications that nobody but their own module can give more routes."""

from __future__ import annotations

from collections.abc import Iterable

from bylaw.facts import schema as F
from bylaw.model.backend.declared_index import Object
from bylaw.model.backend.items import Route
from bylaw.model.evaluate import evaluate
from bylaw.model.import_graph import ImportEdge, import_edges
from bylaw.model.project import Project
from bylaw.model.roles import TEST
from bylaw.rules.context import RuleContext

_WIRED = (
    ".FastAPI",
    ".Flask",
    ".Starlette",
    ".Quart",
    ".APIRouter",
    ".Router",
    ".Blueprint",
    ".Api",
)


def is_closed(context: RuleContext, thing: Object, routes: Iterable[Route]) -> bool:
    """Whether all routes of an application are known, whatever could not be followed elsewhere.

    Args:
        context: what the rule may ask.
        thing: the application.
        routes: those that are known.

    Returns:
        Whether all of them stand in its module, which follows everything it includes and hands the
        application and its routers to no function of the project, and whether no other module but
        tests takes them from there.
    """
    project, module = context.project, thing[0]
    path = project.paths[module]
    if any(each.path != path for each in routes):
        return False
    if any(each.path == path for each in context.backend.unresolved):
        return False
    names = _names(project, thing)
    return not _is_handed_on(project, module, names) and not any(
        _takes(project, edge, names)
        for edge in import_edges(project)
        if edge.imported == module and project.roles[edge.importer] != TEST
    )


def _names(project: Project, thing: Object) -> frozenset[str]:
    """What the module calls the application and its routers, and the function that makes them."""
    module, owner, name = thing
    maker = project.facts[module][F.FUNCTIONS][owner][F.F_NAME] if owner else name
    made = {
        str(binding[F.B_NAME])
        for binding in project.facts[module][F.BINDINGS]
        if binding[F.B_KIND] == "v"
        and binding[F.B_VALUE]
        and (binding[F.B_VALUE] == f"{maker}()" or _is_wired(project, module, binding[F.B_VALUE]))
    }
    return frozenset({name, maker, *made})


def _is_handed_on(project: Project, module: int, names: frozenset[str]) -> bool:
    """Whether a function of the project, or one that nobody knows, is given the application."""
    for function in project.facts[module][F.FUNCTIONS]:
        for call in function[F.F_CALLS]:
            given = (each.rpartition("=")[2] for each in call[F.C_ARGS])
            if not any(each in names or _is_wired(project, module, each) for each in given):
                continue
            callee = evaluate(project, module, call[F.C_PATH]) if call[F.C_PATH] else None
            if callee is None or callee[0] not in "XBY":
                return True
    return False


def _is_wired(project: Project, module: int, path: str) -> bool:
    value = evaluate(project, module, path) if path.endswith("()") else None
    return value is not None and value[0] == "Y" and str(value[1]).endswith(_WIRED)


def _takes(project: Project, edge: ImportEdge, names: frozenset[str]) -> bool:
    """Whether another module imports the application, or reaches for it through the module."""
    record = project.facts[edge.importer][F.IMPORTS][edge.record]
    if record[F.I_NAME] in names or record[F.I_NAME] == "*":
        return True
    alias = record[F.I_ALIAS] or record[F.I_NAME] or record[F.I_MODULE]
    reached = tuple(f"{alias}.{name}" for name in names)
    for function in project.facts[edge.importer][F.FUNCTIONS]:
        paths = [load[F.L_PATH] for load in function[F.F_LOADS]]
        paths += [
            each for call in function[F.F_CALLS] for each in (call[F.C_PATH], *call[F.C_ARGS])
        ]
        if any(each in path for path in paths for each in reached):
            return True
    return False
