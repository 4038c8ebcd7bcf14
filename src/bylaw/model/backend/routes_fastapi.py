"""Routes of FastAPI and Starlette: decorators, ``add_api_route``, routers, mounts, route lists."""

from __future__ import annotations

from bylaw.facts import schema as F
from bylaw.model.backend.declared_index import DeclaredIndex, Object, Record, objects_of
from bylaw.model.backend.decorators import decorating
from bylaw.model.backend.depends import listed_dependencies
from bylaw.model.backend.handlers import read_handler
from bylaw.model.backend.items import Route, Routes, Unresolved
from bylaw.model.backend.kinds import APPS, Made, framework_of
from bylaw.model.backend.references import (
    callable_name,
    classes_in,
    method_of,
    receiver,
    status_of,
    text_of,
)
from bylaw.model.backend.routes_starlette import listed_routes
from bylaw.model.backend.shapes import (
    Expression,
    given,
    is_call,
    is_false,
    is_none,
    keyword,
    last_name,
    line_of,
    render,
    texts,
    words,
)
from bylaw.model.backend.wiring import Link, Node, compose
from bylaw.model.roles import TEST

_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "trace"})
_DECORATORS = _METHODS | {"api_route", "route", "websocket", "websocket_route"}
_ADDED = {
    "add_api_route": "http", "add_route": "http", "add_api_websocket_route": "websocket",
    "add_websocket_route": "websocket",
}  # fmt: skip
_ASGI = ("fastapi", "starlette")
_CONDITIONAL = F.IN_CONDITION


class _Reader:
    """One reading of a project."""

    def __init__(self, index: DeclaredIndex, made: Made) -> None:
        self.index, self.made = index, made
        self.project = index.project
        self.nodes: dict[Object, Node] = {}
        self.routes: list[tuple[Object, Route]] = []
        self.links: list[Link] = []
        self.unresolved: list[Unresolved] = []

    def is_asgi(self, thing: Object) -> bool:
        return framework_of(self.made.kinds.get(thing, "")) in _ASGI

    def is_tested(self, module: int) -> bool:
        return self.project.roles[module] == TEST

    def lost(self, kind: str, what: str, reason: str, module: int, line: int) -> None:
        self.unresolved.append(Unresolved(kind, what, reason, self.project.paths[module], line))


def read_asgi_routes(index: DeclaredIndex, made: Made) -> Routes:
    """Every route of FastAPI and Starlette.

    Args:
        index: the declarations.
        made: applications and routers.

    Returns:
        Routes with full path and dependencies, and what could not be followed.
    """
    reader = _Reader(index, made)
    for thing in sorted(made.kinds):
        if reader.is_asgi(thing) and not reader.is_tested(thing[0]):
            _read_node(reader, thing)
    for function in sorted(index.decorators):
        module = index.project.function_home[function]
        if not reader.is_tested(module):
            for record in index.decorators[function]:
                _read_decorator(reader, module, function, record)
    for module, record in index.calls:
        if not reader.is_tested(module):
            _read_call(reader, module, record)
    return Routes(
        tuple(compose(reader.nodes, reader.routes, reader.links)), tuple(reader.unresolved)
    )


def _read_node(reader: _Reader, thing: Object) -> None:
    index, module = reader.index, thing[0]
    call, line = reader.made.call(thing), reader.made.line(thing)
    kind = reader.made.kinds[thing]
    via = "app" if kind in APPS else "router"
    dependencies = listed_dependencies(index, module, keyword(call, "dependencies"), via, line)
    prefix = text_of(index, module, keyword(call, "prefix"))
    tags = _tags(keyword(call, "tags"))
    for home, place, restated in reader.made.restated(thing):
        declared = keyword(restated, "dependencies")
        dependencies = (*listed_dependencies(index, home, declared, via, place), *dependencies)
        if not prefix and keyword(restated, "prefix") is not None:
            known = text_of(index, home, keyword(restated, "prefix"))
            prefix = known if "${" not in known else prefix
    reader.nodes[thing] = Node(
        thing, index.symbol(thing), kind in APPS, prefix, dependencies, tags,
        not is_false(keyword(call, "include_in_schema")),
    )  # fmt: skip
    routes = keyword(call, "routes")
    if routes is not None:
        found = listed_routes(index, module, thing[1], routes, line)
        reader.routes += [(thing, route) for route in found.routes]
        reader.links += [Link(thing, child, prefix, mounted=True) for child, prefix in found.mounts]
        reader.unresolved += found.unresolved


def _tags(shape: Expression) -> tuple[str, ...]:
    if type(shape) is not tuple or shape[0] != "list":
        return ()
    known = texts(shape)
    others = [render(each) for each in shape[1] if type(each) is not str or each[0] != "'"]
    return (*known, *others)


def _things(reader: _Reader, module: int, function: int, shape: Expression) -> list[Object]:
    found = objects_of(reader.index, module, function, shape)
    if found or shape is None:
        return [thing for thing in found if reader.is_asgi(thing)]
    return reader.made.only_app(module, shape)


def _is_asgi_member(reader: _Reader, module: int, shape: Expression) -> bool:
    value = reader.index.value(module, shape)
    return bool(
        value is not None
        and value[0] in "XB"
        and str(value[1]).startswith(("fastapi.", "starlette."))
    )


def _read_decorator(reader: _Reader, module: int, function: int, record: Record) -> None:
    call = record[F.E_VALUE]
    name = last_name(call)
    if name not in _DECORATORS or "." not in words(call[1]):
        return
    parent = reader.project.functions[function][F.F_PARENT]
    asked = receiver(call[1])
    things = _things(reader, module, parent, asked)
    place = (record[F.E_LINE], record[F.E_COL])
    if not things:
        known = objects_of(reader.index, module, parent, asked)
        if not known and _is_asgi_member(reader, module, call[1]):
            reason = "it is not known which application or router this is"
            reader.lost("route", words(call[1]), reason, module, place[0])
        return
    conditional = bool(reader.index.flags(module, record) & _CONDITIONAL)
    kind = "websocket" if name.startswith("websocket") else "http"
    route = _route(reader, module, function, call, place, kind)
    methods = (name.upper(),) if name in _METHODS else _methods(call, kind)
    for thing in things:
        framework = framework_of(reader.made.kinds[thing])
        found = route._replace(methods=methods, framework=framework, conditional=conditional)
        reader.routes.append((thing, found))


def _methods(call: Expression, kind: str) -> tuple[str, ...]:
    if kind == "websocket":
        return ()
    named = sorted({each.upper() for each in texts(keyword(call, "methods"))})
    return tuple(named) or ("GET",)


def _route(
    reader: _Reader, module: int, function: int, call: Expression, place: tuple[int, int], kind: str
) -> Route:
    """A route as its own registration tells it; the path is that below its router."""
    index, project = reader.index, reader.project
    url = text_of(index, module, given(call, 0, "path"))
    facts = project.functions[function]
    bound = facts[F.F_CLASS] >= 0 and not facts[F.F_FLAGS] & F.STATIC
    parameters, dependencies = read_handler(index, function, url, is_bound=bound)
    declared = keyword(call, "dependencies")
    listed = listed_dependencies(index, module, declared, "route", place[0])
    own = index.decorators.get(function, ())
    below = place[0] if any(each[F.E_LINE] == place[0] for each in own) else 0
    lines = frozenset(each[F.E_LINE] for each in own)
    wrapped = decorating(index, function, lines, below)
    response, home = keyword(call, "response_model"), module
    if response is None and function in index.returns:
        response, home = index.returns[function][F.E_VALUE], project.function_home[function]
    name = text_of(index, module, keyword(call, "name"))
    owner = project.class_offset[project.function_home[function]] + facts[F.F_CLASS]
    return Route(
        "fastapi", kind, (), url, project.symbol(function), function,
        owner if facts[F.F_CLASS] >= 0 else -1, bool(facts[F.F_FLAGS] & F.ASYNC), parameters,
        "" if is_none(response) else render(response), classes_in(index, home, response),
        status_of(keyword(call, "status_code")),
        not is_false(keyword(call, "include_in_schema")), name, _tags(keyword(call, "tags")),
        "", "", (*wrapped, *listed, *dependencies), tuple(each.name for each in wrapped),
        project.paths[module], place[0], place[1],
    )  # fmt: skip


def _read_call(reader: _Reader, module: int, record: Record) -> None:
    call, name = record[F.E_VALUE], record[F.E_NAME]
    function = record[F.E_OWNER]
    if name not in ("include_router", "mount", "host", *_ADDED):
        return
    parents = _things(reader, module, function, receiver(call[1]))
    line = record[F.E_LINE]
    if not parents:
        known = objects_of(reader.index, module, function, receiver(call[1]))
        if not known and _is_asgi_member(reader, module, call[1]):
            reason = "it is not known which application or router this is"
            reader.lost("include", words(call[1]), reason, module, line)
        return
    if name in _ADDED:
        _read_added(reader, module, record, parents)
        return
    mounted = name != "include_router"
    child = given(call, 1, "app") if mounted else given(call, 0, "router")
    children = _things(reader, module, function, child)
    if not children:
        _report_child(reader, module, child, line, mounted)
        return
    prefix = text_of(reader.index, module, given(call, 0, "path") if mounted
                     else keyword(call, "prefix"))  # fmt: skip
    declared = keyword(call, "dependencies")
    dependencies = listed_dependencies(reader.index, module, declared, "include", line)
    flags = reader.index.flags(module, record)
    in_loop = bool(flags & F.IN_LOOP)
    conditional = bool(flags & _CONDITIONAL) and not in_loop
    for parent in parents:
        for each in children:
            reader.links.append(
                Link(parent, each, "" if name == "host" else prefix, dependencies,
                     _tags(keyword(call, "tags")),
                     not is_false(keyword(call, "include_in_schema")), mounted,
                     conditional=conditional)
            )  # fmt: skip


def _report_child(
    reader: _Reader, module: int, child: Expression, line: int, mounted: bool
) -> None:
    """Says what is included and cannot be followed; mounted files are no routes."""
    value = reader.index.value(module, child) if child is not None else None
    if mounted and value is not None and value[0] in "XY":
        return
    reason = "what it includes is made where this cannot be followed"
    if value is not None and value[0] in "XY":
        reason = "what it includes is not code of this project"
    reader.lost("router", render(child), reason, module, line)


def _read_added(reader: _Reader, module: int, record: Record, parents: list[Object]) -> None:
    index, call = reader.index, record[F.E_VALUE]
    kind = _ADDED[record[F.E_NAME]]
    endpoint = given(call, 1, "endpoint") or keyword(call, "route")
    value = index.value(module, endpoint) if endpoint is not None else None
    line, column = record[F.E_LINE], record[F.E_COL]
    function = value[1] if value is not None and value[0] == "F" else -1
    if function < 0:
        _read_class_endpoint(reader, module, record, parents, endpoint)
        return
    conditional = bool(index.flags(module, record) & _CONDITIONAL)
    route = _route(reader, module, function, call, (line, column), kind)
    for parent in parents:
        framework = framework_of(reader.made.kinds[parent])
        reader.routes.append(
            (parent, route._replace(methods=_methods(call, kind), framework=framework,
                                    conditional=conditional))
        )  # fmt: skip


def _read_class_endpoint(
    reader: _Reader, module: int, record: Record, parents: list[Object], endpoint: Expression
) -> None:
    """``add_route`` with a class, an instance, or something from outside."""
    index, call = reader.index, record[F.E_VALUE]
    value = index.value(module, endpoint) if endpoint is not None else None
    if endpoint is None or value is None or (value[0] in "XYB" and is_call(endpoint)):
        reason = "the handler cannot be followed"
        reader.lost("route", render(endpoint), reason, module, record[F.E_LINE])
        return
    name, function = callable_name(index, value, endpoint)
    methods = _methods(call, "http")
    owner = value[1] if value[0] in "CI" else -1
    if value[0] == "C":
        named = [each for each in sorted(_METHODS) if method_of(index, owner, (each,)) >= 0]
        methods = tuple(each.upper() for each in named)
    is_async = function >= 0 and bool(index.project.functions[function][F.F_FLAGS] & F.ASYNC)
    route = Route(
        "starlette", _ADDED[record[F.E_NAME]], methods,
        text_of(index, module, given(call, 0, "path")), name, function, owner, is_async, (), "",
        (), 0, not is_false(keyword(call, "include_in_schema")),
        text_of(index, module, keyword(call, "name")), (), "", "", (), (),
        reader.project.paths[module], line_of(call, record[F.E_LINE]), record[F.E_COL],
        bool(index.flags(module, record) & _CONDITIONAL),
    )  # fmt: skip
    reader.routes += [(parent, route) for parent in parents]
