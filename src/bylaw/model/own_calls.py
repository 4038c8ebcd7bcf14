"""Calls of the project's own functions, methods and context managers: edges."""

from __future__ import annotations

from typing import Any

from bylaw.facts import schema as F
from bylaw.model.call_graph import HERE, THREAD, CallGraph, edge_of
from bylaw.model.class_lookup import descendants, implementations, is_interface
from bylaw.model.construction import add_construction, driver_of
from bylaw.model.evaluate import (
    DEFINITE,
    POSSIBLE,
    PROBABLE,
    attribute_value,
    call_value,
    evaluate,
    is_generator,
)
from bylaw.model.outside_calls import add_outside, add_seeds, knows
from bylaw.model.project import Project, Value
from bylaw.model.value_reads import read_chain

_MOST_CANDIDATES = 8
_ENTRY = (("__enter__", "__exit__"), ("__aenter__", "__aexit__"))
_SPECIAL = F.GENERATOR | F.ASYNC | F.ABSTRACT | F.EMPTY


def read_calls(graph: CallGraph, number: int, function: tuple[Any, ...]) -> None:
    """Resolves every call of one function; those nobody can name are counted."""
    project = graph.project
    module = project.function_home[number]
    memo = project.memo[module]
    situations = project.facts[module][F.SITUATIONS]
    chains = project.chains[module]
    silent = graph.silent
    unresolved = 0
    for call in function[F.F_CALLS]:
        path = call[F.C_PATH]
        value = memo[path] if path in memo else evaluate(project, module, path)
        if path in chains:
            read_chain(graph, number, chains[path], call)
        if value is None:
            if path[0] == "=" and project.roles[module] != "test":
                graph.pending.append((number, call))
            if not (call[F.C_FLAGS] & F.DECORATOR and _decorates(graph, module, path)):
                unresolved += 1
        elif value[0] in "XB" and value[1] in silent and not call[F.C_FLAGS] & F.ENTERED:
            unresolved += silent[value[1]]
        elif situations[call[F.C_SITUATION]][F.S_FLAGS] & F.IN_TYPE_CHECKING:
            continue
        elif not read_call(graph, number, function, call, value):
            unresolved += 1
    graph.unresolved += unresolved
    graph.resolved += len(function[F.F_CALLS]) - unresolved


def _decorates(graph: CallGraph, module: int, path: str) -> bool:
    """Whether what is applied came from a library that is known: ``@router.get("/")``."""
    made = evaluate(graph.project, module, path.removesuffix("()"))
    if made is None or made[0] not in "XB":
        return made is not None and is_generator(graph.project, made)
    return knows(graph, made[1])


def read_call(
    graph: CallGraph, number: int, function: tuple[Any, ...], call: tuple[Any, ...], value: Value
) -> bool:
    """Adds what one call does.

    Args:
        graph: the call graph being built.
        number: function that makes the call.
        function: its facts.
        call: the call fact.
        value: what is called.

    Returns:
        Whether it is known what the call does; a name from outside without a stub is not.
    """
    assert value is not None
    kind, known = value[0], True
    if kind == "F":
        _add_call(graph, number, function, call, value)
        if call[F.C_PATH][-7:] == "enter__":
            _add_leaving(graph, number, call)
    elif kind in "XB":
        known = add_outside(graph, number, call, value[1], value[2] if kind == "B" else DEFINITE)
    elif kind == "C":
        add_construction(graph, number, call, value[1])
    elif kind in "IY":
        target = attribute_value(graph.project, value, "__call__")
        known = target is not None and target[0] in "FB"
        if known:
            known = read_call(graph, number, function, call, target)
    else:
        known = kind in "GT"
    if call[F.C_FLAGS] & F.ENTERED and not is_generator(graph.project, value):
        names = _ENTRY[1 if call[F.C_FLAGS] & F.AWAITED else 0]
        _add_entering(graph, number, call, call_value(graph.project, value), names)
    return known


def _add_leaving(graph: CallGraph, number: int, call: tuple[Any, ...]) -> None:
    """What was entered by its name is left as well."""
    base, _, entry = call[F.C_PATH].rpartition(".")
    entered = evaluate(graph.project, graph.project.function_home[number], base)
    _add_entering(graph, number, call, entered, (entry.replace("enter", "exit"),))


def _add_call(
    graph: CallGraph, number: int, function: tuple[Any, ...], call: tuple[Any, ...], value: Value
) -> None:
    assert value is not None
    callee, confidence = value[1], value[2]
    target = graph.project.functions[callee]
    flags = target[F.F_FLAGS]
    driver = driver_of(graph, callee) if flags & F.ASYNC else None
    if driver is not None:
        graph.edges[number].append(edge_of(call, driver, max(confidence, PROBABLE)))
    elif flags & _SPECIAL:
        if not _runs(function, flags, call[F.C_FLAGS]):
            return
        abstract = flags & (F.ABSTRACT | F.EMPTY) and len(value) == 4
        if abstract and _add_overrides(graph, number, call, value):
            return
    mode = _decorated_mode(graph, callee) if target[F.F_DECORATORS] else HERE
    graph.edges[number].append(edge_of(call, callee, confidence, mode))


def _add_overrides(
    graph: CallGraph, number: int, call: tuple[Any, ...], value: tuple[Any, ...]
) -> bool:
    """Edges to the concrete methods behind an abstract one; False where there is none."""
    targets = overrides(graph.project, value[1], value[3])
    if graph.project.roles[graph.project.function_home[number]] != "test":
        targets = _in_production(graph.project, targets)
    least = max(value[2], PROBABLE if len(targets) == 1 else POSSIBLE)
    for target in targets[:_MOST_CANDIDATES]:
        graph.edges[number].append(edge_of(call, target, least))
    return bool(targets)


def _runs(caller: tuple[Any, ...], flags: int, use: int) -> bool:
    """Whether a call runs the body: not of a coroutine or generator that is only made."""
    if flags & F.GENERATOR and caller[F.F_PARENT] < 0:
        return bool(use & (F.ARGUMENT | F.ENTERED))
    if flags & F.ASYNC and not caller[F.F_FLAGS] & F.ASYNC:
        return bool(use & (F.ARGUMENT | F.AWAITED))
    return True


def _decorated_mode(graph: CallGraph, callee: int) -> str:
    """Where a decorator makes a function run: ``@sync_to_async`` moves it to a thread."""
    mode = graph.modes.get(callee)
    if mode is None:
        mode = graph.modes[callee] = _find_mode(graph.project, callee)
    return mode


def _find_mode(project: Project, callee: int) -> str:
    for path, _, _ in project.functions[callee][F.F_DECORATORS]:
        value = evaluate(project, project.function_home[callee], path) if path != "?" else None
        if value is not None and value[0] in "XB":
            invokes = project.stubs.lookup("invokes", value[1]) or ""
            if invokes.endswith((" thread", " wrapped", " process", " later")):
                return THREAD
    return HERE


def overrides(project: Project, callee: int, receiver: int) -> tuple[int, ...]:
    """The concrete methods behind an abstract or empty one, where ``receiver`` is asked for it.

    Args:
        project: the linked project.
        callee: number of the method.
        receiver: class of the object it is called on.

    Returns:
        Numbers of the methods, nearest first; none where the method itself is the answer.
    """
    key = (callee, receiver)
    stored = project.overrides_memo.get(key)
    if stored is not None:
        return stored
    name = project.functions[callee][F.F_NAME].rpartition(".")[2]
    below = descendants(project, receiver, evaluate)
    if not below and is_interface(project, receiver, evaluate):
        below = implementations(project, receiver, evaluate)
    found: list[int] = []
    for each in below:
        for method, index in project.classes[each][F.K_METHODS]:
            target = project.function_offset[project.class_home[each]] + index
            if method == name and not project.functions[target][F.F_FLAGS] & F.ABSTRACT:
                found.append(target)
    result = tuple(found) if callee not in found else ()
    project.overrides_memo[key] = result
    return result


def _in_production(project: Project, targets: tuple[int, ...]) -> tuple[int, ...]:
    roles, home = project.roles, project.function_home
    return tuple(each for each in targets if roles[home[each]] != "test") or targets


def _add_entering(
    graph: CallGraph, number: int, call: tuple[Any, ...], value: Value, names: tuple[str, ...]
) -> None:
    if value is None:
        return
    for name in names:
        target = attribute_value(graph.project, value, name)
        if target is not None and target[0] == "F":
            graph.edges[number].append(edge_of(call, target[1], target[2]))
        elif target is not None and target[0] == "B":
            add_seeds(graph, number, call, target[1], target[2], HERE)
