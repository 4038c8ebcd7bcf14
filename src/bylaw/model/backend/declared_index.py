"""Everything the facts keep whole, by owner; and which object a name leads to."""

from __future__ import annotations

from typing import Any

from bylaw.facts import schema as F
from bylaw.model.backend.shapes import Expression, path_of, words
from bylaw.model.call_graph import CallGraph
from bylaw.model.evaluate import evaluate
from bylaw.model.project import Project, Value, absolute_module, find_module

Record = tuple[Any, ...]
Object = tuple[int, int, str]
"""A named object: module, the file's function that makes it (0 for the module), name."""

_DEEPEST = 12


class DeclaredIndex:
    """Declarations of a whole project by owner, numbered as the project numbers them."""

    __slots__ = (
        "attributes", "bindings", "callers", "calls", "class_decorators", "composing", "decorators",
        "graph", "grown", "parameters", "project", "returned", "returns",
    )  # fmt: skip

    def __init__(self, graph: CallGraph) -> None:
        self.graph = graph
        self.project: Project = graph.project
        self.bindings: dict[Object, list[Record]] = {}
        self.grown: dict[Object, list[Record]] = {}
        self.calls: list[tuple[int, Record]] = []
        self.decorators: dict[int, list[Record]] = {}
        self.class_decorators: dict[int, list[Record]] = {}
        self.parameters: dict[int, dict[str, Record]] = {}
        self.returns: dict[int, Record] = {}
        self.returned: dict[int, list[Record]] = {}
        self.attributes: dict[int, list[Record]] = {}
        self.callers: dict[int, list[int]] | None = None
        self.composing: set[tuple[int, str]] = set()
        for module, facts in enumerate(self.project.facts):
            for record in facts[F.DECLARED]:
                self._add(module, record)

    def _add(self, module: int, record: Record) -> None:
        kind, owner, name = record[F.E_KIND], record[F.E_OWNER], record[F.E_NAME]
        function = self.project.function_offset[module] + owner
        number = self.project.class_offset[module] + owner
        if kind == "p":
            self.parameters.setdefault(function, {})[name] = record
        elif kind == "a":
            self.attributes.setdefault(number, []).append(record)
        elif kind == "b":
            self.bindings.setdefault((module, owner, name), []).append(record)
        elif kind == "d":
            self.decorators.setdefault(function, []).append(record)
        elif kind == "c":
            self.calls.append((module, record))
        elif kind == "r":
            self.returns[function] = record
        elif kind == "D":
            self.class_decorators.setdefault(number, []).append(record)
        elif kind == "v":
            self.returned.setdefault(function, []).append(record)
        elif kind == "g":
            self.grown.setdefault((module, owner, name), []).append(record)

    def value(self, module: int, shape: Expression) -> Value:
        """What an expression stands for."""
        path = path_of(shape)
        return None if path == "?" else evaluate(self.project, module, path)

    def binding(self, thing: Object) -> Record | None:
        """The last declaration of an object that is kept whole."""
        found = self.bindings.get(thing)
        return found[-1] if found else None

    def flags(self, module: int, record: Record) -> int:
        """What surrounds a declaration."""
        situations = self.project.facts[module][F.SITUATIONS]
        return int(situations[record[F.E_SITUATION]][F.S_FLAGS])

    def callers_of(self, function: int) -> list[int]:
        """Functions that call a function, sorted."""
        if self.callers is None:
            table: dict[int, set[int]] = {}
            for number, edges in enumerate(self.graph.edges):
                for edge in edges:
                    table.setdefault(edge.callee, set()).add(number)
            self.callers = {callee: sorted(found) for callee, found in table.items()}
        return self.callers.get(function, [])

    def symbol(self, thing: Object) -> str:
        """Dotted name of an object."""
        module, function, name = thing
        return f"{self.project.symbol(self.project.function_offset[module] + function)}.{name}"


_MARKS = frozenset("()[]*+!=$%&#@?")


def locate(project: Project, module: int, path: str, depth: int = 0) -> tuple[int, str] | None:
    """Module and name where the object is bound that a path leads to, through imports.

    Args:
        project: the linked project.
        module: file the path is written in.
        path: names joined by dots, or an import made inside a function.
        depth: how far aliases were followed.

    Returns:
        The place, or None when it is not a name of a module of ours.
    """
    if depth > _DEEPEST or not _MARKS.isdisjoint(path):
        return None
    if path[0] == "~":
        return _locate_inner_import(project, module, path, depth)
    base, dot, name = path.rpartition(".")
    if dot:
        holder = evaluate(project, module, base)
        if holder is None or holder[0] != "M":
            return None
        return _locate_name(project, holder[1], name, depth + 1)
    return _locate_name(project, module, path, depth)


def _locate_inner_import(
    project: Project, module: int, path: str, depth: int
) -> tuple[int, str] | None:
    level, inside, rest = path[1:].split("|")
    name, dot, attribute = rest.rpartition(".")
    if dot:
        holder = evaluate(project, module, f"~{level}|{inside}|{name}")
        if holder is not None and holder[0] == "M":
            return _locate_name(project, holder[1], attribute, depth + 1)
        return None
    dotted = absolute_module(project, module, int(level), inside.replace("/", "."))
    target = find_module(project, module, dotted) if dotted else None
    return _locate_name(project, target, rest, depth + 1) if target is not None else None


def _locate_name(project: Project, module: int, name: str, depth: int) -> tuple[int, str] | None:
    binding = project.bindings[module].get(name)
    if binding is None:
        for level, inside in project.facts[module][F.STARS]:
            target = find_module(project, module, absolute_module(project, module, level, inside))
            if target is not None and target != module and depth < _DEEPEST:
                found = _locate_name(project, target, name, depth + 1)
                if found is not None:
                    return found
        return None
    if binding[F.B_KIND] == "i":
        record = project.facts[module][F.IMPORTS][binding[F.B_VALUE]]
        if not record[F.I_NAME]:
            return None
        dotted = absolute_module(project, module, record[F.I_LEVEL], record[F.I_MODULE])
        target = find_module(project, module, dotted) if dotted else None
        if target is None or target == module:
            return None
        return _locate_name(project, target, record[F.I_NAME], depth + 1)
    value = binding[F.B_VALUE]
    if binding[F.B_KIND] == "v" and isinstance(value, str) and value != name:
        followed = locate(project, module, value, depth + 1)
        if followed is not None:
            return followed
    return (module, name)


def objects_of(index: DeclaredIndex, module: int, function: int, shape: Expression) -> list[Object]:
    """The named objects an expression may stand for; several where callers pass several.

    Args:
        index: the declarations.
        module: file of the expression.
        function: the file's function it stands in, 0 for the module.
        shape: the expression.

    Returns:
        The objects, empty where none is known.
    """
    return _objects(index, module, function, shape, 0)


def _objects(
    index: DeclaredIndex, module: int, function: int, shape: Expression, depth: int
) -> list[Object]:
    if depth > _DEEPEST or shape is None:
        return []
    path, raw = path_of(shape), words(shape)
    if type(shape) is tuple and shape[0] == "call":
        return _made_by(index, module, shape, depth)
    if path.endswith("*"):
        return _elements(index, module, function, path[:-1], depth)
    root = raw.partition(".")[0]
    if raw == root and root:
        local = _local(index, module, function, root)
        if local is not None:
            if local in index.bindings:
                return _bound(index, local, depth + 1)
            return _passed(index, local, depth)
    place = locate(index.project, module, path) if path != "?" else None
    if place is None:
        return []
    return _bound(index, (place[0], 0, place[1]), depth)


def _bound(index: DeclaredIndex, thing: Object, depth: int) -> list[Object]:
    """The object itself, or those that the first-party function makes whose result it holds."""
    record = index.binding(thing)
    if record is None:
        binding = index.project.bindings[thing[0]].get(thing[2])
        value = binding[F.B_VALUE] if binding is not None and binding[F.B_KIND] == "v" else None
        if isinstance(value, str) and value.endswith("*"):
            return _elements(index, thing[0], 0, value[:-1], depth)
        return []
    shape = record[F.E_VALUE]
    if type(shape) is tuple and shape[0] == "call":
        made = _made_by(index, thing[0], shape, depth)
        return made or [thing]
    return [thing]


def _local(index: DeclaredIndex, module: int, function: int, name: str) -> Object | None:
    """The local or parameter of this name in a function or in one it is nested in."""
    project = index.project
    offset = project.function_offset[module]
    while function > 0:
        facts = project.functions[offset + function]
        if (module, function, name) in index.bindings:
            return (module, function, name)
        if any(param[F.P_NAME] == name for param in facts[F.F_PARAMS]):
            return (module, function, name)
        function = facts[F.F_PARENT]
    return None


def _made_by(index: DeclaredIndex, module: int, call: Expression, depth: int) -> list[Object]:
    """What a first-party function makes and its caller gets: the one object it holds locally."""
    value = index.value(module, call[1])
    if value is None or value[0] != "F":
        return []
    project = index.project
    home = project.function_home[value[1]]
    inner = value[1] - project.function_offset[home]
    returned = set(project.functions[value[1]][F.F_VALUES])
    found = []
    for thing, records in index.bindings.items():
        if thing[0] == home and thing[1] == inner:
            shape = records[-1][F.E_VALUE]
            if path_of(shape) in returned:
                found += _made_further(index, home, shape, depth) or [thing]
    if not found:
        for path in sorted(returned):
            found += _objects(index, home, inner, path, depth + 1)
    return found if len(found) == 1 else []


def _made_further(index: DeclaredIndex, module: int, shape: Expression, depth: int) -> list[Object]:
    """What a function holds that only passes on what another one makes."""
    is_call = type(shape) is tuple and shape[0] == "call"
    return _made_by(index, module, shape, depth + 1) if is_call and depth < _DEEPEST else []


def _elements(
    index: DeclaredIndex, module: int, function: int, path: str, depth: int
) -> list[Object]:
    """Objects of a list that a loop goes through."""
    place = locate(index.project, module, path)
    record = index.binding((place[0], 0, place[1])) if place is not None else None
    if record is None or place is None or type(record[F.E_VALUE]) is not tuple:
        return []
    if record[F.E_VALUE][0] != "list":
        return []
    found: list[Object] = []
    for each in record[F.E_VALUE][1]:
        found += _objects(index, place[0], 0, each, depth + 1)
    return found


def _passed(index: DeclaredIndex, parameter: Object, depth: int) -> list[Object]:
    """What the callers of a function pass for a parameter."""
    project = index.project
    module, inner, name = parameter
    number = project.function_offset[module] + inner
    params = [each[F.P_NAME] for each in project.functions[number][F.F_PARAMS]]
    position = params.index(name)
    found: list[Object] = []
    for caller in index.callers_of(number):
        home = project.function_home[caller]
        if project.roles[home] == "test":
            continue
        for call in project.functions[caller][F.F_CALLS]:
            if not call[F.C_ARGS]:
                continue
            target = evaluate(project, home, call[F.C_PATH])
            if target is None or target[0] != "F" or target[1] != number:
                continue
            encoded = _argument(call[F.C_ARGS], position, name)
            found += objects_by_path(index, home, caller, encoded, depth)
    return list(dict.fromkeys(found))


def _argument(arguments: tuple[str, ...], position: int, name: str) -> str:
    for each in arguments:
        if each[0] != "'" and each.startswith(f"{name}="):
            return each[len(name) + 1 :]
    plain = [each for each in arguments if each[0] in "'=" or "=" not in each]
    return plain[position] if position < len(plain) else "?"


def objects_by_path(
    index: DeclaredIndex, module: int, caller: int, encoded: str, depth: int = 0
) -> list[Object]:
    """Objects that a path, or an encoded argument, stands for in a function.

    Args:
        index: the declarations.
        module: file of the function.
        caller: number of the function.
        encoded: the path.
        depth: how far objects were followed.

    Returns:
        The objects, empty where none is known.
    """
    function = caller - index.project.function_offset[module]
    if not encoded or encoded[0] in "?':*":
        return []
    if encoded[0] == "=":
        return _objects(index, module, function, ("name", encoded, encoded[1:]), depth + 1)
    if encoded.endswith("!"):
        params = index.project.functions[caller][F.F_PARAMS]
        named = [each[F.P_NAME] for each in params if f"{each[F.P_ANNOTATION]}!" == encoded]
        return [
            thing
            for name in named
            for thing in _objects(index, module, function, ("name", encoded, name), depth + 1)
        ]
    if encoded.endswith("()"):
        return [
            thing
            for thing, records in index.bindings.items()
            if thing[:2] == (module, function) and path_of(records[-1][F.E_VALUE]) == encoded
        ]
    return _objects(index, module, function, encoded, depth + 1)
