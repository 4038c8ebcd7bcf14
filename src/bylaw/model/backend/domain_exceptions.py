"""Exceptions of the project: where they are raised, and what turns them into responses."""

from __future__ import annotations

import builtins
from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.model.backend.class_bodies import outside_names
from bylaw.model.backend.declared_index import DeclaredIndex, locate
from bylaw.model.backend.items import DomainException, ExceptionHandler, Raise
from bylaw.model.backend.kinds import Made
from bylaw.model.backend.references import callable_name
from bylaw.model.backend.shapes import (
    Expression,
    given,
    items,
    keyword,
    last_name,
    pairs,
    path_of,
    render,
    words,
)
from bylaw.model.class_lookup import resolution_order
from bylaw.model.evaluate import evaluate
from bylaw.model.roles import TEST

_BUILT_IN = frozenset(
    name for name in dir(builtins)
    if isinstance(getattr(builtins, name), type)
    and issubclass(getattr(builtins, name), BaseException)
)  # fmt: skip
_DECORATORS = frozenset({"exception_handler", "errorhandler", "app_errorhandler"})
_CALLS = frozenset({"add_exception_handler", "register_error_handler", "exception_handler",
                    "errorhandler"})  # fmt: skip


def read_exceptions(
    index: DeclaredIndex, handlers: tuple[ExceptionHandler, ...]
) -> tuple[DomainException, ...]:
    """Exception classes of production code.

    Args:
        index: the declarations.
        handlers: what is registered for exceptions.

    Returns:
        Each with where it is raised and what handles it, sorted by path and line.
    """
    project = index.project
    raised = _raises(index)
    found = []
    for number, record in enumerate(project.classes):
        home = project.class_home[number]
        if project.roles[home] == TEST or not is_exception(index, number):
            continue
        order = resolution_order(project, number, evaluate)
        outside = outside_names(index, number)
        catching = [each for base in order for each in handlers if each.number == base]
        catching += [each for each in handlers if each.number < 0 and each.exception in outside]
        bases = (*(project.class_name(each) for each in order[1:]), *outside)
        found.append(
            DomainException(
                project.class_name(number), number, bases, tuple(raised.get(number, ())),
                tuple(catching), project.paths[home], record[F.K_LINE],
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda each: (each.path, each.line, each.name)))


def is_exception(index: DeclaredIndex, number: int) -> bool:
    """Whether a class is an exception, by what it derives from outside the project."""
    if not index.project.classes[number][F.K_BASES]:
        return False
    for name in outside_names(index, number):
        last = name.rpartition(".")[2]
        if name in _BUILT_IN or last.endswith(("Exception", "Error")) or last in _BUILT_IN:
            return True
    return False


def _raises(index: DeclaredIndex) -> dict[int, list[Raise]]:
    project = index.project
    found: dict[int, list[Raise]] = {}
    for number, function in enumerate(project.functions):
        home = project.function_home[number]
        if not function[F.F_RAISES] or project.roles[home] == TEST:
            continue
        for record in function[F.F_RAISES]:
            path = record[F.R_PATH]
            if not path or path.startswith("assert:"):
                continue
            value = evaluate(project, home, path)
            if value is not None and value[0] in "CI":
                place = (project.paths[home], record[F.R_LINE])
                found.setdefault(value[1], []).append(Raise(number, project.symbol(number), *place))
    return found


def read_handlers(index: DeclaredIndex, made: Made) -> tuple[ExceptionHandler, ...]:
    """What applications register for exceptions: decorators, calls, ``exception_handlers={}``."""
    project = index.project
    found: list[ExceptionHandler] = []
    for function, records in index.decorators.items():
        module = project.function_home[function]
        for record in records:
            call = record[F.E_VALUE]
            if last_name(call) in _DECORATORS and project.roles[module] != TEST:
                target = call[2][0] if call[2] else keyword(call, "code_or_exception")
                name = project.symbol(function)
                found += _handled(index, module, target, (name, function), record[F.E_LINE])
    for module, record in index.calls:
        call = record[F.E_VALUE]
        if record[F.E_NAME] in _CALLS and len(call[2]) + len(call[3]) > 1:
            if project.roles[module] == TEST:
                continue
            target = given(call, 0, "exc_class_or_status_code")
            handler = given(call, 1, "handler") or keyword(call, "f")
            named = callable_name(index, index.value(module, handler), handler)
            found += _handled(index, module, target, named, record[F.E_LINE])
    for thing in made.kinds:
        shape = keyword(made.call(thing), "exception_handlers")
        if shape is not None and project.roles[thing[0]] != TEST:
            found += _mapped(index, thing[0], shape, made.line(thing))
    unique = dict.fromkeys(found)
    return tuple(sorted(unique, key=lambda each: (each.path, each.line, each.exception)))


def _mapped(
    index: DeclaredIndex, module: int, shape: Expression, line: int
) -> Iterator[ExceptionHandler]:
    if not pairs(shape):
        path = path_of(shape)
        place = locate(index.project, module, path) if path != "?" else None
        record = index.binding((place[0], 0, place[1])) if place is not None else None
        if record is None or place is None:
            return
        module, shape, line = place[0], record[F.E_VALUE], record[F.E_LINE]
    for key, value in pairs(shape):
        named = callable_name(index, index.value(module, value), value)
        yield from _handled(index, module, key, named, line)


def _handled(
    index: DeclaredIndex, module: int, target: Expression, handler: tuple[str, int], line: int
) -> Iterator[ExceptionHandler]:
    if target is None:
        return
    for each in items(target) or (target,):
        value = index.value(module, each)
        name, number = words(each) or render(each), -1
        if value is not None and value[0] in "CI":
            name, number = index.project.class_name(value[1]), value[1]
        elif value is not None and value[0] in "XYB":
            name = str(value[1])
        yield ExceptionHandler(name, number, *handler, index.project.paths[module], line)


__all__ = ["is_exception", "read_exceptions", "read_handlers"]
