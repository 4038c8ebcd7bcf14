"""Module-level variables: which one a path means, and what kind of thing it holds."""

from __future__ import annotations

from typing import Any, NamedTuple

from bylaw.facts import schema as F
from bylaw.model.evaluate import evaluate
from bylaw.model.project import Project, absolute_module, find_module


class Variable(NamedTuple):
    """A module-level variable.

    Attributes:
        module: number of the file that binds it.
        name: its name.
        binding: the binding fact.
    """

    module: int
    name: str
    binding: tuple[Any, ...]


_CONTAINERS = frozenset(
    {
        "list", "dict", "set", "bytearray", "collections.defaultdict", "collections.OrderedDict",
        "collections.deque", "collections.Counter", "collections.ChainMap",
        "cachetools.Cache", "cachetools.TTLCache", "cachetools.LRUCache", "cachetools.LFUCache",
        "cachetools.FIFOCache", "cachetools.RRCache", "cachetools.TLRUCache",
    }
)  # fmt: skip


def find_variable(project: Project, module: int, path: str, depth: int = 0) -> Variable | None:
    """The module-level variable a path names, followed through imports.

    Args:
        project: the linked project.
        module: file the path is written in.
        path: a plain name, an import path, or ``module.NAME``.
        depth: imports followed so far.

    Returns:
        The variable, or None when the path means something else.
    """
    if depth > 8:
        return None
    base, dot, name = path.rpartition(".")
    if path[0] == "~" and not dot:
        return _imported(project, module, path, depth)
    if dot:
        owner = evaluate(project, module, base)
        if owner is not None and owner[0] == "C":
            return _class_variable(project, owner[1], name)
        if owner is None or owner[0] != "M":
            return None
        return find_variable(project, owner[1], name, depth + 1)
    binding = project.bindings[module].get(path)
    if binding is None:
        return None
    if binding[F.B_KIND] == "v":
        return Variable(module, path, binding)
    if binding[F.B_KIND] == "i":
        record = project.facts[module][F.IMPORTS][binding[F.B_VALUE]]
        inside = record[F.I_MODULE].replace(".", "/")
        target = f"~{record[F.I_LEVEL]}|{inside}|{record[F.I_NAME]}"
        return _imported(project, module, target, depth) if record[F.I_NAME] else None
    return None


def _imported(project: Project, module: int, path: str, depth: int) -> Variable | None:
    level, inside, name = path[1:].split("|")
    dotted = absolute_module(project, module, int(level), inside.replace("/", "."))
    target = find_module(project, module, dotted) if dotted else None
    if target is None or not name:
        return None
    return find_variable(project, target, name, depth + 1)


_DISPLAYS = {"Dict": "dict", "DictComp": "dict", "List": "list", "ListComp": "list", "Set": "set",
             "SetComp": "set"}  # fmt: skip


def _class_variable(project: Project, number: int, name: str) -> Variable | None:
    """A variable of a class body, as a binding named ``Class.name``."""
    module = project.class_home[number]
    full = f"{project.classes[number][F.K_NAME]}.{name}"
    for record in project.classes[number][F.K_ATTRIBUTES]:
        if record[F.A_NAME] == name and record[F.A_SHAPE] != "none":
            shape = _DISPLAYS.get(record[F.A_SHAPE], "call" if record[F.A_VALUE] else "other")
            binding = (full, "v", record[F.A_VALUE], None, shape, record[F.A_LINE], 0)
            return Variable(module, full, binding)
    return None


def holds_container(project: Project, variable: Variable) -> bool:
    """Whether a variable holds a list, dict, set or one of their kin."""
    shape = variable.binding[F.B_SHAPE]
    if shape in ("list", "dict", "set"):
        return True
    value = variable.binding[F.B_VALUE]
    if shape != "call" or not isinstance(value, str) or not value.endswith("()"):
        return False
    callee = evaluate(project, variable.module, value[:-2])
    return callee is not None and callee[0] == "X" and callee[1] in _CONTAINERS


def holds_own_object(project: Project, variable: Variable) -> bool:
    """Whether a variable holds an instance of one of the project's classes."""
    value = evaluate(project, variable.module, variable.name)
    return value is not None and value[0] == "I"
