"""What making an object runs, and what defining a class or decorating a function adds."""

from __future__ import annotations

from typing import Any

from bylaw.facts import schema as F
from bylaw.model.call_graph import HERE, CallGraph, Edge, edge_of
from bylaw.model.class_lookup import descendants, outside_bases, resolution_order
from bylaw.model.evaluate import DEFINITE, PROBABLE, evaluate, is_generator, return_value
from bylaw.model.outside_calls import add_seeds
from bylaw.model.project import Making, Project

_MAKERS = ("__new__", "__init__", "__post_init__", "model_post_init")
_VALIDATORS = frozenset(
    f"pydantic.{name}"
    for name in ("validator", "root_validator", "field_validator", "model_validator")
)
_FACTORY = "default_factory="
_TO_PLAIN = frozenset({"asgiref.sync.async_to_sync"})
"""What makes a plain function of a coroutine function without running it yet."""


def add_construction(graph: CallGraph, number: int, call: tuple[Any, ...], owner: int) -> None:
    """Calling a class runs ``__init__`` and its kin, and what an outside base does when made."""
    project = graph.project
    making = project.making_memo.get(owner)
    if making is None:
        making = project.making_memo[owner] = _making(project, owner)
    for method, confidence in making.methods:
        graph.edges[number].append(edge_of(call, method, confidence))
    for dotted in making.outside:
        add_seeds(graph, number, call, dotted, PROBABLE, HERE)
    if making.base:
        add_seeds(graph, number, call, making.base, DEFINITE, HERE, owner)


def _making(project: Project, owner: int) -> Making:
    order = resolution_order(project, owner, evaluate)
    factories = _factories(project, order)
    outside = tuple(value[1] for value in factories if value[0] in "XB")
    bases = outside_bases(project, owner, evaluate)
    base = next((each for each in bases if project.stubs.effects(each)), "")
    return Making(_methods(project, order, factories), outside, base)


def _methods(
    project: Project, order: tuple[int, ...], factories: list[tuple[Any, ...]]
) -> tuple[tuple[int, int], ...]:
    """Constructors, validators and factories of fields, each with its confidence."""
    found: dict[int, int] = {}
    made: set[str] = set()
    for each in order:
        offset = project.function_offset[project.class_home[each]]
        methods = dict(project.classes[each][F.K_METHODS])
        for name in _MAKERS:
            if name in methods and name not in made:
                made.add(name)
                found[offset + methods[name]] = DEFINITE
        for name, index in methods.items():
            # A field's validator does not run where the field keeps its default.
            if name not in _MAKERS and _validates(project, offset + index):
                found.setdefault(offset + index, PROBABLE)
    for value in factories:
        if value[0] == "F":
            found.setdefault(value[1], PROBABLE)
    return tuple(found.items())


def _factories(project: Project, order: tuple[int, ...]) -> list[tuple[Any, ...]]:
    found = []
    for each in order:
        for attribute in project.classes[each][F.K_ATTRIBUTES]:
            for argument in attribute[F.A_ARGS]:
                if not argument.startswith(_FACTORY):
                    continue
                path = argument[len(_FACTORY) :]
                if path == "?":
                    path = _lambda_factory(project, each, attribute[F.A_LINE])
                if path and path[0] not in "'?:*" and "," not in path:
                    value = evaluate(project, project.class_home[each], path)
                    if value is not None:
                        found.append(value)
    return found


def _lambda_factory(project: Project, owner: int, line: int) -> str:
    """The lambda that a field on a line takes for its factory; the class body's call holds it."""
    offset = project.function_offset[project.class_home[owner]]
    body = project.functions[offset + project.classes[owner][F.K_FUNCTION]]
    for call in body[F.F_CALLS]:
        if line in (call[F.C_LINE], (call[F.C_ANCHOR] or (0,))[0]):
            for argument in call[F.C_ARGS]:
                if argument.startswith(f"{_FACTORY}#"):
                    return str(argument[len(_FACTORY) :])
    return "?"


def _validates(project: Project, number: int) -> bool:
    module = project.function_home[number]
    for path, _, _ in project.functions[number][F.F_DECORATORS]:
        value = evaluate(project, module, path) if "validator" in path else None
        dotted = value[1] if value is not None and value[0] == "X" else ""
        if project.stubs.canonical(dotted) in _VALIDATORS:
            return True
    return False


def subclass_hooks(project: Project) -> dict[int, list[Edge]]:
    """Defining a class runs the ``__init_subclass__`` of what it inherits from."""
    hooks = [
        number
        for number, record in enumerate(project.classes)
        if any(name == "__init_subclass__" for name, _ in record[F.K_METHODS])
    ]
    found: dict[int, list[Edge]] = {}
    for owner in hooks:
        index = dict(project.classes[owner][F.K_METHODS])["__init_subclass__"]
        method = project.function_offset[project.class_home[owner]] + index
        for each in descendants(project, owner, evaluate):
            record = project.classes[each]
            caller = project.function_offset[project.class_home[each]] + record[F.K_FUNCTION]
            place = (record[F.K_LINE], record[F.K_COL], record[F.K_LINE])
            edge = Edge(method, place, DEFINITE, HERE, 0, place)
            found.setdefault(caller, []).append(edge)
    return found


def read_decorators(graph: CallGraph, number: int, function: tuple[Any, ...]) -> None:
    """Calling a decorated function runs the wrapper that its decorator returns."""
    project = graph.project
    if driver_of(graph, number) is not None:
        return
    for path, _, line in function[F.F_DECORATORS]:
        wrapper = _wrapper(project, number, path, line)
        if wrapper is not None and _runs_within(project, function, wrapper):
            edge = Edge(wrapper, (line, 1, line), PROBABLE, HERE, 0, None)
            graph.edges[number].append(edge)


def driver_of(graph: CallGraph, number: int) -> int | None:
    """The plain function that stands in the place of a coroutine function and drives it.

    Args:
        graph: the call graph, being built or complete.
        number: function that may be decorated so.

    Returns:
        Number of the wrapper its decorator returns, where that hands what the decorated function
        gives to an event loop of its own; None where callers get a coroutine.
    """
    project = graph.project
    function = project.functions[number]
    if not function[F.F_FLAGS] & F.ASYNC or not function[F.F_DECORATORS]:
        return None
    if number not in graph.drivers:
        graph.drivers[number] = None
        for path, _, line in function[F.F_DECORATORS]:
            wrapper = _wrapper(project, number, path, line)
            if wrapper is not None and _drives(project, wrapper):
                graph.drivers[number] = wrapper
    return graph.drivers[number]


def _drives(project: Project, wrapper: int) -> bool:
    """Whether a wrapper is no coroutine function and runs what its decorator is given as one."""
    function = project.functions[wrapper]
    if function[F.F_FLAGS] & (F.ASYNC | F.GENERATOR) or function[F.F_PARENT] <= 0:
        return False
    module = project.function_home[wrapper]
    outer = project.functions[project.function_offset[module] + function[F.F_PARENT]]
    names = [(f"={param[F.P_NAME]}", f"{param[F.P_ANNOTATION]}!") for param in outer[F.F_PARAMS]]
    given = {f"{name}{end}" for pair in names for name in pair for end in ("()", "")}
    for call in function[F.F_CALLS]:
        if call[F.C_ARGS] and call[F.C_ARGS][0] in given:
            value = evaluate(project, module, call[F.C_PATH])
            name = str(value[1]) if value is not None and value[0] in "XB" else ""
            effects = project.stubs.effects(name) if name else None
            if name in _TO_PLAIN or any(each.qualifier == "loop" for each in effects or ()):
                return True
    return False


def _runs_within(project: Project, function: tuple[Any, ...], wrapper: int) -> bool:
    """Whether a wrapper's work is the function's own: an object's ``__call__`` is its callers'."""
    nested = project.functions[wrapper][F.F_FLAGS] & F.NESTED
    return bool(nested) or not function[F.F_FLAGS] & F.ASYNC


def _wrapper(project: Project, number: int, path: str, line: int) -> int | None:
    """Function that runs in the place of a decorated one, where the decorator makes a new one."""
    module = project.function_home[number]
    value = evaluate(project, module, path) if path != "?" else None
    if value is None or value[0] not in "FC":
        return None
    if value[0] == "F" and _is_factory(project, number, path, line):
        if is_generator(project, value):
            return int(value[1])
        value = return_value(project, value[1])
    if value is not None and value[0] == "F":
        value = return_value(project, value[1])
        if value is not None and value[0] == "F" and value[1] != number:
            nested = project.functions[value[1]][F.F_FLAGS] & F.NESTED
            return int(value[1]) if nested else None
    if value is None or value[0] not in "CI":
        return None
    called = evaluate_call(project, value[1])
    if called is not None and _is_factory(project, number, path, line):
        value = return_value(project, called)
        return int(value[1]) if value is not None and value[0] == "F" else None
    return called


def evaluate_call(project: Project, owner: int) -> int | None:
    """The ``__call__`` of a class, as a function number."""
    for each in resolution_order(project, owner, evaluate):
        index = dict(project.classes[each][F.K_METHODS]).get("__call__")
        if index is not None:
            return project.function_offset[project.class_home[each]] + int(index)
    return None


def _is_factory(project: Project, number: int, path: str, line: int) -> bool:
    """Whether a decorator is itself called: its result is what decorates."""
    parent = project.functions[number][F.F_PARENT]
    outer = project.functions[project.function_offset[project.function_home[number]] + parent]
    applied = f"{path}()"
    return any(
        call[F.C_PATH] == applied and call[F.C_LINE] == line and call[F.C_FLAGS] & F.DECORATOR
        for call in outer[F.F_CALLS]
    )
