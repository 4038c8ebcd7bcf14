"""``missing-operational-endpoint``: a service that cannot be asked whether it is well."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.backend.declared_index import Object, objects_of
from bylaw.model.backend.items import Route
from bylaw.model.backend.kinds import APPS
from bylaw.model.backend.references import receiver
from bylaw.model.backend.shapes import given, items, text
from bylaw.model.roles import ENTRY, MIGRATION, SCRIPT, TEST
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.developer_scripts import is_deployed
from bylaw.rules.rule import RuleInfo
from bylaw.rules.web.closed_apps import is_closed
from bylaw.rules.web.registrations import MUTATING, segments, tokens
from bylaw.rules.web.wiring_calls import middleware_names

INFO = RuleInfo(
    name="missing-operational-endpoint",
    summary="An application serves routes and has no health endpoint, or no metrics.",
    clauses=("CON-OPS",),
    severity="warning",
    how="model",
    family="web",
    mend="serve /health from the application, and /metrics or an exporter",
    options=(("metrics", False, "missing metrics alone are a warning too"),),
)

_HEALTH = frozenset({"health", "healthz", "healthcheck", "healthchecks", "livez", "readyz",
                     "liveness", "readiness", "heartbeat", "lbheartbeat"})  # fmt: skip
_SHORT = frozenset({"ping", "status", "live", "ready", "alive", "up", "pulse", "healthy"})
_HEALTH_LIBRARIES = frozenset(
    {"health_check", "fastapi_health", "fastapi_healthchecks", "healthcheck", "django_alive",
     "watchman", "dockerflow"}
)  # fmt: skip
_METRICS_LIBRARIES = frozenset(
    {"prometheus_client", "prometheus_fastapi_instrumentator", "starlette_exporter",
     "starlette_prometheus", "django_prometheus", "prometheus_flask_exporter", "aioprometheus",
     "opentelemetry", "statsd", "datadog", "ddtrace", "newrelic", "elasticapm", "logfire"}
)  # fmt: skip
_PLAIN = re.compile(r"api|v\d+|internal|system|ops")


class _Service(NamedTuple):
    name: str
    routes: tuple[Route, ...]
    module: int
    line: int
    thing: Object | None


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per application, with those it mounts."""
    libraries = _libraries(context) | _installed(context)
    has_health = bool(libraries & _HEALTH_LIBRARIES) or any(
        "health" in tokens(name) for name in middleware_names(context)
    )
    has_metrics = bool(libraries & _METRICS_LIBRARIES)
    for service in _services(context):
        missing = []
        if not has_health and not any(_is_health(route) for route in service.routes):
            missing.append("/health")
        if not has_metrics and not any(_is_metrics(route) for route in service.routes):
            missing.append("/metrics")
        if missing:
            yield _finding(context, service, missing)


def _finding(context: RuleContext, service: _Service, missing: list[str]) -> Finding:
    grave = "/health" in missing or context.option(INFO, "metrics")
    hidden = any(each.kind in ("router", "include", "url", "route")
                 for each in context.backend.unresolved)  # fmt: skip
    elsewhere = "/health" in missing and _speaks_of_health(context)
    unsure = (hidden or elsewhere) and not (
        service.thing and is_closed(context, service.thing, service.routes)
    )
    return make_finding(
        INFO,
        context.project,
        context.project.module_body(service.module),
        (service.line, 1, service.line),
        f"{service.name} serves {len(service.routes)} routes, and neither "
        f"{' nor '.join(missing)}" if len(missing) > 1 else
        f"{service.name} serves {len(service.routes)} routes, and no {missing[0]}",
        confidence=2 if unsure else 0,
        severity=INFO.severity if grave else "note",
        sink=service.name,
    )  # fmt: skip


def _services(context: RuleContext) -> Iterator[_Service]:
    """Applications that nothing mounts, with the routes of those they mount."""
    backend, project = context.backend, context.project
    parents = _mounted(context)
    names = {backend.index.symbol(thing): thing for thing, kind in backend.made.kinds.items()
             if kind in APPS}  # fmt: skip
    groups: dict[str, list[Route]] = {}
    for route in backend.routes:
        if not route.app:
            continue
        thing, seen = names.get(route.app), set[Object]()
        while thing is not None and thing in parents and thing not in seen:
            seen.add(thing)
            thing = parents[thing]
        name = route.app if thing is None else backend.index.symbol(thing)
        groups.setdefault(name, []).append(route)
    modules = {path: number for number, path in enumerate(project.paths)}
    for name, routes in sorted(groups.items()):
        thing = names.get(name)
        module = modules[routes[0].path] if thing is None else thing[0]
        line = routes[0].line if thing is None else backend.made.line(thing)
        if project.roles[module] in (TEST, SCRIPT) or not _is_service(project.paths[module]):
            continue
        path = project.paths[module]
        if project.roles[module] == ENTRY and len(groups) > 1 and not is_deployed(context, path):
            continue  # a demonstration beside the service
        if thing is not None or any(set(each.methods) & MUTATING for each in routes) or routes:
            yield _Service(name, tuple(routes), module, line, thing)


def _is_service(path: str) -> bool:
    return not {"cli", "commands", "examples", "docs"} & set(path.split("/"))


def _mounted(context: RuleContext) -> dict[Object, Object]:
    """For each application that another one mounts, that other one."""
    index = context.backend.index
    found: dict[Object, Object] = {}
    for module, record in index.calls:
        if record[F.E_NAME] not in ("mount", "host"):
            continue
        call, owner = record[F.E_VALUE], record[F.E_OWNER]
        child = given(call, 1, "app")
        if child is None:
            continue
        above = objects_of(index, module, owner, receiver(call[1]))
        for thing in objects_of(index, module, owner, child):
            if above and above[0] != thing:
                found[thing] = above[0]
    return found


def _own_segments(route: Route) -> list[str]:
    """Parts of a path that name what is asked: without ``/api/v1``, ``/-/`` and leading signs."""
    bare = [each.strip("_-.~") for each in segments(route.url)]
    return [each for each in bare if each and not _PLAIN.fullmatch(each)]


def _is_health(route: Route) -> bool:
    words = tokens(route.url.rstrip("/").rpartition("/")[2])
    if not words.isdisjoint(_HEALTH):
        return True
    own = _own_segments(route)
    return len(own) == 1 and own[0].partition(".")[0] in _SHORT and "{" not in route.url


def _is_metrics(route: Route) -> bool:
    own = _own_segments(route)
    return own[-1:] == ["metrics"] or route.url.rstrip("/").endswith("/metrics")


def _libraries(context: RuleContext) -> frozenset[str]:
    project = context.project
    return frozenset(
        name
        for module, facts in enumerate(project.facts)
        if project.roles[module] not in (TEST, MIGRATION)
        for record in facts[F.IMPORTS]
        if not record[F.I_LEVEL]
        for name in [(record[F.I_MODULE] or record[F.I_NAME]).partition(".")[0]]
    )


def _installed(context: RuleContext) -> frozenset[str]:
    """Applications that Django is told to install, whose URLs nobody imports."""
    return frozenset(
        (text(each) or "").partition(".")[0]
        for thing, records in context.backend.index.bindings.items()
        if thing[2] == "INSTALLED_APPS"
        for record in records
        for each in items(record[F.E_VALUE])
    )


def _speaks_of_health(context: RuleContext) -> bool:
    """Whether something of the project is called a health check, and no route is one."""
    project = context.project
    names = [each[F.F_NAME] for number, each in enumerate(project.functions)
             if project.roles[project.function_home[number]] != TEST]  # fmt: skip
    return any("health" in tokens(each.rpartition(".")[2]) for each in names)
