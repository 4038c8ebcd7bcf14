"""What each module is for, by what it does and who calls it; names alone prove nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.model.backend.class_bodies import outside_names
from bylaw.model.backend.declared_index import DeclaredIndex
from bylaw.model.backend.items import Component, Route, Table
from bylaw.model.backend.kinds import APPS, Made
from bylaw.model.class_lookup import resolution_order
from bylaw.model.evaluate import evaluate
from bylaw.model.roles import ENTRY, GUNICORN, MIGRATION, SCRIPT, SETTINGS, TEST

_GIVEN = {
    TEST: "it lies where tests are collected",
    MIGRATION: "it declares a revision or a Migration",
    SETTINGS: "it is named as, or holds, settings",
    SCRIPT: "it is run, not imported",
    GUNICORN: "it configures the server",
    ENTRY: "it says how to run it and nothing imports it",
}
_TRANSPORT = frozenset({"pydantic.BaseModel", "pydantic.RootModel", "marshmallow.Schema",
                        "rest_framework.serializers.Serializer",
                        "rest_framework.serializers.ModelSerializer"})  # fmt: skip

_SERIALIZERS = frozenset(each for each in _TRANSPORT if not each.startswith("pydantic"))


class _Work(NamedTuple):
    """What the functions of a module do, each with the line that shows it.

    Attributes:
        queries: functions that touch the database themselves.
        delegates: functions that call those of other modules.
        callers: functions of other modules that call it.
    """

    queries: dict[int, int]
    delegates: dict[int, int]
    callers: dict[int, int]


def read_components(
    index: DeclaredIndex, made: Made, routes: tuple[Route, ...], tables: tuple[Table, ...]
) -> tuple[Component, ...]:
    """Roles of modules, each with its evidence; the first one of a module is its primary role.

    Args:
        index: the declarations.
        made: applications and routers.
        routes: all routes.
        tables: all tables.

    Returns:
        Components sorted by path, the primary role first.
    """
    project = index.project
    handlers = _handlers(routes, index)
    holders = {project.paths[module]: module for module in range(len(project.paths))}
    declared = {holders[table.path]: table for table in reversed(tables)}
    schemas = _schemas(index, routes)
    applications = {thing[0]: thing for thing, kind in sorted(made.kinds.items(), reverse=True)
                    if kind in APPS}  # fmt: skip
    serializers = _serializers(index)
    work = _work(index, handlers)
    found: list[Component] = []
    for module in range(len(project.paths)):
        evidence: list[tuple[str, str, int]] = []
        given = project.roles[module]
        if given in _GIVEN:
            role = "entry" if given in (ENTRY, GUNICORN) else given
            evidence.append((role, _GIVEN[given], 1))
        if given not in (TEST, MIGRATION, SCRIPT):
            if module in handlers:
                number, line = handlers[module]
                evidence.append(("router", f"{project.symbol(number)} handles a route", line))
            if module in applications:
                thing = applications[module]
                evidence.append(("entry", f"it makes the application {thing[2]}",
                                 made.line(thing)))  # fmt: skip
            if module in declared:
                table = declared[module]
                evidence.append(("model", f"{table.model} is the table {table.name}", table.line))
            if module in schemas:
                evidence.append(("schema", *schemas[module]))
            elif module in serializers:
                evidence.append(("schema", *serializers[module]))
            evidence += _layer(index, module, work[module], handlers, declared)
        found += _components(project.modules[module].name, project.paths[module], module, evidence)
    return tuple(found)


def _components(
    name: str, path: str, module: int, evidence: list[tuple[str, str, int]]
) -> Iterator[Component]:
    seen: set[str] = set()
    for role, reason, line in evidence:
        if role not in seen:
            yield Component(role, name, module, reason, path, line, not seen)
            seen.add(role)


def _handlers(routes: tuple[Route, ...], index: DeclaredIndex) -> dict[int, tuple[int, int]]:
    """First handler of each module that holds some."""
    project = index.project
    found: dict[int, tuple[int, int]] = {}
    for route in routes:
        if route.function >= 0:
            home = project.function_home[route.function]
            line = project.functions[route.function][F.F_LINE]
            if home not in found or line < found[home][1]:
                found[home] = (route.function, line)
    return found


def _schemas(index: DeclaredIndex, routes: tuple[Route, ...]) -> dict[int, tuple[str, int]]:
    """Modules of the transport models that routes take or give."""
    project = index.project
    found: dict[int, tuple[str, int]] = {}
    for route in routes:
        taken = [each.model for each in route.parameters if each.source in ("body", "query")]
        for number, verb in [(each, "given") for each in route.models] + [
            (each, "taken") for each in taken if each >= 0
        ]:
            if _TRANSPORT.isdisjoint(outside_names(index, number)):
                continue
            reason = f"{project.class_name(number)} is {verb} by {route.handler}"
            line = project.classes[number][F.K_LINE]
            found.setdefault(project.class_home[number], (reason, line))
    return found


def _serializers(index: DeclaredIndex) -> dict[int, tuple[str, int]]:
    """Modules of nothing but classes that a library for transport knows how to write out."""
    project = index.project
    found: dict[int, tuple[str, int]] = {}
    others: set[int] = set()
    for number, record in enumerate(project.classes):
        home = project.class_home[number]
        if "." in record[F.K_NAME] or home in others:
            continue
        names = _SERIALIZERS.intersection(outside_names(index, number))
        if names:
            reason = f"{project.class_name(number)} is a {min(names)}"
            found.setdefault(home, (reason, record[F.K_LINE]))
        else:
            others.add(home)
    return {home: each for home, each in found.items() if home not in others}


def _inherited_queries(index: DeclaredIndex, work: list[_Work]) -> None:
    """Counts, for each class, the queries of the methods it inherits from other modules."""
    project = index.project
    own = [set(each.queries) for each in work]
    for number, record in enumerate(project.classes):
        home = project.class_home[number]
        for base in resolution_order(project, number, evaluate)[1:]:
            other = project.class_home[base]
            if other == home:
                continue
            offset = project.function_offset[other]
            for _, inner in project.classes[base][F.K_METHODS]:
                if offset + inner in own[other]:
                    work[home].queries.setdefault(offset + inner, record[F.K_LINE])


def _work(index: DeclaredIndex, handlers: dict[int, tuple[int, int]]) -> list[_Work]:
    project = index.project
    work = [_Work({}, {}, {}) for _ in project.paths]
    for number, seeds in enumerate(index.graph.seeds):
        if project.functions[number][F.F_PARENT] < 0:
            continue
        home = project.function_home[number]
        for seed in seeds:
            if seed.kind == "database":
                work[home].queries.setdefault(number, seed.place[0])
    for number, edges in enumerate(index.graph.edges):
        home = project.function_home[number]
        if project.roles[home] in (TEST, SCRIPT, MIGRATION):
            continue
        for edge in edges:
            other = project.function_home[edge.callee]
            if other == home or project.functions[number][F.F_PARENT] < 0:
                continue
            work[other].callers.setdefault(number, edge.place[0])
            if edge.callee in work[other].queries:
                work[home].delegates.setdefault(number, edge.place[0])
    _inherited_queries(index, work)
    return work


def _layer(
    index: DeclaredIndex, module: int, work: _Work, handlers: dict[int, tuple[int, int]],
    declared: dict[int, Table],
) -> Iterator[tuple[str, str, int]]:  # fmt: skip
    """Repository or service, for modules that handle no route."""
    project = index.project
    if module in handlers or module in declared or not work.callers:
        return
    direct = [each for each in work.callers if project.function_home[each] in handlers]
    if work.queries and len(work.queries) >= len(work.delegates):
        number, line = min(work.queries.items(), key=lambda each: each[1])
        caller = min(work.callers)
        reason = f"{project.symbol(number)} queries and {project.symbol(caller)} calls it"
        yield ("repository", reason, line)
    elif work.delegates and direct:
        number, line = min(work.delegates.items(), key=lambda each: each[1])
        reason = (
            f"{project.symbol(min(direct))} calls it, and {project.symbol(number)} "
            "calls what queries"
        )
        yield ("service", reason, line)
    elif direct and any(
        project.function_home[edge.callee] == module and edge.callee != 0
        and not project.functions[edge.callee][F.F_FLAGS] & F.NESTED
        and _decides(project.functions[edge.callee])
        for caller in direct for edge in index.graph.edges[caller]
    ):  # fmt: skip
        caller = min(direct)
        yield ("service", f"{project.symbol(caller)} calls it and it decides", 1)


def _decides(function: tuple[object, ...]) -> bool:
    """Whether a function is more than a look-up: it branches, raises or calls several things."""
    raises, calls, flags = function[F.F_RAISES], function[F.F_CALLS], function[F.F_FLAGS]
    assert isinstance(flags, int)
    assert isinstance(raises, tuple)
    assert isinstance(calls, tuple)
    return bool(raises) or len(calls) > 2 or bool(flags & F.BRANCHING)
