"""Routes of Flask and its kin: decorators, blueprints, method views, flask-restful resources."""

from __future__ import annotations

from bylaw.facts import schema as F
from bylaw.model.backend.declared_index import (
    DeclaredIndex,
    Object,
    Record,
    objects_by_path,
    objects_of,
)
from bylaw.model.backend.decorators import class_decorators, decorating
from bylaw.model.backend.items import Dependency, Route, RouteParameter, Routes, Unresolved
from bylaw.model.backend.kinds import APPS, Made, framework_of
from bylaw.model.backend.references import callable_name, method_of, receiver, text_of
from bylaw.model.backend.shapes import (
    Expression,
    given,
    is_none,
    keyword,
    last_name,
    line_of,
    path_of,
    render,
    text,
    texts,
    words,
)
from bylaw.model.backend.wiring import Link, Node, compose, join
from bylaw.model.evaluate import evaluate
from bylaw.model.roles import TEST

_METHODS = ("delete", "get", "head", "options", "patch", "post", "put")
_SHORT = frozenset(_METHODS)
_FLASK = ("flask", "flask-restful")
_HOOKS = frozenset(
    {"before_request", "before_app_request", "url_value_preprocessor", "app_url_value_preprocessor"}
)
_JOINS = frozenset(
    {"register_blueprint", "add_namespace", "init_app", "add_url_rule", "before_request"}
)


class _Reader:
    """One reading of a project."""

    def __init__(self, index: DeclaredIndex, made: Made) -> None:
        self.index, self.made = index, made
        self.project = index.project
        self.nodes: dict[Object, Node] = {}
        self.routes: list[tuple[Object, Route]] = []
        self.links: list[Link] = []
        self.unresolved: list[Unresolved] = []

    def things(self, module: int, function: int, shape: Expression) -> list[Object]:
        found = objects_of(self.index, module, function, shape)
        if not found and shape is not None:
            found = self.made.only_app(module, shape, "flask")
        return [each for each in found if self.is_flask(each)]

    def is_flask(self, thing: Object) -> bool:
        return framework_of(self.made.kinds.get(thing, "")) in _FLASK

    def lost(self, kind: str, what: str, reason: str, module: int, line: int) -> None:
        self.unresolved.append(Unresolved(kind, what, reason, self.project.paths[module], line))


def read_flask_routes(index: DeclaredIndex, made: Made) -> Routes:
    """Every route of Flask, its blueprints and the APIs built on them.

    Args:
        index: the declarations.
        made: applications and blueprints.

    Returns:
        Routes with full path and guards, and what could not be followed.
    """
    reader = _Reader(index, made)
    roles = index.project.roles
    for thing in sorted(made.kinds):
        if reader.is_flask(thing) and roles[thing[0]] != TEST:
            _read_node(reader, thing)
    if not reader.nodes:
        return Routes((), ())
    _read_hooks(reader)
    for function in sorted(index.decorators):
        module = index.project.function_home[function]
        if roles[module] != TEST:
            for record in index.decorators[function]:
                _read_decorator(reader, module, function, record)
    for number in sorted(index.class_decorators):
        module = index.project.class_home[number]
        if roles[module] != TEST:
            for record in index.class_decorators[number]:
                _read_class_decorator(reader, module, number, record)
    for module, record in index.calls:
        if roles[module] != TEST:
            _read_call(reader, module, record)
    found = compose(reader.nodes, reader.routes, reader.links)
    return Routes(tuple(found), tuple(reader.unresolved))


def _read_node(reader: _Reader, thing: Object) -> None:
    index, module = reader.index, thing[0]
    call, kind = reader.made.call(thing), reader.made.kinds[thing]
    prefix = text_of(index, module, keyword(call, "url_prefix"))
    if kind.endswith("Namespace"):
        declared = keyword(call, "path")
        name = text_of(index, module, given(call, 0, "name"))
        prefix = f"/{name}" if is_none(declared) else text_of(index, module, declared)
    elif kind.endswith(".Api"):
        prefix = text_of(index, module, keyword(call, "prefix"))
        parent = given(call, 0, "app")
        if parent is not None:
            for each in reader.things(module, thing[1], parent):
                reader.links.append(Link(each, thing, ""))
    reader.nodes[thing] = Node(thing, index.symbol(thing), kind in APPS, prefix.rstrip("/"))


def _read_hooks(reader: _Reader) -> None:
    """``@bp.before_request``: what runs before every handler of a blueprint or application."""
    index, project = reader.index, reader.project
    for number, function in enumerate(project.functions):
        for path, _, line in function[F.F_DECORATORS]:
            base, _, name = path.rpartition(".")
            module = project.function_home[number]
            if name not in _HOOKS or project.roles[module] == TEST:
                continue
            parent = project.function_offset[module] + function[F.F_PARENT]
            for thing in objects_by_path(index, module, parent, base):
                _add_hook(reader, thing, number, project.paths[module], line, name)


def _add_hook(
    reader: _Reader, thing: Object, function: int, path: str, line: int, name: str
) -> None:
    everywhere = name in ("before_app_request", "app_url_value_preprocessor")
    for each, node in list(reader.nodes.items()):
        if each == thing or (everywhere and node.is_app):
            via = "app" if node.is_app else "router"
            symbol = reader.project.symbol(function)
            hook = Dependency(symbol, function, "hook", via, path, line)
            reader.nodes[each] = node._replace(dependencies=(*node.dependencies, hook))


def _route_lines(reader: _Reader, function: int) -> frozenset[int]:
    return frozenset(each[F.E_LINE] for each in reader.index.decorators.get(function, ()))


def _read_decorator(reader: _Reader, module: int, function: int, record: Record) -> None:
    call = record[F.E_VALUE]
    name = last_name(call)
    if name != "route" and name not in _SHORT:
        return
    facts = reader.project.functions[function]
    asked = receiver(call[1])
    things = reader.things(module, facts[F.F_PARENT], asked)
    if not things:
        _report_decorator(reader, module, facts[F.F_PARENT], call, record[F.E_LINE])
        return
    guards = decorating(reader.index, function, _route_lines(reader, function), record[F.E_LINE])
    methods = (name.upper(),) if name in _SHORT else _methods(call)
    for thing in things:
        for url in _urls(reader, module, call):
            place = (record[F.E_LINE], record[F.E_COL])
            route = _route(reader, module, function, url, place, methods, guards)
            flags = reader.index.flags(module, record)
            conditional = bool(flags & F.IN_CONDITION and not flags & F.IN_LOOP)
            framework = framework_of(reader.made.kinds[thing])
            reader.routes.append(
                (thing, route._replace(conditional=conditional, framework=framework))
            )


def _report_decorator(
    reader: _Reader, module: int, parent: int, call: Expression, line: int
) -> None:
    """Says so where a route is registered on something that is surely an application."""
    asked = receiver(call[1])
    if objects_of(reader.index, module, parent, asked):
        return
    value = reader.index.value(module, call[1])
    known = value is not None and value[0] in "XB" and str(value[1]).startswith("flask.")
    unknown = last_name(call) == "route" and path_of(asked)[:1] == "=" and bool(call[2])
    if known or (unknown and (text(call[2][0]) or "").startswith("/")):
        reason = "it is not known which application or blueprint this is"
        reader.lost("route", words(call[1]), reason, module, line)


def _urls(reader: _Reader, module: int, call: Expression) -> list[str]:
    args = call[2] or (keyword(call, "rule"),)
    return [text_of(reader.index, module, each) for each in args if each is not None] or [""]


def _methods(call: Expression) -> tuple[str, ...]:
    named = sorted({each.upper() for each in texts(keyword(call, "methods"))})
    return tuple(named) or ("GET",)


def _route(
    reader: _Reader, module: int, function: int, url: str, place: tuple[int, int],
    methods: tuple[str, ...], guards: tuple[Dependency, ...], owner: int = -1,
) -> Route:  # fmt: skip
    facts = reader.project.functions[function]
    skip = 1 if facts[F.F_CLASS] >= 0 else 0
    parameters = tuple(
        RouteParameter(name, "path" if f"{name}>" in url else "unknown",
                       (annotation or "").lstrip("["), default is None, facts[F.F_LINE])
        for name, annotation, default in facts[F.F_PARAMS][skip:] if default != "*"
    )  # fmt: skip
    return Route(
        "flask", "http", methods, url, reader.project.symbol(function), function, owner,
        bool(facts[F.F_FLAGS] & F.ASYNC), parameters, "", (), 0, False, "", (), "", "", guards,
        tuple(each.name for each in guards), reader.project.paths[module], *place,
    )  # fmt: skip


def _read_class_decorator(reader: _Reader, module: int, number: int, record: Record) -> None:
    call = record[F.E_VALUE]
    if last_name(call) != "route":
        return
    parent = reader.project.classes[number][F.K_FUNCTION]
    for thing in reader.things(module, parent, receiver(call[1])):
        for url in _urls(reader, module, call):
            _add_class(reader, thing, module, number, url, (record[F.E_LINE], record[F.E_COL]), ())


def _add_class(
    reader: _Reader, thing: Object, module: int, number: int, url: str, place: tuple[int, int],
    allowed: tuple[str, ...], framework: str = "",
) -> None:  # fmt: skip
    """One route for each method that a view class has."""
    index = reader.index
    shared = class_decorators(index, number, ("decorators", "method_decorators"), "decorator")
    found = False
    for name in _METHODS:
        function = method_of(index, number, (name,))
        if function < 0 or (allowed and name.upper() not in allowed):
            continue
        found = True
        guards = (*shared, *decorating(index, function, frozenset(), 0))
        route = _route(reader, module, function, url, place, (name.upper(),), guards, number)
        known = framework or framework_of(reader.made.kinds[thing])
        reader.routes.append((thing, route._replace(framework=known)))
    if not found:
        reason = "the class shows no method that answers a request"
        reader.lost("route", reader.project.class_name(number), reason, module, place[0])


def _read_call(reader: _Reader, module: int, record: Record) -> None:
    name, call = record[F.E_NAME], record[F.E_VALUE]
    if name not in _JOINS and not name.endswith("_resource"):
        return
    asked = receiver(call[1])
    things = reader.things(module, record[F.E_OWNER], asked)
    if not things:
        _report_call(reader, module, record, asked)
        return
    if name == "add_url_rule":
        _read_rule(reader, module, record, things)
    elif name.endswith("_resource"):
        _read_resource(reader, module, record, things)
    elif name == "before_request":
        _read_hook_call(reader, module, record, things)
    else:
        _read_join(reader, module, record, things)


def _report_call(reader: _Reader, module: int, record: Record, asked: Expression) -> None:
    name = record[F.E_NAME]
    if name not in ("register_blueprint", "add_url_rule", "add_resource", "add_namespace"):
        return
    if not objects_of(reader.index, module, record[F.E_OWNER], asked):
        reason = "it is not known which application or blueprint this is"
        what = words(record[F.E_VALUE][1])
        reader.lost("include", what, reason, module, record[F.E_LINE])


def _read_hook_call(reader: _Reader, module: int, record: Record, things: list[Object]) -> None:
    target = given(record[F.E_VALUE], 0, "f")
    value = reader.index.value(module, target) if target is not None else None
    if value is not None and value[0] == "F":
        for thing in things:
            path = reader.project.paths[module]
            _add_hook(reader, thing, value[1], path, record[F.E_LINE], "before_request")


def _read_join(reader: _Reader, module: int, record: Record, things: list[Object]) -> None:
    call, name, line = record[F.E_VALUE], record[F.E_NAME], record[F.E_LINE]
    target = given(call, 0, "ns" if name == "add_namespace" else "blueprint")
    others = reader.things(module, record[F.E_OWNER], target) if target is not None else []
    if name == "init_app":
        for api in things:
            for app in others:
                reader.links.append(Link(app, api, ""))
        return
    if not others:
        reason = "what it registers is made where this cannot be followed"
        reader.lost("router", render(target), reason, module, line)
        return
    declared = given(call, 1, "path") if name == "add_namespace" else keyword(call, "url_prefix")
    prefix = "" if is_none(declared) else text_of(reader.index, module, declared).rstrip("/")
    flags = reader.index.flags(module, record)
    conditional = bool(flags & F.IN_CONDITION and not flags & F.IN_LOOP)
    for parent in things:
        for child in others:
            reader.links.append(
                Link(parent, child, prefix, replaces=not is_none(declared), conditional=conditional)
            )


def _read_rule(reader: _Reader, module: int, record: Record, things: list[Object]) -> None:
    index, call = reader.index, record[F.E_VALUE]
    place = (line_of(call, record[F.E_LINE]), record[F.E_COL])
    url = text_of(index, module, given(call, 0, "rule"))
    view = given(call, 2, "view_func")
    path = path_of(view)
    allowed = tuple(sorted(each.upper() for each in texts(keyword(call, "methods"))))
    if path.endswith(".as_view()"):
        owner = evaluate(reader.project, module, path[: -len(".as_view()")])
        if owner is not None and owner[0] == "C":
            for thing in things:
                _add_class(reader, thing, module, owner[1], url, place, allowed, "flask")
            return
    value = index.value(module, view) if view is not None else None
    if value is None or value[0] != "F":
        reader.lost("route", url or render(view), "the view cannot be followed", module, place[0])
        return
    guards = decorating(index, value[1], frozenset(), 0)
    route = _route(reader, module, value[1], url, place, allowed or ("GET",), guards)
    reader.routes += [(thing, route) for thing in things]


def _read_resource(reader: _Reader, module: int, record: Record, things: list[Object]) -> None:
    """``api.add_resource(Resource, "/a", "/b")``, and methods of our own named alike."""
    index, call = reader.index, record[F.E_VALUE]
    if not call[2]:
        return
    target = call[2][0]
    value = index.value(module, target)
    place = (line_of(call, record[F.E_LINE]), record[F.E_COL])
    if value is None or value[0] != "C":
        name, _ = callable_name(index, value, target)
        reader.lost("route", name, "the resource cannot be followed", module, place[0])
        return
    for url in call[2][1:]:
        shown = join("", text_of(index, module, url))
        for thing in things:
            _add_class(reader, thing, module, value[1], shown, place, ())
