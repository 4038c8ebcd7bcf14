"""Calls of the project's own functions, methods, classes and context managers: edges."""

from __future__ import annotations

from typing import Any

from bylaw.facts import schema as F
from bylaw.model.call_graph import HERE, THREAD, CallGraph, Edge, edge_of
from bylaw.model.class_lookup import descendants, outside_bases, resolution_order
from bylaw.model.evaluate import (
    DEFINITE,
    POSSIBLE,
    PROBABLE,
    attribute_value,
    call_value,
    evaluate,
    return_value,
)
from bylaw.model.outside_calls import add_outside, add_seeds
from bylaw.model.project import Project, Value

_MOST_CANDIDATES = 8


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


def read_calls(graph: CallGraph, number: int, function: tuple[Any, ...]) -> None:
    """Resolves every call of one function; those nobody can name are counted."""
    project = graph.project
    module = project.function_home[number]
    memo = project.memo[module]
    situations = project.facts[module][F.SITUATIONS]
    for call in function[F.F_CALLS]:
        path = call[F.C_PATH]
        value = memo[path] if path in memo else evaluate(project, module, path)
        if value is None:
            graph.unresolved += 1
            continue
        graph.resolved += 1
        if situations[call[F.C_SITUATION]][F.S_FLAGS] & F.IN_TYPE_CHECKING:
            continue
        _read_call(graph, number, function, call, value)


def _read_call(
    graph: CallGraph, number: int, function: tuple[Any, ...], call: tuple[Any, ...], value: Value
) -> None:
    assert value is not None
    kind = value[0]
    if kind == "F":
        _add_call(graph, number, function, call, value)
    elif kind in "XB":
        add_outside(graph, number, call, value[1], value[2] if kind == "B" else DEFINITE)
    elif kind == "C":
        _add_construction(graph, number, call, value[1])
    elif kind in "IY":
        target = attribute_value(graph.project, value, "__call__")
        if target is not None and target[0] in "FB":
            _read_call(graph, number, function, call, target)
    if call[F.C_FLAGS] & F.ENTERED:
        _add_entering(graph, number, call, call_value(graph.project, value))


def _add_call(
    graph: CallGraph, number: int, function: tuple[Any, ...], call: tuple[Any, ...], value: Value
) -> None:
    assert value is not None
    callee, confidence = value[1], value[2]
    flags = graph.project.functions[callee][F.F_FLAGS]
    if not _runs(function, flags, call[F.C_FLAGS]):
        return
    if flags & (F.ABSTRACT | F.EMPTY) and _add_overrides(graph, number, call, callee):
        return
    mode = (
        _decorated_mode(graph, callee) if graph.project.functions[callee][F.F_DECORATORS] else HERE
    )
    graph.edges[number].append(edge_of(call, callee, confidence, mode))


def _runs(caller: tuple[Any, ...], flags: int, use: int) -> bool:
    """Whether a call runs the body: not of a coroutine or generator that is only made."""
    if flags & F.GENERATOR and caller[F.F_PARENT] < 0:
        return bool(use & (F.ARGUMENT | F.ENTERED))
    if flags & F.ASYNC and not caller[F.F_FLAGS] & F.ASYNC:
        return bool(use & (F.ARGUMENT | F.AWAITED))
    return True


def _decorated_mode(graph: CallGraph, callee: int) -> str:
    """Where a decorator makes a function run: ``@sync_to_async`` moves it to a thread."""
    project = graph.project
    for path, _, _ in project.functions[callee][F.F_DECORATORS]:
        value = evaluate(project, project.function_home[callee], path) if path != "?" else None
        if value is not None and value[0] in "XB":
            invokes = project.stubs.lookup("invokes", value[1]) or ""
            if invokes.endswith((" thread", " process", " later")):
                return THREAD
    return HERE


def _add_overrides(graph: CallGraph, number: int, call: tuple[Any, ...], callee: int) -> bool:
    """Edges to the concrete methods behind an abstract one; False where there is none."""
    project = graph.project
    function = project.functions[callee]
    if function[F.F_CLASS] < 0:
        return False
    home = project.function_home[callee]
    owner = project.class_offset[home] + function[F.F_CLASS]
    name = function[F.F_NAME].rpartition(".")[2]
    found: list[int] = []
    for each in descendants(project, owner, evaluate):
        for method, index in project.classes[each][F.K_METHODS]:
            target = project.function_offset[project.class_home[each]] + index
            if method == name and not project.functions[target][F.F_FLAGS] & F.ABSTRACT:
                found.append(target)
    if project.roles[project.function_home[number]] != "test":
        outside_tests = [
            each for each in found if project.roles[project.function_home[each]] != "test"
        ]
        found = outside_tests or found
    confidence = PROBABLE if len(found) == 1 else POSSIBLE
    for target in found[:_MOST_CANDIDATES]:
        graph.edges[number].append(edge_of(call, target, confidence))
    return bool(found)


def _add_construction(graph: CallGraph, number: int, call: tuple[Any, ...], owner: int) -> None:
    """Calling a class runs ``__init__`` and its kin, and what an outside base does when made."""
    project = graph.project
    for name in ("__new__", "__init__", "__post_init__"):
        for each in resolution_order(project, owner, evaluate):
            methods = dict(project.classes[each][F.K_METHODS])
            if name in methods:
                offset = project.function_offset[project.class_home[each]]
                graph.edges[number].append(edge_of(call, offset + methods[name], DEFINITE))
                break
    for dotted in outside_bases(project, owner, evaluate):
        effects = graph.project.stubs.effects(dotted)
        if effects:
            add_seeds(graph, number, call, dotted, DEFINITE, HERE, owner)
            return


def _add_entering(graph: CallGraph, number: int, call: tuple[Any, ...], value: Value) -> None:
    if value is None:
        return
    names = (
        ("__aenter__", "__aexit__") if call[F.C_FLAGS] & F.AWAITED else ("__enter__", "__exit__")
    )
    for name in names:
        target = attribute_value(graph.project, value, name)
        if target is not None and target[0] == "F":
            graph.edges[number].append(edge_of(call, target[1], target[2]))
        elif target is not None and target[0] == "B":
            add_seeds(graph, number, call, target[1], target[2], HERE)


def read_decorators(graph: CallGraph, number: int, function: tuple[Any, ...]) -> None:
    """Calling a decorated function runs the wrapper that its decorator returns."""
    project = graph.project
    module = project.function_home[number]
    for path, _, line in function[F.F_DECORATORS]:
        value = evaluate(project, module, path) if path != "?" else None
        wrapper = None
        for _ in range(2):
            if value is None or value[0] != "F":
                break
            value = return_value(project, value[1])
            if value is None or value[0] != "F" or value[1] == number:
                continue
            if project.functions[value[1]][F.F_FLAGS] & F.NESTED:
                wrapper = value[1]
        if wrapper is not None:
            edge = Edge(wrapper, (line, 1, line), PROBABLE, HERE, 0, None)
            graph.edges[number].append(edge)
