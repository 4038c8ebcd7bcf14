"""``session-not-injected``: a second session in a request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.finding import Finding, Step
from bylaw.model.backend.items import Route
from bylaw.model.call_graph import HERE, Edge
from bylaw.model.evaluate import POSSIBLE
from bylaw.model.import_graph import import_edges
from bylaw.model.variables import find_variable
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.layers.acquisitions import (
    SESSION,
    Acquisition,
    acquisitions,
    is_given,
    provides,
)
from bylaw.rules.layers.providers import is_started
from bylaw.rules.layers.standing import ENTRY, standings
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="session-not-injected",
    summary="A function on the way of a request opens a session of its own.",
    clauses=("FS-2.5",),
    severity="warning",
    how="flow",
    family="layers",
    default=False,
    mend="take the session of the request: Depends in the handler, a parameter below it",
    options=(
        ("strict", False, "also where no dependency of the project gives a session per request"),
    ),
)
_INJECTING = frozenset({"fastapi", "starlette"})


class _Way(NamedTuple):
    """How a request comes to a function: from which, over which call, how sure."""

    caller: int
    edge: Edge | None
    confidence: int
    route: Route


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per function, at the first session it opens."""
    routes = [each for each in context.backend.routes
              if each.framework in _INJECTING and each.function >= 0]  # fmt: skip
    givers = _givers(context, routes)
    provider = next(iter(givers.values()), "")
    if not provider and not context.option(INFO, "strict"):
        return
    project, places = context.project, standings(context)
    ways = _ways(context, [route for route in routes if _has_session(route, givers)])
    seconds = set(ways)
    for number, way in _ways(context, routes).items():
        ways.setdefault(number, way)
    around = _around(context, routes)
    same = _behind(context, givers)
    for number in sorted(ways):
        if provides(project, number) or is_given(project, number, SESSION):
            continue
        if places.of_function(number).role == ENTRY:
            continue
        if _streams(context, number):
            continue
        for each in acquisitions(project, number):
            if each.kind != SESSION or each.how == "shares":
                continue
            if provider and _is_of_another(context, number, each, around):
                continue
            if each.how == "fetches" and provider and each.provider not in same:
                continue
            name = project.functions[number][F.F_NAME]
            instead = f" instead of the one that {provider} gives" if provider else ""
            route = ways[number].route
            yield make_finding(
                INFO,
                project,
                number,
                each.place,
                f"{name}(), on the way of {' '.join(route.methods)} {route.url}, opens a session "
                f"of its own{instead}: {each.what}",
                confidence=ways[number].confidence,
                severity="" if number in seconds or not provider else "note",
                sink=each.what,
                witness=(*_road(context, ways, number),
                         Step(project.path_of(number), each.place[0], project.symbol(number),
                              f"opens {each.what}")),
            )  # fmt: skip
            break


def _givers(context: RuleContext, routes: list[Route]) -> dict[int, str]:
    """Dependencies that give each request its session, in order, with their names."""
    found: dict[int, str] = {}
    seen: set[int] = set()
    for route in routes:
        for dependency in route.dependencies:
            number = dependency.function
            if number < 0 or number in seen:
                continue
            seen.add(number)
            if provides(context.project, number) == SESSION:
                found[number] = dependency.name
    return found


def _has_session(route: Route, givers: dict[int, str]) -> bool:
    """Whether requests have a session already: their handler asks for one.

    A handler that asks for none, as one that streams for minutes must not, opens the first.
    """
    return any(each.function in givers for each in route.dependencies)


def _streams(context: RuleContext, number: int) -> bool:
    """Whether a function runs after the answer has begun, when the request's session is closed."""
    function = context.project.functions[number]
    return bool(function[F.F_PARENT] > 0 and function[F.F_FLAGS] & F.GENERATOR)


def _behind(context: RuleContext, givers: dict[int, str]) -> set[int]:
    """Functions that the dependencies take their sessions from, and they themselves."""
    found = set(givers)
    pending = list(givers)
    while pending:
        for edge in context.graph.edges[pending.pop()]:
            if edge.callee not in found and provides(context.project, edge.callee) == SESSION:
                found.add(edge.callee)
                pending.append(edge.callee)
    return found


def _around(context: RuleContext, routes: list[Route]) -> set[int]:
    """Modules of the dependencies that give sessions, and those they import."""
    project = context.project
    numbers = {each.function for route in routes for each in route.dependencies}
    homes = {project.function_home[each] for each in numbers
             if each >= 0 and provides(project, each) == SESSION}  # fmt: skip
    found = set(homes)
    found |= {each.imported for each in import_edges(project) if each.importer in homes}
    return found


def _is_of_another(context: RuleContext, number: int, got: Acquisition, around: set[int]) -> bool:
    """Whether a session is made over an engine that the sessions of requests know nothing of."""
    if not got.bound_to or got.bound_to[0] in "=$'?:*[":
        return False
    project = context.project
    variable = find_variable(project, project.function_home[number], got.bound_to)
    return variable is not None and variable.module not in around


def _ways(context: RuleContext, routes: list[Route]) -> dict[int, _Way]:
    """Functions that requests run through, each with the surest and shortest way to it."""
    ways: dict[int, _Way] = {}
    for route in routes:
        ways.setdefault(route.function, _Way(-1, None, 0, route))
    functions, graph = context.project.functions, context.graph
    for least in range(POSSIBLE):
        pending = sorted(ways)
        while pending:
            number = pending.pop(0)
            way = ways[number]
            for edge in graph.edges[number]:
                sure = max(edge.confidence, way.confidence) <= least
                if edge.callee in ways or edge.mode != HERE or not sure:
                    continue
                if is_started(functions[edge.callee]) or functions[number][F.F_PARENT] < 0:
                    continue
                confidence = max(edge.confidence, way.confidence)
                ways[edge.callee] = _Way(number, edge, confidence, way.route)
                pending.append(edge.callee)
    return ways


def _road(context: RuleContext, ways: dict[int, _Way], number: int) -> list[Step]:
    """The calls from the handler to a function."""
    project = context.project
    steps: list[Step] = []
    while ways[number].edge is not None:
        way = ways[number]
        assert way.edge is not None
        note = f"calls {project.symbol(number)}"
        steps.append(
            Step(project.path_of(way.caller), way.edge.place[0], project.symbol(way.caller), note)
        )
        number = way.caller
    return steps[::-1]
