"""What FastAPI calls before a handler: ``Depends`` of parameters, transitively."""

from __future__ import annotations

from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.model.backend.declared_index import DeclaredIndex, locate
from bylaw.model.backend.items import Dependency
from bylaw.model.backend.references import callable_name
from bylaw.model.backend.shapes import (
    Expression,
    base_name,
    given,
    is_call,
    items,
    keyword,
    last_name,
    line_of,
    path_of,
    texts,
)
from bylaw.model.class_lookup import resolution_order
from bylaw.model.evaluate import evaluate

_DEPENDS = frozenset({"Depends", "Security"})
_DEEPEST = 12


class Marker(NamedTuple):
    """What marks a parameter: ``Depends(f)``, ``Query()``, and the file where that is written.

    Attributes:
        call: the marking call.
        module: file it is written in.
        annotation: the type beside it.
    """

    call: Expression
    module: int
    annotation: Expression


def marker_of(index: DeclaredIndex, function: int, name: str) -> Marker | None:
    """What marks a parameter, by its default, its ``Annotated`` or an alias of one."""
    project = index.project
    module = project.function_home[function]
    record = index.parameters.get(function, {}).get(name)
    if record is None:
        params = project.functions[function][F.F_PARAMS]
        annotation = next((p[F.P_ANNOTATION] for p in params if p[F.P_NAME] == name), None)
        if annotation is None or annotation.endswith("()"):
            return None
        return _annotated(index, module, annotation.lstrip("["), 0)
    annotation, default = record[F.E_VALUE]
    if is_call(default):
        return Marker(default, module, annotation)
    return _annotated(index, module, annotation, 0)


def _annotated(index: DeclaredIndex, module: int, shape: Expression, depth: int) -> Marker | None:
    if shape is None or depth > _DEEPEST:
        return None
    if base_name(shape) == "Annotated":
        for each in shape[2][1:]:
            if is_call(each):
                return Marker(each, module, shape[2][0])
        return _annotated(index, module, shape[2][0], depth + 1)
    if type(shape) is tuple and shape[0] in ("or", "index"):
        return None
    path = path_of(shape)
    place = locate(index.project, module, path) if path != "?" else None
    record = index.binding((place[0], 0, place[1])) if place is not None else None
    if record is None or place is None or base_name(record[F.E_VALUE]) != "Annotated":
        return None
    return _annotated(index, place[0], record[F.E_VALUE], depth + 1)


def is_depends(shape: Expression) -> bool:
    """Whether an expression is ``Depends(...)`` or ``Security(...)``."""
    return is_call(shape) and last_name(shape) in _DEPENDS


def declared_dependency(
    index: DeclaredIndex, module: int, shape: Expression, via: str, line: int,
    annotation: Expression = None, depth: int = 0,
) -> Dependency | None:  # fmt: skip
    """The dependency that ``Depends(f)`` declares; ``Depends()`` stands for its annotation."""
    if not is_depends(shape):
        return None
    wanted = given(shape, 0, "dependency")
    target = annotation if wanted is None else wanted
    if target is None:
        return None
    name, function = callable_name(index, index.value(module, target), target)
    kind = "security" if last_name(shape) == "Security" else "depends"
    place = (index.project.paths[module], line_of(shape, line))
    return Dependency(name, function, kind, via, *place, texts(keyword(shape, "scopes")), depth)


def listed_dependencies(
    index: DeclaredIndex, module: int, shape: Expression, via: str, line: int
) -> tuple[Dependency, ...]:
    """Dependencies of a ``dependencies=[...]``, each with what it depends on itself."""
    if shape is not None and (type(shape) is not tuple or shape[0] == "name"):
        path = path_of(shape)
        place = locate(index.project, module, path) if path != "?" else None
        record = index.binding((place[0], 0, place[1])) if place is not None else None
        if record is not None and place is not None:
            return listed_dependencies(index, place[0], record[F.E_VALUE], via, line)
    found: list[Dependency] = []
    for each in items(shape):
        declaring, call = _followed(index, module, each)
        dependency = declared_dependency(index, declaring, call, via, line)
        if dependency is not None:
            found += with_transitive(index, dependency)
    return tuple(found)


def _followed(index: DeclaredIndex, module: int, shape: Expression) -> tuple[int, Expression]:
    """A name that holds ``Depends(f)``, followed to the call."""
    if is_call(shape):
        return module, shape
    path = path_of(shape)
    place = locate(index.project, module, path) if path != "?" else None
    record = index.binding((place[0], 0, place[1])) if place is not None else None
    if record is None or place is None:
        return module, shape
    return place[0], record[F.E_VALUE]


def with_transitive(index: DeclaredIndex, dependency: Dependency) -> list[Dependency]:
    """A dependency followed by all it needs, each function once."""
    found: list[Dependency] = []
    _collect(index, dependency, found, set())
    return found


def _collect(
    index: DeclaredIndex, dependency: Dependency, found: list[Dependency], seen: set[str]
) -> None:
    if dependency.name in seen or dependency.depth > _DEEPEST:
        return
    seen.add(dependency.name)
    found.append(dependency)
    for each in own_dependencies(index, dependency.function, dependency.depth + 1):
        _collect(index, each._replace(via="dependency"), found, seen)


def own_dependencies(index: DeclaredIndex, function: int, depth: int) -> list[Dependency]:
    """What the parameters of a function declare, in order."""
    if function < 0:
        return []
    found = []
    facts = index.project.functions[function]
    for param in facts[F.F_PARAMS]:
        marker = marker_of(index, function, param[F.P_NAME])
        if marker is None:
            continue
        dependency = declared_dependency(
            index, marker.module, marker.call, "parameter", facts[F.F_LINE],
            marker.annotation, depth,
        )  # fmt: skip
        if dependency is not None:
            found.append(dependency)
    return found


def class_dependencies(index: DeclaredIndex, number: int) -> list[Dependency]:
    """Dependencies that a class-based controller declares as attributes or in ``__init__``."""
    project = index.project
    found: list[Dependency] = []
    for each in resolution_order(project, number, evaluate):
        module = project.class_home[each]
        for record in index.attributes.get(each, ()):
            annotation, value = record[F.E_VALUE]
            marker = (
                Marker(value, module, annotation)
                if is_call(value)
                else _annotated(index, module, annotation, 0)
            )
            if marker is None:
                continue
            dependency = declared_dependency(
                index, marker.module, marker.call, "class", record[F.E_LINE], marker.annotation
            )
            if dependency is not None:
                found += with_transitive(index, dependency)
        for name, inner in project.classes[each][F.K_METHODS]:
            if name == "__init__":
                number = project.function_offset[module] + inner
                for dependency in own_dependencies(index, number, 0):
                    found += with_transitive(index, dependency._replace(via="class"))
    return found
