"""Routes of Django: ``urlpatterns`` from the root URL configuration down."""

from __future__ import annotations

from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.model.backend.declared_index import DeclaredIndex, Object, Record, locate
from bylaw.model.backend.items import Dependency, Route, Routes, Unresolved
from bylaw.model.backend.references import text_of
from bylaw.model.backend.shapes import (
    Expression,
    given,
    is_call,
    items,
    keyword,
    last_name,
    line_of,
    path_of,
    render,
    text,
    words,
)
from bylaw.model.backend.urls_drf import DrfRouters, View, drf_routes
from bylaw.model.backend.views_django import view_routes
from bylaw.model.project import find_module
from bylaw.model.roles import TEST

_ROUTES = frozenset({"path", "re_path", "url"})
_DEEPEST = 24


class _Place(NamedTuple):
    """Where the walk is.

    Attributes:
        module: file of the expression.
        line: line to report where nothing better is known.
        prefix: path so far.
        seen: modules on the way.
        wrapped: guards put round all that is included.
        conditional: included under a condition.
        lists: lists of patterns on the way; one that includes itself is read once.
    """

    module: int
    line: int
    prefix: str
    seen: tuple[int, ...]
    wrapped: tuple[Dependency, ...] = ()
    conditional: bool = False
    lists: tuple[Object, ...] = ()


class _Reader:
    def __init__(self, index: DeclaredIndex) -> None:
        self.index = index
        self.project = index.project
        self.routers = DrfRouters(index)
        self.found: list[Route] = []
        self.unresolved: list[Unresolved] = []
        self.reached: set[int] = set()
        self.app = ""

    def lost(self, kind: str, what: str, reason: str, place: _Place, line: int) -> None:
        path = self.project.paths[place.module]
        self.unresolved.append(Unresolved(kind, what, reason, path, line))


def read_django_routes(index: DeclaredIndex) -> Routes:
    """Every route that the URL configurations of a project lead to.

    Args:
        index: the declarations.

    Returns:
        One route for each method of class-based views, one without methods for plain views; those
        of URL configurations that nothing includes have no application.
    """
    reader = _Reader(index)
    roots = _root_modules(index)
    for module in roots:
        reader.app = index.project.modules[module].name
        _read_module(reader, _Place(module, 1, "", ()))
    reader.app = ""
    for module in _modules_with_patterns(index):
        if module not in reader.reached:
            _read_module(reader, _Place(module, 1, "", ()))
    return Routes(tuple(dict.fromkeys(reader.found)), tuple(dict.fromkeys(reader.unresolved)))


def _modules_with_patterns(index: DeclaredIndex) -> list[int]:
    roles = index.project.roles
    return sorted(
        thing[0] for thing in index.bindings
        if thing[1:] == (0, "urlpatterns") and roles[thing[0]] != TEST
    )  # fmt: skip


def _root_modules(index: DeclaredIndex) -> list[int]:
    """Modules that a settings module names as ``ROOT_URLCONF``."""
    project = index.project
    found: dict[int, None] = {}
    for module, bindings in enumerate(project.bindings):
        binding = bindings.get("ROOT_URLCONF")
        stored = binding[F.B_ANNOTATION] if binding is not None else None
        if isinstance(stored, str) and stored[0] == "'" and project.roles[module] != TEST:
            target = find_module(project, module, stored[1:])
            if target is not None:
                found[target] = None
    return sorted(found)


def _read_module(reader: _Reader, place: _Place) -> None:
    if place.module in place.seen or len(place.seen) > _DEEPEST:
        return
    reader.reached.add(place.module)
    _read_list(
        reader, place._replace(seen=(*place.seen, place.module)), (place.module, 0, "urlpatterns")
    )


def _read_list(reader: _Reader, place: _Place, thing: Object) -> None:
    """All that one list of patterns is given in its module."""
    if thing in place.lists:
        return
    index, place = reader.index, place._replace(lists=(*place.lists, thing))
    for record in index.bindings.get(thing, ()):
        _read_patterns(reader, _under(reader, place, record), record[F.E_VALUE])
    for record in index.grown.get(thing, ()):
        _read_patterns(reader, _under(reader, place, record), record[F.E_VALUE])
    for module, record in index.calls:
        if module != thing[0] or record[F.E_NAME] not in ("append", "extend", "insert"):
            continue
        call = record[F.E_VALUE]
        if words(call[1]) == f"{thing[2]}.{record[F.E_NAME]}" and call[2]:
            _read_patterns(reader, _under(reader, place, record), call[2][-1])


def _under(reader: _Reader, place: _Place, record: Record) -> _Place:
    flags = reader.index.flags(place.module, record)
    conditional = place.conditional or bool(flags & F.IN_CONDITION)
    return place._replace(line=record[F.E_LINE], conditional=conditional)


def _read_patterns(reader: _Reader, place: _Place, shape: Expression) -> None:
    if type(shape) is tuple and shape[0] in ("list", "add", "if"):
        for each in shape[1]:
            _read_patterns(reader, place, each)
    elif type(shape) is tuple and shape[0] == "star":
        _read_patterns(reader, place, shape[1])
    elif is_call(shape):
        _read_call(reader, place, shape)
    else:
        _read_reference(reader, place, shape)


def _read_reference(reader: _Reader, place: _Place, shape: Expression) -> None:
    """A name of a list of patterns, or ``router.urls``."""
    path = path_of(shape)
    if path.endswith(".urls") and _read_router(reader, place, path[: -len(".urls")]):
        return
    where = locate(reader.project, place.module, path) if path != "?" else None
    thing = (where[0], 0, where[1]) if where is not None else None
    if thing is None or thing not in reader.index.bindings:
        value = reader.index.value(place.module, shape)
        if value is None or value[0] != "X":
            reason = "these patterns cannot be followed"
            reader.lost("url", render(shape), reason, place, place.line)
        return
    there = place._replace(module=thing[0])
    if (thing[0], thing[2]) in {(each, "urlpatterns") for each in place.seen}:
        return
    _read_list(reader, there, thing)


def _read_call(reader: _Reader, place: _Place, call: Expression) -> None:
    name = last_name(call)
    place = place._replace(line=line_of(call, place.line))
    if name in _ROUTES:
        _read_path(reader, place, call)
    elif name in ("i18n_patterns", "format_suffix_patterns", "decorated_patterns", "list"):
        for each in call[2]:
            _read_patterns(reader, place, each)
    elif name == "include":
        _read_include(reader, place, call)
    else:
        value = reader.index.value(place.module, call[1])
        if value is None or value[0] not in "XYB":
            reason = "these patterns are made where this cannot be followed"
            reader.lost("url", render(call)[:80], reason, place, place.line)


def _read_path(reader: _Reader, place: _Place, call: Expression) -> None:
    route = given(call, 0, "regex" if last_name(call) == "url" else "route")
    own = text_of(reader.index, place.module, route)
    if last_name(call) != "path":
        own = plain_pattern(own)
    inside = place._replace(prefix=place.prefix + own)
    view = given(call, 1, "view")
    if is_call(view) and last_name(view) == "include":
        _read_include(reader, inside, view)
        return
    if type(view) is tuple and view[0] == "list":
        if view[1]:
            _read_patterns(reader, inside, view[1][0])
        return
    path = path_of(view)
    if path.endswith(".urls"):
        value = reader.index.value(place.module, view)
        if value is None or value[0] != "X":
            _read_reference(reader, inside, view)
        return
    name = text_of(reader.index, place.module, keyword(call, "name"))
    url = inside.prefix if inside.prefix.startswith(("/", "$")) else f"/{inside.prefix}"
    where = View(place.module, place.line, url, name, place.conditional, reader.app)
    routes = view_routes(reader.index, reader.routers, where, view)
    if not routes:
        reader.lost("url", render(view)[:80], "the view cannot be followed", place, place.line)
    reader.found += [
        each._replace(dependencies=(*place.wrapped, *each.dependencies)) for each in routes
    ]


def plain_pattern(pattern: str) -> str:
    """A regular expression without its anchors."""
    return pattern.removeprefix("^").removesuffix("$")


def _read_include(reader: _Reader, place: _Place, call: Expression) -> None:
    target = given(call, 0, "arg")
    if type(target) is tuple and target[0] == "list" and len(target[1]) == 2:
        first = target[1][0]
        if not (is_call(first) and last_name(first) in _ROUTES):
            target = first
    named = text(target)
    if named is not None:
        module = find_module(reader.project, place.module, named)
        if module is not None:
            _read_module(reader, place._replace(module=module))
        elif named.partition(".")[0] in reader.project.project_names:
            reader.lost("url", named, "this module is not there", place, place.line)
        return
    if items(target) or is_call(target):
        _read_patterns(reader, place, target)
        return
    value = reader.index.value(place.module, target) if target is not None else None
    if value is not None and value[0] == "M":
        _read_module(reader, place._replace(module=value[1]))
    elif value is None or value[0] != "X":
        _read_reference(reader, place, target)


def _read_router(reader: _Reader, place: _Place, path: str) -> bool:
    """Patterns that a router of Django REST framework makes; False where it is none."""
    things = reader.routers.named(place.module, path)
    if not things:
        return False
    prefix = place.prefix if place.prefix.startswith(("/", "$")) else f"/{place.prefix}"
    where = View(place.module, place.line, prefix, "", place.conditional, reader.app)
    for thing in things:
        found = drf_routes(reader.index, reader.routers, thing, where)
        reader.found += found.found
        reader.unresolved += found.unresolved
    return True
