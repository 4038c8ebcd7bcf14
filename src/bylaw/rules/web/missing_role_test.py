"""``missing-role-test``: a router, service or schema that no test exercises as its role asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.backend.items import Component, Route
from bylaw.model.import_graph import import_edges
from bylaw.model.roles import TEST
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo
from bylaw.rules.web.registrations import tokens

INFO = RuleInfo(
    name="missing-role-test",
    summary="A router has no HTTP test, or a service no unit test.",
    clauses=("FS-7.1", "FS-7.2", "FS-7.3"),
    severity="warning",
    how="model",
    family="web",
    default=False,
    mend="send the router a request, call the service, give the schema valid and invalid data",
    options=(
        ("schemas", False, "schema modules need a test too, one that expects invalid data as well"),
        ("strict", False, "a service that is only reached through requests has no unit test"),
    ),
)

_REQUESTS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request",
                       "make_request", "open", "generic"})  # fmt: skip
_ROLES = frozenset(
    {"__init__", "router", "routers", "routes", "views", "view", "endpoints", "endpoint", "service",
     "services", "schemas", "schema", "api", "handlers", "urls"}
)  # fmt: skip
_FILLING = frozenset({"controller", "routes", "router", "views", "api", "handler", "handlers",
                      "service", "services", "endpoints", "crud"})  # fmt: skip
_REJECTIONS = frozenset({"ValidationError", "RequestValidationError"})


_SERVICES = frozenset({"service", "services"})


class _Coverage(NamedTuple):
    """What tests touch.

    Attributes:
        handlers: numbers of the handlers that requests are known to reach.
        called: numbers of the functions that tests, fixtures and helpers call.
        imported: modules that tests import.
        names: words of the paths of tests, one set for each file.
        sends: requests of tests whose path is not known.
        known: requests whose path is known.
        reached: functions that requests and calls reach in any number of calls.
    """

    handlers: frozenset[int]
    called: frozenset[int]
    imported: frozenset[int]
    names: tuple[frozenset[str], ...]
    sends: int
    known: int
    reached: frozenset[int]

    @property
    def is_unclear(self) -> bool:
        """Whether more than one request in ten goes to a path that is not known."""
        return self.sends * 10 > self.known


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per module."""
    judged = [each for each in context.backend.components
              if each.primary and (each.role in ("router", "service", "schema")
                                   or _serves(context, each))]  # fmt: skip
    if not judged:
        return
    coverage = _coverage(context)
    if not (coverage.known or coverage.sends):
        untested = [each for each in judged
                    if each.role == "router" and any(_router(context, each, coverage))]  # fmt: skip
        if len(untested) > 1:
            message = f"no test sends a request to any of {len(untested)} modules with handlers"
            yield _finding(context, untested[0], message, confidence=0)
            judged = [each for each in judged if each.role != "router"]
    for component in judged:
        if component.role == "router":
            yield from _router(context, component, coverage)
        elif component.role in ("service", "repository"):
            yield from _service(context, component, coverage)
        elif component.role == "schema" and context.option(INFO, "schemas"):
            yield from _schema(context, component, coverage)


def _serves(context: RuleContext, component: Component) -> bool:
    """Whether a module is called a service, and queries by itself what handlers ask it."""
    if component.role != "repository" or tokens(component.path).isdisjoint(_SERVICES):
        return False
    home = context.project.function_home
    return any(
        home[edge.callee] == component.module
        for route in context.backend.routes
        if route.function >= 0
        for edge in context.graph.edges[route.function]
    )


def _router(context: RuleContext, component: Component, coverage: _Coverage) -> Iterator[Finding]:
    own = _functions(context, component)
    handlers = {
        route.function
        for route in context.backend.routes
        if route.function in own and not _is_wrapper(context, route)
    }
    if not handlers or handlers & coverage.handlers:
        return
    named = _is_named(component, coverage)
    called = bool(handlers & coverage.called)
    if named and (coverage.sends or called):
        return
    unclear = coverage.is_unclear or (coverage.sends and (named or called))
    confidence = 2 if unclear else 1 if coverage.sends else 0
    message = f"no test sends a request to any of the {len(handlers)} handlers of {component.name}"
    yield _finding(context, component, message, confidence=confidence)


def _is_wrapper(context: RuleContext, route: Route) -> bool:
    """Whether what is registered is the inner function of somebody else's decorator."""
    nested = context.project.functions[route.function][F.F_FLAGS] & F.NESTED
    return bool(nested) and route.path != context.project.path_of(route.function)


def _service(context: RuleContext, component: Component, coverage: _Coverage) -> Iterator[Finding]:
    own = _functions(context, component)
    called_so = not tokens(component.path).isdisjoint(_SERVICES)
    if not called_so and "calls what queries" not in component.reason:
        return
    if own & coverage.called or component.module in coverage.imported:
        return
    if _is_named(component, coverage):
        return
    through = bool(own & coverage.reached)
    strict = context.option(INFO, "strict")
    message = f"no test calls {component.name}"
    if through:
        message += ", it is only reached through requests and other code"
    severity = "note" if through and not strict else INFO.severity
    confidence = 2 if coverage.is_unclear else 1
    yield _finding(context, component, message, confidence=confidence, severity=severity)


def _schema(context: RuleContext, component: Component, coverage: _Coverage) -> Iterator[Finding]:
    if component.module not in coverage.imported:
        message = f"no test imports {component.name} to give it valid and invalid data"
        yield _finding(context, component, message, confidence=1)
        return
    edges = import_edges(context.project)
    testing = {edge.importer for edge in edges if edge.imported == component.module}
    if not any(_expects_rejection(context, module) for module in testing):
        message = f"no test that imports {component.name} expects invalid data to be refused"
        yield _finding(context, component, message, confidence=1)


def _expects_rejection(context: RuleContext, module: int) -> bool:
    project = context.project
    if project.roles[module] != TEST:
        return False
    offset = project.function_offset[module]
    for number in range(offset, offset + len(project.facts[module][F.FUNCTIONS])):
        for call in project.functions[number][F.F_CALLS]:
            if call[F.C_PATH].endswith("raises") and any(
                each.rpartition(".")[2] in _REJECTIONS for each in call[F.C_ARGS]
            ):
                return True
    return False


def _finding(
    context: RuleContext, component: Component, message: str, *, confidence: int, severity: str = ""
) -> Finding:
    return make_finding(
        INFO,
        context.project,
        context.project.module_body(component.module),
        (component.line, 1, component.line),
        message,
        confidence=confidence,
        severity=severity,
        sink=component.name,
    )


def _functions(context: RuleContext, component: Component) -> frozenset[int]:
    offset = context.project.function_offset[component.module]
    count = len(context.project.facts[component.module][F.FUNCTIONS])
    return frozenset(range(offset + 1, offset + count))


def _is_named(component: Component, coverage: _Coverage) -> bool:
    """Whether a test file is named after a module, or after the folder it is the only one of."""
    parts = component.path.removesuffix(".py").split("/")
    own = next((each for each in reversed(parts) if each not in _ROLES), "")
    words = tokens(own) - _FILLING
    singular = {each.rstrip("s") for each in words}
    return bool(words) and any(singular <= each for each in coverage.names)


def _coverage(context: RuleContext) -> _Coverage:
    project, backend = context.project, context.backend
    called, handlers, requests = backend.reach_of_tests
    imported = {edge.imported for edge in import_edges(project)
                if project.roles[edge.importer] == TEST}  # fmt: skip
    names = [frozenset(word.rstrip("s") for word in tokens(path.removesuffix(".py")))
             for module, path in enumerate(project.paths)
             if project.roles[module] == TEST]  # fmt: skip
    reached = set(called | handlers)
    pending = list(reached)
    while pending:
        for edge in context.graph.edges[pending.pop()]:
            if edge.callee not in reached:
                reached.add(edge.callee)
                pending.append(edge.callee)
    return _Coverage(
        handlers, called, frozenset(imported), tuple(names), _sends_unknown(context), requests,
        frozenset(reached),
    )  # fmt: skip


def _sends_unknown(context: RuleContext) -> int:
    """How many requests of tests have a path that is put together where it cannot be read."""
    project = context.project
    count = 0
    for number, function in enumerate(project.functions):
        if project.roles[project.function_home[number]] != TEST:
            continue
        for call in function[F.F_CALLS]:
            base, _, name = call[F.C_PATH].rpartition(".")
            sent = name in _REQUESTS and ("client" in base.lower() or "api" in base.lower())
            if sent and not any("'/" in each for each in call[F.C_ARGS]):
                count += 1
    return count
