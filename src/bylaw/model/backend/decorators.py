"""Decorators of handlers, as what guards a route."""

from __future__ import annotations

from bylaw.facts import schema as F
from bylaw.model.backend.declared_index import DeclaredIndex
from bylaw.model.backend.items import Dependency
from bylaw.model.backend.references import callable_name
from bylaw.model.backend.shapes import Expression, is_call, items, last_name, line_of, render, texts
from bylaw.model.class_lookup import resolution_order
from bylaw.model.evaluate import evaluate

_PLAIN = frozenset({"staticmethod", "classmethod", "property", "override", "abstractmethod"})


def decorating(
    index: DeclaredIndex, function: int, routes: frozenset[int], below: int
) -> tuple[Dependency, ...]:
    """What wraps a handler where it is registered: decorators below the one that registers it.

    Args:
        index: the declarations.
        function: number of the handler.
        routes: lines of decorators that register routes themselves.
        below: line of the registering decorator, 0 where all of them count.

    Returns:
        One dependency for each, outermost first.
    """
    project = index.project
    module = project.function_home[function]
    found = []
    for path, arguments, line in project.functions[function][F.F_DECORATORS]:
        if line <= below or line in routes or path.rpartition(".")[2] in _PLAIN:
            continue
        value = evaluate(project, module, path) if path != "?" else None
        name, number = callable_name(index, value, path)
        given = tuple(each[1:] for each in arguments if each[0] == "'")
        place = (project.paths[module], line)
        found.append(Dependency(name, number, "decorator", "decorator", *place, given))
    return tuple(found)


def class_decorators(
    index: DeclaredIndex, number: int, names: tuple[str, ...], kind: str
) -> tuple[Dependency, ...]:
    """What a class lists for all its methods: ``decorators``, ``permission_classes``.

    Args:
        index: the declarations.
        number: the class.
        names: attributes that hold such a list.
        kind: kind of the dependencies.

    Returns:
        One for each element; what the nearest class says counts.
    """
    project = index.project
    for each in resolution_order(project, number, evaluate):
        module = project.class_home[each]
        for record in index.attributes.get(each, ()):
            if record[F.E_NAME] in names:
                shape, line = record[F.E_VALUE][1], record[F.E_LINE]
                return listed(index, module, shape, kind, "class", line)
    return ()


def listed(
    index: DeclaredIndex, module: int, shape: Expression, kind: str, via: str, line: int
) -> tuple[Dependency, ...]:
    """One dependency for each element of a list of callables or classes."""
    found = []
    for each in items(shape):
        target = each[1] if is_call(each) else each
        if is_call(each) and last_name(each) == "method_decorator" and each[2]:
            target = each[2][0]
        name, number = callable_name(index, index.value(module, target), target)
        place = (index.project.paths[module], line_of(each, line))
        given = texts(("list", each[2])) if is_call(each) else ()
        found.append(Dependency(name or render(each), number, kind, via, *place, given))
    return tuple(found)
