"""Routes as a person registers them: one place for all the paths a handler is served under."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.backend.items import Route
from bylaw.model.call_graph import Place
from bylaw.model.class_lookup import resolution_order
from bylaw.model.evaluate import evaluate
from bylaw.model.roles import SCRIPT, TEST
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo

ASGI = frozenset({"fastapi", "starlette"})
MUTATING = frozenset({"POST", "PUT", "PATCH", "DELETE"})

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_OPERATIONAL = frozenset(
    {
        "health", "healthz", "healthcheck", "ready", "readyz", "readiness", "live", "livez",
        "liveness", "alive", "ping", "heartbeat", "lbheartbeat", "status", "metrics", "version",
        "favicon", "robots", "docs", "redoc", "openapi", "swagger", "startup", "probe",
    }
)  # fmt: skip


class Registration(NamedTuple):
    """One handler as it is registered at one place.

    Attributes:
        function: number of the handler.
        place: the decorator that registers it, else its ``def``.
        routes: every route that comes of it.
    """

    function: int
    place: Place
    routes: tuple[Route, ...]

    @property
    def route(self) -> Route:
        """The first route, to speak of it."""
        return self.routes[0]

    @property
    def is_certain(self) -> bool:
        """Whether an application is known to serve it."""
        return any(each.app for each in self.routes)


def registrations(context: RuleContext, frameworks: Collection[str] = ()) -> Iterator[Registration]:
    """Handlers of production code, in the order of their files.

    Args:
        context: of the run.
        frameworks: those wanted, all where none is given.

    Yields:
        One for each place a handler is registered at.
    """
    found: dict[tuple[int, Place], list[Route]] = {}
    project = context.project
    for route in context.backend.routes:
        if route.function < 0 or (frameworks and route.framework not in frameworks):
            continue
        if project.roles[project.function_home[route.function]] in (TEST, SCRIPT):
            continue
        found.setdefault((route.function, _place(context, route)), []).append(route)
    ordered = sorted(found, key=lambda each: (project.path_of(each[0]), each[1], each[0]))
    for function, place in ordered:
        yield Registration(function, place, tuple(found[function, place]))


def _place(context: RuleContext, route: Route) -> Place:
    facts = context.project.functions[route.function]
    decorated = any(line == route.line for _, _, line in facts[F.F_DECORATORS])
    if decorated and route.path == context.project.path_of(route.function):
        return (route.line, route.column, facts[F.F_LINE])
    return (facts[F.F_LINE], facts[F.F_COL], facts[F.F_LINE])


def report(
    info: RuleInfo, context: RuleContext, found: Registration, message: str, *,
    confidence: int = 0, severity: str = "",
) -> Finding:  # fmt: skip
    """A finding at a registration; less sure where no application is known to serve it.

    Args:
        info: the rule.
        context: of the run.
        found: the registration.
        message: one sentence.
        confidence: 0 definite, 1 probable, 2 possible.
        severity: where it differs from the rule's own.

    Returns:
        The finding.
    """
    certain = found.is_certain
    return make_finding(
        info,
        context.project,
        found.function,
        found.place,
        message,
        confidence=confidence if certain else 2,
        severity=severity,
        sink=shown(found.route),
    )


def shown(route: Route) -> str:
    """A route as people write it."""
    return f"{'|'.join(route.methods) or route.kind.upper()} {route.url or '/'}"


def tokens(name: str) -> frozenset[str]:
    """Words of a name, in small letters: ``getUserOr404`` has four."""
    return frozenset(each.lower() for each in _WORD.findall(name))


def segments(url: str) -> list[str]:
    """Constant parts of a path."""
    return [each for each in url.strip("/").split("/") if each and each[0] not in "{<$:"]


def is_operational(route: Route) -> bool:
    """Whether a route tells about the service itself: health, metrics, documentation."""
    last = segments(route.url)[-1:]
    words = {*last, *(word for each in last for word in tokens(each))}
    return not words.isdisjoint(_OPERATIONAL) or not route.url.strip("/")


def model_fields(context: RuleContext, model: int) -> Iterator[tuple[str, bool]]:
    """Fields of a model, inherited ones included, and whether a client must give them."""
    project = context.project
    for number in resolution_order(project, model, evaluate):
        for attribute in project.classes[number][F.K_ATTRIBUTES]:
            yield attribute[F.A_NAME], attribute[F.A_SHAPE].lower() in ("none", "call")
