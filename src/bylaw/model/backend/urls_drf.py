"""Django REST framework: routers, view sets, their actions and permissions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.model.backend.class_bodies import outside_names
from bylaw.model.backend.declared_index import DeclaredIndex, Object, locate
from bylaw.model.backend.decorators import class_decorators, decorating, listed
from bylaw.model.backend.items import Dependency, Route, Routes, Unresolved
from bylaw.model.backend.references import method_of, text_of
from bylaw.model.backend.shapes import (
    Expression,
    entry,
    given,
    is_call,
    keyword,
    last_name,
    line_of,
    render,
    text,
    texts,
    words,
)
from bylaw.model.class_lookup import resolution_order
from bylaw.model.evaluate import evaluate
from bylaw.model.roles import TEST

_STANDARD = {
    "list": ("GET", False), "create": ("POST", False), "retrieve": ("GET", True),
    "update": ("PUT", True), "partial_update": ("PATCH", True), "destroy": ("DELETE", True),
}  # fmt: skip
_BY_BASE = {
    "ModelViewSet": tuple(_STANDARD),
    "ReadOnlyModelViewSet": ("list", "retrieve"),
    "ListModelMixin": ("list",),
    "CreateModelMixin": ("create",),
    "RetrieveModelMixin": ("retrieve",),
    "UpdateModelMixin": ("update", "partial_update"),
    "DestroyModelMixin": ("destroy",),
}
GENERIC_VIEWS = {
    "ListAPIView": ("get",), "CreateAPIView": ("post",), "RetrieveAPIView": ("get",),
    "DestroyAPIView": ("delete",), "UpdateAPIView": ("patch", "put"),
    "ListCreateAPIView": ("get", "post"), "RetrieveUpdateAPIView": ("get", "patch", "put"),
    "RetrieveDestroyAPIView": ("delete", "get"),
    "RetrieveUpdateDestroyAPIView": ("delete", "get", "patch", "put"),
}  # fmt: skip


class View(NamedTuple):
    """Where a view is registered.

    Attributes:
        module: file of the registration.
        line: its line.
        url: path so far.
        name: name of the route.
        conditional: registered under a condition.
        app: root of the URL configuration, or empty.
    """

    module: int
    line: int
    url: str
    name: str
    conditional: bool
    app: str


class DrfRouters:
    """Routers by the object they are, and the permissions that hold where a view names none."""

    def __init__(self, index: DeclaredIndex) -> None:
        self.index = index
        self.routers: dict[Object, list[tuple[int, Expression, int]]] = {}
        project = index.project
        for thing, records in index.bindings.items():
            shape = records[-1][F.E_VALUE]
            if not is_call(shape) or thing[1] or project.roles[thing[0]] == TEST:
                continue
            if last_name(shape).endswith("Router") and self._is_router(thing[0], shape):
                self.routers[thing] = []
        for module, record in index.calls:
            if record[F.E_NAME] != "register":
                continue
            base = words(record[F.E_VALUE][1]).removesuffix(".register")
            for thing in self.named(module, base):
                self.routers[thing].append((module, record[F.E_VALUE], record[F.E_LINE]))
        self.defaults = self._default_permissions()

    def _is_router(self, module: int, shape: Expression) -> bool:
        value = self.index.value(module, shape)
        if value is None:
            return False
        names = [str(value[1])] if value[0] in "XY" else []
        if value[0] == "I":
            names = outside_names(self.index, value[1])
        return any("rest_framework" in each and "Router" in each for each in names)

    def named(self, module: int, path: str) -> list[Object]:
        """The router that a path leads to, as a list of one or none."""
        place = locate(self.index.project, module, path) if path else None
        thing = (place[0], 0, place[1]) if place is not None else None
        return [thing] if thing in self.routers and thing is not None else []

    def _default_permissions(self) -> tuple[Dependency, ...]:
        """``DEFAULT_PERMISSION_CLASSES`` of the settings."""
        roles = self.index.project.roles
        for thing, records in sorted(self.index.bindings.items()):
            if thing[1:] != (0, "REST_FRAMEWORK") or roles[thing[0]] == TEST:
                continue
            shape, line = records[-1][F.E_VALUE], records[-1][F.E_LINE]
            path = self.index.project.paths[thing[0]]
            declared = texts(entry(shape, "DEFAULT_PERMISSION_CLASSES"))
            return tuple(
                Dependency(name, -1, "permission", "settings", path, line) for name in declared
            )
        return ()

    def permissions(self, number: int) -> tuple[Dependency, ...]:
        """Permissions of a view class: its own, else those of the settings."""
        project = self.index.project
        for each in resolution_order(project, number, evaluate):
            for attribute in project.classes[each][F.K_ATTRIBUTES]:
                if attribute[F.A_NAME] == "permission_classes":
                    return class_decorators(
                        self.index, number, ("permission_classes",), "permission"
                    )
        return self.defaults


def is_view_set(index: DeclaredIndex, number: int) -> bool:
    """Whether a class is a view set of Django REST framework."""
    return any(name.rpartition(".")[2].endswith("ViewSet") or "viewsets" in name
               for name in outside_names(index, number))  # fmt: skip


def standard_actions(index: DeclaredIndex, number: int) -> tuple[str, ...]:
    """Actions a view set has by its bases and its own methods, in the order of the router."""
    found = {
        action for name in outside_names(index, number)
        for action in _BY_BASE.get(name.rpartition(".")[2], ())
    }  # fmt: skip
    found |= {name for name in _STANDARD if method_of(index, number, (name,)) >= 0}
    return tuple(name for name in _STANDARD if name in found)


def drf_routes(index: DeclaredIndex, routers: DrfRouters, thing: Object, where: View) -> Routes:
    """Routes of everything registered on a router.

    Args:
        index: the declarations.
        routers: all routers.
        thing: the router.
        where: where it is included.

    Returns:
        One route for each method of each action.
    """
    found: list[Route] = []
    lost: list[Unresolved] = []
    for module, call, line in routers.routers[thing]:
        view = given(call, 1, "viewset")
        value = index.value(module, view) if view is not None else None
        prefix = text_of(index, module, given(call, 0, "prefix"))
        if value is None or value[0] != "C":
            path = index.project.paths[module]
            reason = "the view set cannot be followed"
            lost.append(Unresolved("route", render(view), reason, path, line))
            continue
        url = f"{where.url}{prefix}".rstrip("/")
        there = where._replace(module=module, line=line_of(call, line), url=url)
        found += _view_set(index, routers, value[1], there, index.symbol(thing))
    return Routes(tuple(found), tuple(lost))


def _view_set(
    index: DeclaredIndex, routers: DrfRouters, number: int, where: View, router: str
) -> Iterator[Route]:
    lookup = _lookup(index, number)
    permissions = routers.permissions(number)
    for action in standard_actions(index, number):
        method, detail = _STANDARD[action]
        url = f"{where.url}/{{{lookup}}}/" if detail else f"{where.url}/"
        yield drf_route(index, number, action, (method,), where._replace(url=url), permissions,
                        router)  # fmt: skip
    for name, call, line in _extra_actions(index, number):
        methods = tuple(sorted(each.upper() for each in texts(keyword(call, "methods"))))
        detail = given(call, 1, "detail") == ":True" or last_name(call) == "detail_route"
        part = text(keyword(call, "url_path")) or name
        url = f"{where.url}/{{{lookup}}}/{part}/" if detail else f"{where.url}/{part}/"
        own = keyword(call, "permission_classes")
        home = index.project.class_home[number]
        guards = permissions
        if own is not None:
            guards = listed(index, home, own, "permission", "decorator", line)
        for method in methods or ("GET",):
            yield drf_route(index, number, name, (method,), where._replace(url=url), guards,
                            router)  # fmt: skip


def _lookup(index: DeclaredIndex, number: int) -> str:
    project = index.project
    for wanted in ("lookup_url_kwarg", "lookup_field"):
        for each in resolution_order(project, number, evaluate):
            for attribute in project.classes[each][F.K_ATTRIBUTES]:
                if attribute[F.A_NAME] == wanted and attribute[F.A_ARGS]:
                    return str(attribute[F.A_ARGS][0][1:])
    return "pk"


def _extra_actions(index: DeclaredIndex, number: int) -> Iterator[tuple[str, Expression, int]]:
    """Methods that ``@action`` makes routes: name, decorating call and its line."""
    project = index.project
    seen = set()
    for each in resolution_order(project, number, evaluate):
        offset = project.function_offset[project.class_home[each]]
        for name, inner in project.classes[each][F.K_METHODS]:
            for record in index.decorators.get(offset + inner, ()):
                call = record[F.E_VALUE]
                wanted = last_name(call) in ("action", "list_route", "detail_route")
                if wanted and name not in seen:
                    seen.add(name)
                    yield name, call, record[F.E_LINE]


def drf_route(
    index: DeclaredIndex, number: int, action: str, methods: tuple[str, ...], where: View,
    permissions: tuple[Dependency, ...], router: str = "",
) -> Route:  # fmt: skip
    """One route of a class of Django REST framework."""
    project = index.project
    function = method_of(index, number, (action,))
    facts = project.functions[function] if function >= 0 else None
    handler = f"{project.class_name(number)}.{action}"
    guards = permissions
    if function >= 0:
        lines = frozenset(each[F.E_LINE] for each in index.decorators.get(function, ()))
        guards = (*guards, *decorating(index, function, lines, 0))
    serializer = next(
        (
            words(attribute[F.A_VALUE] or "?")
            for each in resolution_order(project, number, evaluate)
            for attribute in project.classes[each][F.K_ATTRIBUTES]
            if attribute[F.A_NAME] == "serializer_class"
        ),
        "",
    )
    return Route(
        "drf", "http", methods, where.url, handler, function, number,
        bool(facts and facts[F.F_FLAGS] & F.ASYNC), (), serializer, (), 0, True, where.name, (),
        where.app, router, guards,
        tuple(each.name for each in guards if each.kind == "decorator"),
        project.paths[where.module], where.line, 1, where.conditional,
    )  # fmt: skip


def mapped_actions(shape: Expression) -> tuple[tuple[str, str], ...]:
    """``{"get": "list"}`` of ``as_view``: method and action."""
    if not is_call(shape) or not shape[2]:
        return ()
    found = []
    for key, value in shape[2][0][1] if type(shape[2][0]) is tuple else ():
        method, action = text(key), text(value)
        if method is not None and action is not None:
            found.append((method.upper(), action))
    return tuple(found)


__all__ = [
    "GENERIC_VIEWS", "DrfRouters", "View", "drf_route", "drf_routes", "is_view_set",
    "mapped_actions",
]  # fmt: skip
