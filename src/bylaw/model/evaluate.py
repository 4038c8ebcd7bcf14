"""Evaluates paths: what a name, a call result, an attribute or an annotation stands for.

Every step is memoised per module, so that each distinct path is evaluated once. A path that leads
back to itself is unknown; what was found on the way round is forgotten again, because it depends on
where the way began, and the answer must not depend on who asked first.
"""

from __future__ import annotations

from bylaw.facts import schema as F
from bylaw.model.class_lookup import (
    base_values,
    class_attribute,
    implementations,
    is_interface,
    outside_bases,
    resolution_order,
)
from bylaw.model.project import BUILTINS, Project, Value, absolute_module, find_module

DEFINITE, PROBABLE, POSSIBLE = 0, 1, 2
_ANYTHING = frozenset({"typing.Any", "typing_extensions.Any"})
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
    if last == ")":
        return call_value(project, evaluate(project, module, path[:-2]))
    if last == "!":
        return _instance_of(project, module, path[:-1])
    if last == "]":
        return _element(project, evaluate(project, module, path[:-2]), subscript=True)
    if last == "*":
        return _element(project, evaluate(project, module, path[:-1]), subscript=False)
    if last == "+":
        return _entered(project, evaluate(project, module, path[:-1]))
    base, dot, name = path.rpartition(".")
    if dot:
        return attribute_value(project, evaluate(project, module, base), name)
    return _root(project, module, path)


def _root(project: Project, module: int, path: str) -> Value:
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
        return _return_value(project, module, int(path[1:]))
    if kind in "=?[":
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
    if found is None and isinstance(annotation, str) and annotation[0] != "'":
        found = evaluate(project, module, f"{annotation}!")
    return found


def imported_value(project: Project, importer: int, level: int, inside: str, name: str) -> Value:
    """What ``from inside import name`` (or ``import inside``, without a name) binds."""
    dotted = absolute_module(project, importer, level, inside)
    target = find_module(project, importer, dotted) if dotted else None
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
    dotted = project.modules[module].name
    child = find_module(project, module, f"{dotted}.{name}" if dotted != "__init__" else name)
    if child is not None:
        return ("M", child)
    found = evaluate(project, module, name) if project.facts[module][F.STARS] else None
    return None if found is not None and found[0] == "X" and found[1] == name else found


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
        if found is None:
            continue
        what, payload = found
        home = project.class_home[each]
        if what == "method":
            function = project.function_offset[home] + int(payload)
            if kind == "I" and project.functions[function][F.F_FLAGS] & F.PROPERTY:
                return _weaken(return_value(project, function), confidence)
            return ("F", function, confidence)
        value = evaluate(project, home, payload)
        if value is not None:
            return _weaken(value, confidence)
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
        return _weaken(return_value(project, callee[1]), callee[2])
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
    if kind == "I":
        found = _class_member(project, callee, "__call__")
        return call_value(project, found) if found is not None and found[0] == "F" else None
    if kind == "Y":
        returned = project.stubs.returned_class(f"{callee[1]}.__call__")
        return ("Y", returned, callee[2]) if returned else None
    return None


def _returned(dotted: str, confidence: int, owner: tuple[int, ...]) -> Value:
    """An instance a library hands out; a query of a model's manager hands out the model."""
    if owner and dotted == "django.db.models.Model":
        return ("I", owner[0], max(confidence, PROBABLE))
    return ("Y", dotted, confidence, *owner)


def return_value(project: Project, function: int) -> Value:
    """What a call of a first-party function gives: its annotation, else what it returns."""
    module = project.function_home[function]
    return evaluate(project, module, f"@{function - project.function_offset[module]}")


def _return_value(project: Project, module: int, index: int) -> Value:
    facts = project.functions[project.function_offset[module] + index]
    annotation = facts[F.F_RETURNS]
    if isinstance(annotation, str):
        if annotation.startswith("[") and int(str(facts[F.F_FLAGS])) & F.GENERATOR:
            annotation = annotation[1:]
        if annotation.rpartition(".")[2] == "Self" and int(str(facts[F.F_CLASS])) >= 0:
            annotation = f"%{facts[F.F_CLASS]}"
        found = evaluate(project, module, f"{annotation}!")
        if found is not None:
            return found
    values = facts[F.F_VALUES]
    assert isinstance(values, tuple)
    for path in values:
        found = evaluate(project, module, path)
        if found is not None:
            return found
    return None


def _instance_of(project: Project, module: int, annotation: str) -> Value:
    if annotation.startswith("["):
        element = _instance_of(project, module, annotation[1:])
        return ("L", element) if element is not None else None
    value = evaluate(project, module, annotation)
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
        # ``Any`` says nothing: what a function returns may say more.
        return None if value[1] in _ANYTHING else ("Y", project.stubs.canonical(value[1]), PROBABLE)
    return value if value[0] in "IYL" else None


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


def _entered(project: Project, value: Value) -> Value:
    """What ``with value as x`` binds: what ``__enter__`` returns, else the value itself."""
    if value is None:
        return None
    if value[0] == "I":
        for name in ("__enter__", "__aenter__"):
            found = _class_member(project, value, name)
            if found is not None and found[0] == "F":
                returned = return_value(project, found[1])
                return returned if returned is not None else value
    if value[0] == "Y":
        for name in ("__enter__", "__aenter__"):
            entered = project.stubs.returned_class(f"{value[1]}.{name}")
            if entered:
                return ("Y", entered, value[2])
    return value


__all__ = ["attribute_value", "base_values", "call_value", "evaluate", "return_value"]
