"""Who calls whom, and who does what to the outside world: edges and seeds of the effect system."""

from __future__ import annotations

from typing import Any, NamedTuple

from bylaw.facts import schema as F
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
from bylaw.model.project import Project, Value
from bylaw.model.variables import find_variable

HERE = ""
THREAD = "thread"
_MOST_CANDIDATES = 8
_CONSUMERS = frozenset(
    {"list", "tuple", "set", "frozenset", "sorted", "len", "bool", "any", "all", "sum", "min", "max",
     "dict", "enumerate"}
)  # fmt: skip
_WRITING_MODES = frozenset("wax+")

Place = tuple[int, int, int]


class Edge(NamedTuple):
    """One call of a first-party function.

    Attributes:
        callee: number of the function called.
        place: line, column, last line of the call.
        confidence: 0 definite, 1 probable, 2 possible.
        mode: where it runs: empty for here, ``thread`` for another thread or process.
        situation: what surrounds the call, in the caller's file.
        anchor: place of the statement, for calls outside functions.
    """

    callee: int
    place: Place
    confidence: int
    mode: str
    situation: int
    anchor: Place | None


class Seed(NamedTuple):
    """One effect that a function has itself.

    Attributes:
        kind: effect kind.
        qualifier: narrows it, or empty.
        sink: dotted name of the outside call or value.
        place: line, column, last line.
        confidence: as for edges.
        mode: as for edges.
        situation: as for edges.
        anchor: as for edges.
        key: constant first argument or subscript (a variable's name), or None.
    """

    kind: str
    qualifier: str
    sink: str
    place: Place
    confidence: int
    mode: str
    situation: int
    anchor: Place | None
    key: str | None


class CallGraph:
    """Edges and seeds of every function of a project."""

    __slots__ = ("edges", "project", "resolved", "seeds", "unresolved")

    def __init__(self, project: Project) -> None:
        self.project = project
        self.edges: list[list[Edge]] = []
        self.seeds: list[list[Seed]] = []
        self.resolved = 0
        self.unresolved = 0


def build_call_graph(project: Project) -> CallGraph:
    """Resolves every call of the project.

    Args:
        project: the linked project.

    Returns:
        The graph; an unknown callee has no effect and is counted.
    """
    graph = CallGraph(project)
    properties = _property_names(project)
    subclassed = _subclass_hooks(project)
    for number, function in enumerate(project.functions):
        graph.edges.append([])
        graph.seeds.append([])
        _read_calls(graph, number, function)
        _read_loads(graph, number, function, properties)
        if function[F.F_DECORATORS]:
            _read_decorators(graph, number, function)
        graph.unresolved += function[F.F_UNKNOWN]
    for number, edges in subclassed.items():
        graph.edges[number] += edges
    return graph


def _subclass_hooks(project: Project) -> dict[int, list[Edge]]:
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


def _property_names(project: Project) -> frozenset[str]:
    return frozenset(
        function[F.F_NAME].rpartition(".")[2]
        for function in project.functions
        if function[F.F_FLAGS] & F.PROPERTY
    )


def _read_calls(graph: CallGraph, number: int, function: tuple[Any, ...]) -> None:
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
        _add_outside(graph, number, call, value[1], value[2] if kind == "B" else DEFINITE)
    elif kind == "C":
        _add_construction(graph, number, call, value[1])
    elif kind in "IY":
        target = attribute_value(graph.project, value, "__call__")
        if target is not None and target[0] in "FB":
            _read_call(graph, number, function, call, target)
    if call[F.C_FLAGS] & F.ENTERED:
        _add_entering(graph, number, call, call_value(graph.project, value))


def _edge(call: tuple[Any, ...], callee: int, confidence: int, mode: str = HERE) -> Edge:
    place = (call[F.C_LINE], call[F.C_COL], call[F.C_END])
    return Edge(callee, place, confidence, mode, call[F.C_SITUATION], call[F.C_ANCHOR])


def _add_call(
    graph: CallGraph, number: int, function: tuple[Any, ...], call: tuple[Any, ...], value: Value
) -> None:
    assert value is not None
    callee, confidence = value[1], value[2]
    flags = graph.project.functions[callee][F.F_FLAGS]
    if flags & F.GENERATOR and function[F.F_PARENT] < 0:
        if not call[F.C_FLAGS] & (F.ARGUMENT | F.ENTERED):
            return
    if flags & F.ASYNC and not function[F.F_FLAGS] & F.ASYNC:
        if not call[F.C_FLAGS] & (F.ARGUMENT | F.AWAITED):
            return
    if flags & (F.ABSTRACT | F.EMPTY) and _add_overrides(graph, number, call, callee):
        return
    mode = _decorated_mode(graph, callee) if graph.project.functions[callee][F.F_DECORATORS] else HERE
    graph.edges[number].append(_edge(call, callee, confidence, mode))


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
        graph.edges[number].append(_edge(call, target, confidence))
    return bool(found)


def _add_construction(graph: CallGraph, number: int, call: tuple[Any, ...], owner: int) -> None:
    """Calling a class runs ``__init__`` and its kin, and what an outside base does when made."""
    project = graph.project
    for name in ("__new__", "__init__", "__post_init__"):
        for each in resolution_order(project, owner, evaluate):
            methods = dict(project.classes[each][F.K_METHODS])
            if name in methods:
                offset = project.function_offset[project.class_home[each]]
                graph.edges[number].append(_edge(call, offset + methods[name], DEFINITE))
                break
    for dotted in outside_bases(project, owner, evaluate):
        effects = graph.project.stubs.effects(dotted)
        if effects:
            _add_seeds(graph, number, call, dotted, DEFINITE, HERE, owner)
            return


def _add_entering(graph: CallGraph, number: int, call: tuple[Any, ...], value: Value) -> None:
    if value is None:
        return
    names = ("__aenter__", "__aexit__") if call[F.C_FLAGS] & F.AWAITED else ("__enter__", "__exit__")
    for name in names:
        target = attribute_value(graph.project, value, name)
        if target is not None and target[0] == "F":
            graph.edges[number].append(_edge(call, target[1], target[2]))
        elif target is not None and target[0] == "B":
            _add_seeds(graph, number, call, target[1], target[2], HERE)


def _add_outside(
    graph: CallGraph, number: int, call: tuple[Any, ...], dotted: str, confidence: int
) -> None:
    _add_seeds(graph, number, call, dotted, confidence, HERE)
    if dotted in _CONSUMERS and call[F.C_ARGS]:
        _add_consumed(graph, number, call)
    invokes = graph.project.stubs.lookup("invokes", dotted)
    if invokes:
        _add_invoked(graph, number, call, invokes)


def _add_consumed(graph: CallGraph, number: int, call: tuple[Any, ...]) -> None:
    """``list(query)`` and its kin iterate what they are given."""
    encoded = call[F.C_ARGS][0]
    if encoded[0] in "'?:*":
        return
    project = graph.project
    value = evaluate(project, project.function_home[number], encoded)
    if value is not None and value[0] == "Y":
        _add_seeds(graph, number, call, f"{value[1]}.__iter__", value[2], HERE)


def argument(call: tuple[Any, ...], position: str) -> str | None:
    """An encoded argument of a call by position or keyword, None where it is not given."""
    arguments = call[F.C_ARGS]
    if position.isdigit():
        plain = [each for each in arguments if "=" not in each[1:] or each[0] in "'"]
        index = int(position)
        return plain[index] if index < len(plain) else None
    prefix = f"{position}="
    return next((each[len(prefix) :] for each in arguments if each.startswith(prefix)), None)


def _add_invoked(graph: CallGraph, number: int, call: tuple[Any, ...], invokes: str) -> None:
    """An outside function that calls its argument: ``asyncio.run(f())``, ``pool.submit(f)``."""
    position, _, mode = invokes.partition(" ")
    encoded = argument(call, position)
    if mode == "later" or not encoded or encoded[0] in "'?:*":
        return
    project = graph.project
    value = evaluate(project, project.function_home[number], encoded)
    if value is None:
        return
    place = THREAD if mode in ("thread", "process") else HERE
    if value[0] == "F":
        graph.edges[number].append(_edge(call, value[1], max(value[2], DEFINITE), place))
    elif value[0] in "XB":
        _add_seeds(graph, number, call, value[1], DEFINITE, place)


def _add_seeds(
    graph: CallGraph,
    number: int,
    call: tuple[Any, ...],
    dotted: str,
    confidence: int,
    mode: str,
    owner: int = -1,
) -> None:
    effects = graph.project.stubs.effects(dotted)
    if not effects:
        return
    project = graph.project
    sink = project.stubs.canonical(dotted)
    if owner >= 0:
        sink = f"{sink} ({project.class_name(owner)})"
    key = constant_text(project, project.function_home[number], argument(call, "0"))
    place = (call[F.C_LINE], call[F.C_COL], call[F.C_END])
    for kind, qualifier in effects:
        if kind == "blocking" and call[F.C_FLAGS] & F.AWAITED:
            continue
        if _is_harmless(kind, qualifier, call):
            continue
        if qualifier == "mode" and opens_for_writing(call, sink):
            kind, qualifier = "filesystem-write", ""
        seed = Seed(
            kind, qualifier, sink, place, confidence, mode, call[F.C_SITUATION],
            call[F.C_ANCHOR], key,
        )  # fmt: skip
        graph.seeds[number].append(seed)


def _is_harmless(kind: str, qualifier: str, call: tuple[Any, ...]) -> bool:
    """Arguments that make an effect none: a seed that is given, a sleep of nothing."""
    if qualifier == "unseeded":
        return bool(call[F.C_ARGS])
    return kind == "sleep" and argument(call, "0") == ":0"


def constant_text(project: Project, module: int, encoded: str | None) -> str | None:
    """The text an encoded argument stands for, also by way of a module-level constant."""
    if not encoded:
        return None
    if encoded[0] == "'":
        return encoded[1:]
    if encoded[0] in "?:*=#$%&":
        return None
    variable = find_variable(project, module, encoded)
    text = variable.binding[F.B_ANNOTATION] if variable is not None else None
    if variable is not None and variable.binding[F.B_SHAPE] == "const" and text:
        return str(text)[1:] if str(text).startswith("'") else None
    return None


def opens_for_writing(call: tuple[Any, ...], sink: str) -> bool:
    """Whether an ``open`` call names a mode that writes."""
    position = "0" if sink.startswith("pathlib.") else "1"
    mode = argument(call, position) or argument(call, "mode")
    return bool(mode) and mode is not None and mode[0] == "'" and bool(
        _WRITING_MODES.intersection(mode[1:])
    )


def _read_loads(
    graph: CallGraph, number: int, function: tuple[Any, ...], properties: frozenset[str]
) -> None:
    project = graph.project
    module = project.function_home[number]
    hot = project.stubs.hot_values
    for load in function[F.F_LOADS]:
        path = load[F.L_PATH]
        last = path.rpartition(".")[2]
        if path[-1] == "*":
            _read_iteration(graph, number, module, load)
            continue
        if last in hot or (last == path and _is_hot_alias(project, module, path)):
            _read_value(graph, number, module, load)
        if last in properties and last != path:
            _read_property(graph, number, module, load, last)


def _is_hot_alias(project: Project, module: int, path: str) -> bool:
    """Whether a plain name was imported from something that is worth reading (``environ``)."""
    if path[0] == "~":
        return path.rpartition("|")[2] in project.stubs.hot_values
    binding = project.bindings[module].get(path)
    if binding is None or binding[F.B_KIND] not in "iv":
        return False
    if binding[F.B_KIND] == "v":
        return binding[F.B_VALUE] is not None
    record = project.facts[module][F.IMPORTS][binding[F.B_VALUE]]
    return record[F.I_NAME] in project.stubs.hot_values


def _read_iteration(graph: CallGraph, number: int, module: int, load: tuple[Any, ...]) -> None:
    """A loop over a lazy query runs it."""
    value = evaluate(graph.project, module, load[F.L_PATH][:-1])
    if value is not None and value[0] == "Y":
        place = (load[F.L_LINE], load[F.L_COL], load[F.L_END])
        call = ("", *place, 0, load[F.L_SITUATION], (), load[F.L_ANCHOR])
        _add_seeds(graph, number, call, f"{value[1]}.__iter__", value[2], HERE)


def _read_value(graph: CallGraph, number: int, module: int, load: tuple[Any, ...]) -> None:
    project = graph.project
    value = evaluate(project, module, load[F.L_PATH])
    if value is None or value[0] not in "XYB":
        return
    dotted = value[1]
    place = (load[F.L_LINE], load[F.L_COL], load[F.L_END])
    for kind, qualifier in project.stubs.value_effects(dotted):
        sink = project.stubs.canonical(dotted)
        seed = Seed(
            kind, qualifier, sink, place, DEFINITE, HERE, load[F.L_SITUATION], load[F.L_ANCHOR],
            constant_text(project, module, load[F.L_KEY]),
        )  # fmt: skip
        graph.seeds[number].append(seed)


def _read_property(
    graph: CallGraph, number: int, module: int, load: tuple[Any, ...], name: str
) -> None:
    project = graph.project
    base = evaluate(project, module, load[F.L_PATH].rpartition(".")[0])
    if base is None or base[0] != "I":
        return
    for each in resolution_order(project, base[1], evaluate):
        offset = project.function_offset[project.class_home[each]]
        for method, index in project.classes[each][F.K_METHODS]:
            target = offset + index
            if method == name and project.functions[target][F.F_FLAGS] & F.PROPERTY:
                place = (load[F.L_LINE], load[F.L_COL], load[F.L_END])
                edge = Edge(target, place, base[2], HERE, load[F.L_SITUATION], load[F.L_ANCHOR])
                graph.edges[number].append(edge)
                return


def _read_decorators(graph: CallGraph, number: int, function: tuple[Any, ...]) -> None:
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
            if value is not None and value[0] == "F" and value[1] != number:
                if project.functions[value[1]][F.F_FLAGS] & F.NESTED:
                    wrapper = value[1]
        if wrapper is not None:
            edge = Edge(wrapper, (line, 1, line), PROBABLE, HERE, 0, None)
            graph.edges[number].append(edge)
