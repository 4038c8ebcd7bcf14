"""Lists of Starlette ``Route`` and ``Mount``, which an application is made with."""

from __future__ import annotations

from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.model.backend.declared_index import DeclaredIndex, Object, locate, objects_of
from bylaw.model.backend.items import Route, Unresolved
from bylaw.model.backend.references import callable_name, method_of, text_of
from bylaw.model.backend.shapes import (
    Expression,
    given,
    is_call,
    is_false,
    keyword,
    last_name,
    line_of,
    path_of,
    render,
    texts,
)
from bylaw.model.backend.wiring import join

_METHODS = ("delete", "get", "head", "options", "patch", "post", "put")
_ROUTES = {"Route": "http", "APIRoute": "http", "WebSocketRoute": "websocket",
           "APIWebSocketRoute": "websocket"}  # fmt: skip
_DEEPEST = 12


class Listed(NamedTuple):
    """What a list of routes says."""

    routes: list[Route]
    mounts: list[tuple[Object, str]]
    unresolved: list[Unresolved]


def listed_routes(
    index: DeclaredIndex, module: int, function: int, shape: Expression, line: int
) -> Listed:
    """Routes of a list, of the lists it mounts and adds, and the applications it mounts.

    Args:
        index: the declarations.
        module: file of the list.
        function: the file's function it stands in.
        shape: the list, or a name of one.
        line: line to report where nothing better is known.

    Returns:
        Routes with their path below the list's owner.
    """
    listed = Listed([], [], [])
    _read(index, (module, function, line), shape, "", listed, 0)
    return listed


def _read(
    index: DeclaredIndex, place: tuple[int, int, int], shape: Expression, prefix: str,
    listed: Listed, depth: int,
) -> None:  # fmt: skip
    if shape is None or depth > _DEEPEST:
        return
    if type(shape) is tuple and shape[0] in ("list", "add"):
        for each in shape[1]:
            _read(index, place, each, prefix, listed, depth + 1)
    elif type(shape) is tuple and shape[0] == "star":
        _read(index, place, shape[1], prefix, listed, depth + 1)
    elif is_call(shape) and last_name(shape) in _ROUTES:
        listed.routes.append(_route(index, place, shape, prefix))
    elif is_call(shape) and last_name(shape) in ("Mount", "Host"):
        _read_mount(index, place, shape, prefix, listed, depth)
    else:
        _read_named(index, place, shape, prefix, listed, depth)


def _read_named(
    index: DeclaredIndex, place: tuple[int, int, int], shape: Expression, prefix: str,
    listed: Listed, depth: int,
) -> None:  # fmt: skip
    path = path_of(shape)
    found = locate(index.project, place[0], path) if path != "?" else None
    record = index.binding((found[0], 0, found[1])) if found is not None else None
    if record is None or found is None or is_call(record[F.E_VALUE]):
        what = index.project.paths[place[0]]
        reason = "this list of routes cannot be followed"
        listed.unresolved.append(
            Unresolved("router", render(shape), reason, what, line_of(shape, place[2]))
        )
        return
    there = (found[0], 0, record[F.E_LINE])
    _read(index, there, record[F.E_VALUE], prefix, listed, depth + 1)
    for grown in index.grown.get((found[0], 0, found[1]), ()):
        _read(index, there, grown[F.E_VALUE], prefix, listed, depth + 1)


def _read_mount(
    index: DeclaredIndex, place: tuple[int, int, int], shape: Expression, prefix: str,
    listed: Listed, depth: int,
) -> None:  # fmt: skip
    inside = join(prefix, "" if last_name(shape) == "Host"
                  else text_of(index, place[0], given(shape, 0, "path")))  # fmt: skip
    routes = keyword(shape, "routes")
    if routes is not None:
        _read(index, place, routes, inside, listed, depth + 1)
        return
    app = given(shape, 1, "app")
    if app is None:
        return
    for thing in objects_of(index, place[0], place[1], app):
        listed.mounts.append((thing, inside))
    if is_call(app) and keyword(app, "routes") is not None:
        _read(index, place, keyword(app, "routes"), inside, listed, depth + 1)


def _route(
    index: DeclaredIndex, place: tuple[int, int, int], call: Expression, prefix: str
) -> Route:
    module = place[0]
    kind = _ROUTES[last_name(call)]
    endpoint = given(call, 1, "endpoint")
    value = index.value(module, endpoint) if endpoint is not None else None
    name, function = callable_name(index, value, endpoint)
    owner = value[1] if value is not None and value[0] in "CI" else -1
    methods = tuple(sorted({each.upper() for each in texts(keyword(call, "methods"))}))
    if value is not None and value[0] == "C":
        named = [each for each in _METHODS if method_of(index, owner, (each,)) >= 0]
        methods = tuple(each.upper() for each in named)
    elif not methods and kind == "http":
        methods = ("GET",)
    facts = index.project.functions[function] if function >= 0 else None
    return Route(
        "starlette", kind, methods if kind == "http" else (),
        join(prefix, text_of(index, module, given(call, 0, "path"))), name, function, owner,
        bool(facts and facts[F.F_FLAGS] & F.ASYNC), (), "", (), 0,
        not is_false(keyword(call, "include_in_schema")),
        text_of(index, module, keyword(call, "name")), (), "", "", (), (),
        index.project.paths[module], line_of(call, place[2]), 1,
    )  # fmt: skip
