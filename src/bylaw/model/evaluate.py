"""Evaluates paths: what a name, a call result, an attribute or an annotation stands for.

Every step is memoised per module, so that each distinct path is evaluated once. A path that leads
back to itself is unknown; what was found on the way round is forgotten again, because it depends on
where the way began, and the answer must not depend on who asked first.
"""

from __future__ import annotations

from typing import Any

from bylaw.facts import schema as F
from bylaw.model.class_lookup import (
    base_values,
    class_attribute,
    implementations,
    is_interface,
    outside_bases,
    resolution_order,
)
from bylaw.model.declarations import (
    OPAQUE_TYPES,
    TYPE_MAKERS,
    container_result,
    declared_value,
    decorated_member,
    made_type,
)
from bylaw.model.project import BUILTINS, Project, Value, absolute_module, find_module

DEFINITE, PROBABLE, POSSIBLE = 0, 1, 2
_ACCESSORS = frozenset({"setter", "getter", "deleter"})
_STEP_LENGTH = {")": 2, "]": 2, "!": 1, "*": 1, "+": 1}
BUSY = "busy"
NEVER = 1 << 60


def evaluate(project: Project, module: int, path: str) -> Value:
    """What a path of a file's facts stands for.

    Args:
        project: the linked project.
        module: number of the file the path is written in.
        path: see ``bylaw.facts.schema``.

    Returns:
        The value, or None when it is unknown.
    """
    memo = project.memo[module]
    try:
        found = memo[path]
    except KeyError:
        return _evaluate_first(project, memo, module, path)
    if found is not None and found[0] == BUSY:
        project.cut = min(project.cut, found[1])
        return None
    return found


def _evaluate_first(project: Project, memo: dict[str, Value], module: int, path: str) -> Value:
    depth = project.depth = project.depth + 1
    memo[path] = (BUSY, depth)
    found = memo[path] = _evaluate(project, module, path)
    project.depth = depth - 1
    if project.cut <= depth:
        project.provisional.append((memo, path))
        if project.cut == depth:
            for each, key in project.provisional:
                del each[key]
            project.provisional.clear()
            project.cut = NEVER
    return found


def _evaluate(project: Project, module: int, path: str) -> Value:
    last = path[-1]
    if last in ")!]*+":
        base = path[: -_STEP_LENGTH[last]]
        value = _evaluate_step(project, module, base, last)
    else:
        base, dot, name = path.rpartition(".")
        if not dot:
            return _root(project, module, path)
        value = attribute_value(project, evaluate(project, module, base), name)
        if name in project.property_names:
            project.chains[module][path] = (*project.chains[module].get(base, ()), path)
            return value
    chains = project.chains[module]
    if base in chains:
        chains[path] = chains[base]
    return value


def _evaluate_step(project: Project, module: int, base: str, step: str) -> Value:
    if step == ")":
        return call_value(project, evaluate(project, module, base))
    if step == "!":
        return _instance_of(project, module, base)
    if step == "+":
        return _entering(project, module, base)
    return _element(project, evaluate(project, module, base), subscript=step == "]")


def follow(project: Project, module: int, path: str, root: str, start: Value) -> Value:
    """What a path stands for when its ``root`` is known to stand for ``start``.

    Args:
        project: the linked project.
        module: number of the file the path is written in.
        path: a path that begins with ``root``.
        root: the part that is replaced.
        start: what it stands for.

    Returns:
        The value, or None when it is unknown.
    """
    if path == root or start is None:
        return start
    last = path[-1]
    if last in "*+!":
        value = follow(project, module, path[:-1], root, start)
        if last == "!":
            return _instance(project, value)
        if last == "+":
            return _entered(project, value)
        return _element(project, value, subscript=False)
    if last in ")]":
        value = follow(project, module, path[:-2], root, start)
        if last == ")":
            return call_value(project, value)
        return _element(project, value, subscript=True)
    base, _, name = path.rpartition(".")
    return attribute_value(project, follow(project, module, base, root, start), name)


def _root(project: Project, module: int, path: str) -> Value:
    if path[0].isalpha():
        return name_value(project, module, path)
    kind = path[0]
    if kind == "~":
        level, inside, name = path[1:].split("|")
        return imported_value(project, module, int(level), inside.replace("/", "."), name)
    if kind == "#":
        return ("F", project.function_offset[module] + int(path[1:]), DEFINITE)
    if kind == "$":
        return ("I", project.class_offset[module] + int(path[1:]), DEFINITE)
    if kind == "%":
        return ("C", project.class_offset[module] + int(path[1:]))
    if kind == "&":
        return ("S", project.class_offset[module] + int(path[1:]))
    if kind == "@":
        index, _, receiver = path[1:].partition(":")
        return _return_value(project, module, int(index), int(receiver or -1))
    if kind == "[":
        return _instance_of(project, module, path)
    if kind in "=?":
        return None
    return name_value(project, module, path)


def name_value(project: Project, module: int, name: str) -> Value:
    """What a module-level name of a file stands for; builtins and star imports included."""
    binding = project.bindings[module].get(name)
    if binding is not None:
        return _binding_value(project, module, binding)
    for level, inside in project.facts[module][F.STARS]:
        dotted = absolute_module(project, module, level, inside)
        target = find_module(project, module, dotted)
        if target is not None and target != module and not name.startswith("_"):
            found = evaluate(project, target, name)
            if found is not None and (found[0] != "X" or name not in BUILTINS):
                return found
    return ("X", name) if name in BUILTINS else None


def _binding_value(project: Project, module: int, binding: tuple[object, ...]) -> Value:
    kind, value = binding[F.B_KIND], binding[F.B_VALUE]
    if kind == "f":
        assert isinstance(value, int)
        return ("F", project.function_offset[module] + value, DEFINITE)
    if kind == "c":
        assert isinstance(value, int)
        return ("C", project.class_offset[module] + value)
    if kind == "i":
        record = project.facts[module][F.IMPORTS][value]
        inside, name = record[F.I_MODULE], record[F.I_NAME]
        if not name and not record[F.I_ALIAS]:
            inside = inside.partition(".")[0]
        return imported_value(project, module, record[F.I_LEVEL], inside, name)
    annotation = binding[F.B_ANNOTATION]
    if binding[F.B_SHAPE] == "alias":
        return evaluate(project, module, str(annotation)) if annotation else None
    found = evaluate(project, module, value) if isinstance(value, str) else None
    if found is not None and found[0] == "Y" and found[1] in TYPE_MAKERS:
        return made_type(project, module, binding, found[1], evaluate)
    if found is None and isinstance(annotation, str):
        if annotation[0] in "':":
            text = annotation[0] == "'" and binding[F.B_SHAPE] == "const"
            return ("Y", "str", DEFINITE) if text else None
        found = evaluate(project, module, f"{annotation}!")
    if found is None and binding[F.B_SHAPE] in ("list", "dict", "set", "tuple"):
        return ("L", None)
    return found


def imported_value(project: Project, importer: int, level: int, inside: str, name: str) -> Value:
    """What ``from inside import name`` (or ``import inside``, without a name) binds."""
    dotted = absolute_module(project, importer, level, inside) if level else inside
    target = find_module(project, importer, dotted) if dotted else None
    if target == importer and name:
        target = None
    if not name:
        if target is not None:
            return ("M", target)
        return (
            ("X", dotted)
            if dotted.partition(".")[0] not in project.project_names
            else (("N", dotted, importer))
        )
    if target is not None:
        return _member(project, target, name)
    submodule = find_module(project, importer, f"{dotted}.{name}" if dotted else name)
    if submodule is not None:
        return ("M", submodule)
    if not dotted or level:
        return None
    return ("X", f"{dotted}.{name}")


def _member(project: Project, module: int, name: str) -> Value:
    if name in project.bindings[module]:
        return evaluate(project, module, name)
    found = evaluate(project, module, name) if project.facts[module][F.STARS] else None
    if found is not None and not (found[0] == "X" and found[1] == name):
        return found
    dotted = project.modules[module].name
    child = find_module(project, module, f"{dotted}.{name}" if dotted != "__init__" else name)
    return ("M", child) if child is not None else None


def attribute_value(project: Project, base: Value, name: str) -> Value:
    """What attribute ``name`` of a value stands for."""
    if base is None:
        return None
    kind = base[0]
    if kind == "M":
        return _member(project, base[1], name)
    if kind == "N":
        dotted = f"{base[1]}.{name}"
        found = find_module(project, base[2], dotted)
        return ("M", found) if found is not None else ("N", dotted, base[2])
    if kind == "X":
        dotted = f"{base[1]}.{name}"
        owner = project.stubs.attribute_class(dotted)
        return ("Y", owner, DEFINITE) if owner else ("X", dotted)
    if kind == "Y":
        return _outside_attribute(project, base, name)
    if kind in "CIS":
        return _class_member(project, base, name)
    if kind == "L":
        return ("G", base[1], name)
    if kind == "F":
        if name in _ACCESSORS and project.functions[base[1]][F.F_FLAGS] & F.PROPERTY:
            return ("G", None, name)
        method = decorated_member(project, base[1], name, evaluate)
        return ("B", method, DEFINITE) if method else None
    return None


def _outside_attribute(project: Project, base: tuple[object, ...], name: str) -> Value:
    dotted = f"{base[1]}.{name}"
    owner = project.stubs.attribute_class(dotted)
    return ("Y" if owner else "B", owner or dotted, *base[2:])


def _class_member(project: Project, base: tuple[object, ...], name: str) -> Value:
    kind, number = str(base[0]), base[1]
    assert isinstance(number, int)
    confidence = base[2] if kind == "I" else DEFINITE
    assert isinstance(confidence, int)
    order = resolution_order(project, number, evaluate)
    for each in order[1:] if kind == "S" else order:
        found = class_attribute(project, each, name)
        if found is not None and found[0] == "method":
            function = project.function_offset[project.class_home[each]] + int(found[1])
            if kind == "I" and project.functions[function][F.F_FLAGS] & F.PROPERTY:
                return _weaken(return_value(project, function, number), confidence)
            exact = () if kind == "I" else (kind,)
            return ("F", function, confidence, number, *exact)
        declared = declared_value(project, each, number, name, kind, evaluate)
        if declared is None and found is not None:
            declared = evaluate(project, project.class_home[each], found[1])
        if declared is not None:
            return _weaken(declared, confidence)
    for dotted in outside_bases(project, number, evaluate):
        owner = project.stubs.attribute_class(f"{dotted}.{name}")
        if owner:
            return ("Y", owner, confidence, number)
        if project.stubs.effects(f"{dotted}.{name}") is not None:
            return ("B", f"{dotted}.{name}", confidence)
    return None


def _weaken(value: Value, confidence: int) -> Value:
    if value is None or confidence == DEFINITE or value[0] not in "FIYB":
        return value
    return (value[0], value[1], max(value[2], confidence), *value[3:])


def call_value(project: Project, callee: Value) -> Value:
    """What calling a value gives."""
    if callee is None:
        return None
    kind = callee[0]
    if kind == "F":
        receiver = callee[3] if len(callee) > 3 else -1
        return _weaken(return_value(project, callee[1], receiver), callee[2])
    if kind == "C":
        return ("I", callee[1], DEFINITE)
    if kind in "XB":
        returned = project.stubs.returned_class(callee[1])
        confidence = callee[2] if kind == "B" else DEFINITE
        if returned:
            return _returned(returned, confidence, callee[3:])
        if kind == "X" and callee[1].rpartition(".")[2][:1].isupper():
            return ("Y", project.stubs.canonical(callee[1]), DEFINITE)
        return ("X", f"{callee[1]}()") if kind == "X" and len(callee[1]) < 120 else None
    if kind == "G":
        return container_result(callee)
    if kind == "T":
        return _instance(project, callee)
    if kind == "I":
        found = _class_member(project, callee, "__call__")
        return call_value(project, found) if found is not None and found[0] == "F" else None
    if kind == "Y":
        return _called_instance(project, callee)
    return None


def _called_instance(project: Project, value: tuple[Any, ...]) -> Value:
    """What calling an instance gives, where a stub says so.

    ``type[Router]`` and ``Router`` are one annotation: calling the first makes an instance.
    """
    method = f"{value[1]}.__call__"
    returned = project.stubs.returned_class(method)
    if returned:
        return ("Y", returned, value[2])
    annotated = value[2] != DEFINITE and project.stubs.effects(value[1]) is not None
    return value if annotated and not project.stubs.effects(method) else None


def _returned(dotted: str, confidence: int, owner: tuple[int, ...]) -> Value:
    """An instance a library hands out; a query of a model's manager hands out the model."""
    if owner and dotted == "django.db.models.Model":
        return ("I", owner[0], max(confidence, PROBABLE))
    return ("Y", dotted, confidence, *owner)


def return_value(project: Project, function: int, receiver: int = -1) -> Value:
    """What a call of a first-party function gives: its annotation, else what it returns.

    Args:
        project: the linked project.
        function: number of the function.
        receiver: class it is called on, where that is not the class it stands in.

    Returns:
        The value, or None when it is unknown.
    """
    module = project.function_home[function]
    index = function - project.function_offset[module]
    facts = project.functions[function]
    own = project.class_offset[module] + facts[F.F_CLASS] if facts[F.F_CLASS] >= 0 else -1
    if receiver >= 0 and own >= 0 and receiver != own and _speaks_of_self(facts):
        return evaluate(project, module, f"@{index}:{receiver}")
    return evaluate(project, module, f"@{index}")


def _speaks_of_self(facts: tuple[Any, ...]) -> bool:
    annotation = facts[F.F_RETURNS]
    if annotation and annotation.rpartition(".")[2].lstrip("[") == "Self":
        return True
    return any(path[0] in "$%" for path in facts[F.F_VALUES])


def _return_value(project: Project, module: int, index: int, owner: int) -> Value:
    facts = project.functions[project.function_offset[module] + index]
    if owner < 0 and facts[F.F_CLASS] >= 0:
        owner = project.class_offset[module] + facts[F.F_CLASS]
    annotation = facts[F.F_RETURNS]
    if annotation:
        if annotation[0] == "[" and facts[F.F_FLAGS] & F.GENERATOR:
            annotation = annotation[1:]
        plain = annotation.lstrip("[")
        if plain.rpartition(".")[2] == "Self" and owner >= 0:
            value: Value = ("I", owner, PROBABLE)
            return ("L", value) if plain != annotation else value
        found = evaluate(project, module, f"{annotation}!")
        if found is not None:
            return found
    answers: dict[tuple[Any, Any], Value] = {}
    for path in facts[F.F_VALUES]:
        root = f"{path[0]}{facts[F.F_CLASS]}"
        if path[0] in "$%" and (path == root or path.startswith((f"{root}.", f"{root}("))):
            start = ("I", owner, DEFINITE) if path[0] == "$" else ("C", owner)
            found = follow(project, module, path, root, start)
        else:
            found = evaluate(project, module, path)
        if found is not None:
            answers[found[0], found[1]] = found
    # A function that returns one thing or another is several candidates, which is not known.
    return next(iter(answers.values())) if len(answers) == 1 else None


def _instance_of(project: Project, module: int, annotation: str) -> Value:
    if annotation[:1] == "[":
        inside = annotation[1:]
        return ("L", _instance_of(project, module, inside) if inside else None)
    return _instance(project, evaluate(project, module, annotation))


def _instance(project: Project, value: Value) -> Value:
    """What something annotated with ``value`` is."""
    if value is None:
        return None
    if value[0] == "C":
        number = value[1]
        if is_interface(project, number, evaluate):
            candidates = implementations(project, number, evaluate)
            if len(candidates) == 1:
                return ("I", candidates[0], PROBABLE)
        return ("I", number, PROBABLE)
    if value[0] == "X":
        dotted = project.stubs.canonical(value[1])
        return ("Y", dotted, PROBABLE) if dotted not in OPAQUE_TYPES else None
    if value[0] == "T":
        return _instance(project, value[1])
    if value[0] in "FIY":
        # A dependency, or a factory that was named as if it were a type.
        made = call_value(project, value)
        return made if made is not None or value[0] != "Y" else value
    return value if value[0] == "L" else None


def _element(project: Project, value: Value, *, subscript: bool) -> Value:
    if value is None:
        return None
    if value[0] == "L":
        element: Value = value[1]
        return element
    if value[0] == "Y":
        method = "__getitem__" if subscript else "__iter__"
        returned = project.stubs.returned_class(f"{value[1]}.{method}")
        return _returned(returned, value[2], value[3:]) if returned else None
    if value[0] == "C" and subscript:
        return value
    if value[0] == "X" and subscript and value[1].rpartition(".")[2][:1].isupper():
        return value
    return None


def _entering(project: Project, module: int, path: str) -> Value:
    value = evaluate(project, module, path)
    if value is not None and path.endswith("()"):
        callee = evaluate(project, module, path[:-2])
        if is_generator(project, callee):
            return value
    return _entered(project, value)


def is_generator(project: Project, callee: Value) -> bool:
    """Whether calling a value makes a generator, as what ``contextmanager`` wraps does."""
    if callee is None or callee[0] != "F":
        return False
    return bool(project.functions[callee[1]][F.F_FLAGS] & F.GENERATOR)


def _entered(project: Project, value: Value) -> Value:
    """What ``with value as x`` binds: what ``__enter__`` returns, else the value itself."""
    if value is None:
        return None
    if value[0] == "I":
        for name in ("__enter__", "__aenter__"):
            found = _class_member(project, value, name)
            if found is not None and found[0] == "F":
                returned = return_value(project, found[1], value[1])
                return returned if returned is not None else value
    if value[0] == "Y":
        for name in ("__enter__", "__aenter__"):
            entered = project.stubs.returned_class(f"{value[1]}.{name}")
            if entered:
                return ("Y", entered, value[2])
    return value


__all__ = [
    "attribute_value", "base_values", "call_value", "evaluate", "follow", "return_value",
]  # fmt: skip
