"""The view of a Django URL: functions, classes, and what wraps them."""

from __future__ import annotations

from bylaw.facts import schema as F
from bylaw.model.backend.class_bodies import outside_names
from bylaw.model.backend.declared_index import DeclaredIndex
from bylaw.model.backend.decorators import class_decorators, decorating, listed
from bylaw.model.backend.items import Dependency, Route, RouteParameter
from bylaw.model.backend.references import callable_name, method_of
from bylaw.model.backend.shapes import (
    Expression,
    is_call,
    last_name,
    path_of,
    receiver_of_as_view,
    texts,
)
from bylaw.model.backend.urls_drf import (
    GENERIC_VIEWS,
    DrfRouters,
    View,
    drf_route,
    mapped_actions,
)
from bylaw.model.class_lookup import resolution_order
from bylaw.model.evaluate import evaluate

_METHODS = ("delete", "get", "head", "options", "patch", "post", "put")
_BY_BASE = {
    "TemplateView": ("get",), "RedirectView": ("get",), "ListView": ("get",),
    "DetailView": ("get",), "FormView": ("get", "post"), "CreateView": ("get", "post"),
    "UpdateView": ("get", "post"), "DeleteView": ("get", "post"), "ArchiveIndexView": ("get",),
    "LoginView": ("get", "post"), "LogoutView": ("post",), "ProcessFormView": ("get", "post"),
}  # fmt: skip
_MIXIN_WORDS = ("Mixin", "Required")
_METHOD_DECORATORS = {
    "require_POST": ("POST",), "require_GET": ("GET",), "require_safe": ("GET", "HEAD"),
}  # fmt: skip


def view_routes(
    index: DeclaredIndex, routers: DrfRouters, where: View, view: Expression
) -> list[Route]:
    """Routes of one URL pattern.

    Args:
        index: the declarations.
        routers: routers and default permissions of Django REST framework.
        where: where it is registered.
        view: the view as written.

    Returns:
        The routes, empty where the view cannot be followed.
    """
    return _routes(index, routers, where, view, (), 0)


def _routes(
    index: DeclaredIndex, routers: DrfRouters, where: View, view: Expression,
    wrapped: tuple[Dependency, ...], depth: int,
) -> list[Route]:  # fmt: skip
    if view is None or depth > 8:
        return []
    path = path_of(view)
    if path.endswith(".as_view()"):
        value = evaluate(index.project, where.module, path[: -len(".as_view()")])
        if value is None or value[0] != "C":
            return _outside(index, where, value, receiver_of_as_view(view))
        return _class_routes(index, routers, where, value[1], view, wrapped)
    value = index.value(where.module, view)
    if is_call(view):
        if view[2]:
            name, number = callable_name(index, index.value(where.module, view[1]), view[1])
            place = (index.project.paths[where.module], where.line)
            guard = Dependency(name, number, "decorator", "route", *place)
            return _routes(index, routers, where, view[2][0], (*wrapped, guard), depth + 1)
        return []
    if value is not None and value[0] == "F":
        return [_function_route(index, routers, where, value[1], wrapped)]
    if value is not None and value[0] in "CI":
        name, number = callable_name(index, value, view)
        return [_plain(index, where, name, number, value[1], wrapped)]
    return _outside(index, where, value, view)


def _outside(index: DeclaredIndex, where: View, value: object, view: Expression) -> list[Route]:
    """A view of a library: there is a route, and nothing is known of it but its name."""
    if not isinstance(value, tuple) or value[0] not in "XYB":
        return []
    return [_plain(index, where, str(value[1]), -1, -1, ())]


def _plain(
    index: DeclaredIndex, where: View, name: str, function: int, owner: int,
    wrapped: tuple[Dependency, ...],
) -> Route:  # fmt: skip
    return Route(
        "django", "http", (), where.url, name, function, owner, False, (), "", (), 0, False,
        where.name, (), where.app, index.project.modules[where.module].name, wrapped,
        tuple(each.name for each in wrapped), index.project.paths[where.module], where.line, 1,
        where.conditional,
    )  # fmt: skip


def _function_route(
    index: DeclaredIndex, routers: DrfRouters, where: View, function: int,
    wrapped: tuple[Dependency, ...],
) -> Route:  # fmt: skip
    facts = index.project.functions[function]
    guards = (*wrapped, *decorating(index, function, frozenset(), 0))
    methods: tuple[str, ...] = ()
    framework = "django"
    for guard in guards:
        last = guard.name.rpartition(".")[2]
        if last == "api_view":
            framework, methods = "drf", _api_methods(index, function)
        elif last in _METHOD_DECORATORS:
            methods = _METHOD_DECORATORS[last]
        elif last == "require_http_methods":
            methods = _listed_methods(index, function, guard)
    guards = tuple(
        each for each in guards if each.name.rpartition(".")[2] not in
        ("api_view", "permission_classes")
    )  # fmt: skip
    if framework == "drf":
        guards = (*_function_permissions(index, routers, function), *guards)
    parameters = tuple(
        RouteParameter(name, "path", (annotation or "").lstrip("["), default is None,
                       facts[F.F_LINE])
        for name, annotation, default in facts[F.F_PARAMS][1:]
        if default != "*" and _is_in(name, where.url)
    )  # fmt: skip
    route = _plain(index, where, index.project.symbol(function), function, -1, guards)
    return route._replace(
        framework=framework, methods=methods, parameters=parameters,
        is_async=bool(facts[F.F_FLAGS] & F.ASYNC),
    )  # fmt: skip


def _is_in(name: str, url: str) -> bool:
    return any(f"{before}{name}>" in url for before in "<:")


def _api_methods(index: DeclaredIndex, function: int) -> tuple[str, ...]:
    for record in index.decorators.get(function, ()):
        call = record[F.E_VALUE]
        if last_name(call) == "api_view" and call[2]:
            return tuple(sorted(each.upper() for each in texts(call[2][0])))
    return ("GET",)


def _listed_methods(index: DeclaredIndex, function: int, guard: Dependency) -> tuple[str, ...]:
    for record in index.decorators.get(function, ()):
        call = record[F.E_VALUE]
        if last_name(call) == "require_http_methods" and call[2]:
            return tuple(sorted(each.upper() for each in texts(call[2][0])))
    return tuple(sorted(each.upper() for each in guard.scopes))


def _function_permissions(
    index: DeclaredIndex, routers: DrfRouters, function: int
) -> tuple[Dependency, ...]:
    module = index.project.function_home[function]
    for record in index.decorators.get(function, ()):
        call = record[F.E_VALUE]
        if last_name(call) == "permission_classes" and call[2]:
            return listed(index, module, call[2][0], "permission", "decorator", record[F.E_LINE])
    return routers.defaults


def _class_routes(
    index: DeclaredIndex, routers: DrfRouters, where: View, number: int, view: Expression,
    wrapped: tuple[Dependency, ...],
) -> list[Route]:  # fmt: skip
    names = outside_names(index, number)
    guards = (*wrapped, *_mixins(index, number), *_class_level(index, number))
    if any("rest_framework" in each for each in names):
        permissions = (*guards, *routers.permissions(number))
        mapped = mapped_actions(view)
        if mapped:
            return [drf_route(index, number, action, (method,), where, permissions)
                    for method, action in mapped]  # fmt: skip
        found = _own_methods(index, number, {each.rpartition(".")[2] for each in names})
        return [drf_route(index, number, each, (each.upper(),), where, permissions)
                for each in found] or [_bare(index, where, number, permissions, "drf")]  # fmt: skip
    routes = []
    for name in _own_methods(index, number, {each.rpartition(".")[2] for each in names}):
        function = method_of(index, number, (name,))
        own = decorating(index, function, frozenset(), 0) if function >= 0 else ()
        handler = f"{index.project.class_name(number)}.{name}"
        route = _plain(index, where, handler, function, number, (*guards, *own))
        is_async = function >= 0 and bool(index.project.functions[function][F.F_FLAGS] & F.ASYNC)
        routes.append(route._replace(methods=(name.upper(),), is_async=is_async))
    return routes or [_bare(index, where, number, guards, "django")]


def _bare(
    index: DeclaredIndex, where: View, number: int, guards: tuple[Dependency, ...], framework: str
) -> Route:
    """A view class whose methods are not told: it dispatches by itself."""
    function = method_of(index, number, ("dispatch", "__call__"))
    name = index.project.class_name(number)
    return _plain(index, where, name, function, number, guards)._replace(framework=framework)


def _own_methods(index: DeclaredIndex, number: int, bases: set[str]) -> list[str]:
    found = {name for name in _METHODS if method_of(index, number, (name,)) >= 0}
    for base in bases:
        found |= set(_BY_BASE.get(base, ())) | set(GENERIC_VIEWS.get(base, ()))
    return sorted(found)


def _mixins(index: DeclaredIndex, number: int) -> tuple[Dependency, ...]:
    """Mixins that guard: ``LoginRequiredMixin``, ``PermissionRequiredMixin`` and our own."""
    project = index.project
    place = (project.paths[project.class_home[number]], project.classes[number][F.K_LINE])
    ours = [project.class_name(each) for each in resolution_order(project, number, evaluate)[1:]]
    return tuple(
        Dependency(name, -1, "mixin", "class", *place)
        for name in (*ours, *outside_names(index, number))
        if any(word in name.rpartition(".")[2] for word in _MIXIN_WORDS)
    )


def _class_level(index: DeclaredIndex, number: int) -> tuple[Dependency, ...]:
    """Decorators of a view class and what it lists in ``decorators``."""
    project = index.project
    found = list(class_decorators(index, number, ("decorators",), "decorator"))
    for each in resolution_order(project, number, evaluate):
        module = project.class_home[each]
        for path, arguments, line in project.classes[each][F.K_DECORATORS]:
            target = path
            if path.rpartition(".")[2] == "method_decorator" and arguments:
                target = arguments[0]
            if target[0] in "'?:*":
                continue
            name, function = callable_name(index, evaluate(project, module, target), target)
            found.append(
                Dependency(name, function, "decorator", "class", project.paths[module], line)
            )
    return tuple(found)
