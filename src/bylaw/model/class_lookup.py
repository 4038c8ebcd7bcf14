"""Classes: what they inherit, what they declare, who implements an interface."""

from __future__ import annotations

from collections.abc import Callable

from bylaw.facts import schema as F
from bylaw.model.project import Project, Value

Evaluate = Callable[[Project, int, str], Value]

_INTERFACE_BASES = frozenset({"typing.Protocol", "typing_extensions.Protocol", "Protocol"})
_INTERFACES = _INTERFACE_BASES | {"abc.ABC", "ABC"}
_DEEPEST = 400
_DISPLAYS = frozenset({"List", "ListComp", "Dict", "DictComp", "Set", "SetComp", "Tuple"})


def base_values(project: Project, number: int, evaluate: Evaluate) -> list[Value]:
    """Values of the bases a class names, in order."""
    module = project.class_home[number]
    bases = project.classes[number][F.K_BASES]
    return [evaluate(project, module, base) for base in bases if base != "?"]


def own_bases(project: Project, number: int, evaluate: Evaluate) -> list[int]:
    """First-party classes a class derives from, in order; those behind a made base included."""
    return [
        value[1] if value[0] == "C" else value[3]
        for value in base_values(project, number, evaluate)
        if value is not None and (value[0] == "C" or (value[0] == "Y" and len(value) == 4))
    ]


def resolution_order(project: Project, number: int, evaluate: Evaluate) -> tuple[int, ...]:
    """First-party classes an attribute is looked up in, as Python orders them, itself first.

    Where the bases are in a circle or cannot be put in one order, it is depth first, each once.
    """
    memo = project.memo[project.class_home[number]]
    key = f"order:{number}"
    stored = memo.get(key)
    if stored is not None:
        return stored
    bases = own_bases(project, number, evaluate)
    order = _depth_first(project, number, evaluate) if bases else ()
    if number not in order:
        orders = [resolution_order(project, base, evaluate) for base in bases]
        order = orders[0] if len(orders) == 1 else _merged(orders, bases)
    found = (number, *[each for each in order if each != number][:_DEEPEST])
    if project.cut > project.depth:
        memo[key] = found
    return found


def _depth_first(project: Project, number: int, evaluate: Evaluate) -> tuple[int, ...]:
    """Classes above a class, depth first, each once; with itself when its bases are in a circle."""
    order: dict[int, None] = {}
    pending = [number]
    while pending and len(order) < _DEEPEST:
        bases = own_bases(project, pending.pop(0), evaluate)
        pending = [each for each in bases if each not in order] + pending
        order.update(dict.fromkeys(bases))
    return tuple(order)


def _merged(orders: list[tuple[int, ...]], bases: list[int]) -> tuple[int, ...]:
    """The C3 merge of the orders of several bases; depth first where there is none."""
    rest = [list(each) for each in (*orders, bases) if each]
    merged: list[int] = []
    while rest:
        heads = (each[0] for each in rest)
        chosen = next((head for head in heads if all(head not in each[1:] for each in rest)), None)
        if chosen is None:
            return tuple(dict.fromkeys(each for order in orders for each in order))
        merged.append(chosen)
        rest = [part for each in rest if (part := [one for one in each if one != chosen])]
    return tuple(merged)


def outside_bases(project: Project, number: int, evaluate: Evaluate) -> list[str]:
    """Dotted names of the classes from outside that a class derives from, nearest first."""
    memo = project.memo[project.class_home[number]]
    key = f"outside:{number}"
    stored = memo.get(key)
    if stored is not None:
        return list(stored)
    result: list[str] = []
    for each in resolution_order(project, number, evaluate):
        for value in base_values(project, each, evaluate):
            if value is not None and value[0] in "XYB" and value[1] not in result:
                result.append(value[1])
    if project.cut > project.depth:
        memo[key] = tuple(result)
    return result


def class_attribute(project: Project, number: int, name: str) -> tuple[str, str] | None:
    """What a class itself says about an attribute.

    Returns:
        ``("method", index in the file)`` or ``("path", path)`` evaluated in the class's file, or
        None when the class says nothing about it.
    """
    record = project.classes[number]
    index = next((index for each, index in reversed(record[F.K_METHODS]) if each == name), None)
    if index is not None:
        return ("method", str(_getter(project, number, name, index)))
    for each, path in record[F.K_SELF]:
        if each == name and path is not None:
            return ("path", path)
    for attribute in record[F.K_ATTRIBUTES]:
        if attribute[F.A_NAME] == name:
            if attribute[F.A_ANNOTATION]:
                return ("path", f"{attribute[F.A_ANNOTATION]}!")
            if attribute[F.A_VALUE]:
                return ("path", attribute[F.A_VALUE])
            if attribute[F.A_SHAPE] in _DISPLAYS:
                return ("path", "[!")
    return None


def _getter(project: Project, number: int, name: str, index: int) -> int:
    """A property with a setter is two functions of one name: the getter is the one that is read."""
    offset = project.function_offset[project.class_home[number]]
    for each, candidate in project.classes[number][F.K_METHODS]:
        if each == name and project.functions[offset + candidate][F.F_FLAGS] & F.PROPERTY:
            return int(candidate)
    return index


def is_interface(project: Project, number: int, evaluate: Evaluate) -> bool:
    """Whether a class is a Protocol or has abstract methods."""
    module = project.class_home[number]
    for base in project.classes[number][F.K_BASES]:
        value = evaluate(project, module, base)
        if value is not None and value[0] in "XY" and value[1] in _INTERFACES:
            return True
    offset = project.function_offset[module]
    return any(
        project.functions[offset + index][F.F_FLAGS] & F.ABSTRACT
        for _, index in project.classes[number][F.K_METHODS]
    )


def is_protocol(project: Project, number: int, evaluate: Evaluate) -> bool:
    """Whether a class derives from ``typing.Protocol`` directly."""
    values = base_values(project, number, evaluate)
    return any(value[1] in _INTERFACE_BASES for value in values if value is not None)


def subclasses_of(project: Project, number: int, evaluate: Evaluate) -> list[int]:
    """Direct first-party subclasses of a class."""
    if project.subclasses is None:
        table: dict[int, list[int]] = {}
        for each in range(len(project.classes)):
            for base in own_bases(project, each, evaluate):
                table.setdefault(base, []).append(each)
        project.subclasses = table
    return project.subclasses.get(number, [])


def descendants(project: Project, number: int, evaluate: Evaluate) -> list[int]:
    """All first-party classes below a class, nearest first."""
    result: list[int] = []
    pending = list(subclasses_of(project, number, evaluate))
    while pending and len(result) < 200:
        each = pending.pop(0)
        if each not in result:
            result.append(each)
            pending.extend(subclasses_of(project, each, evaluate))
    return result


def implementations(project: Project, number: int, evaluate: Evaluate) -> list[int]:
    """Concrete classes behind an interface: explicit subclasses, for a Protocol also by shape."""
    stored = project.protocol_memo.get(number)
    if stored is not None:
        return stored
    found = [
        each
        for each in descendants(project, number, evaluate)
        if not is_interface(project, each, evaluate)
    ]
    if not found and is_protocol(project, number, evaluate):
        found = _by_shape(project, number, evaluate)
    production = [each for each in found if project.roles[project.class_home[each]] != "test"]
    result = production or found
    project.protocol_memo[number] = result
    return result


def _by_shape(project: Project, number: int, evaluate: Evaluate) -> list[int]:
    wanted = {name for name, _ in project.classes[number][F.K_METHODS]}
    if not wanted:
        return []
    return [
        each
        for each, record in enumerate(project.classes)
        if each != number
        and wanted <= {name for name, _ in record[F.K_METHODS]}
        and not is_interface(project, each, evaluate)
    ]
