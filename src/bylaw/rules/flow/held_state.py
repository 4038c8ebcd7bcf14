"""What looks like a change of module-level state and is none, or none that the service makes."""

from __future__ import annotations

from typing import Any, NamedTuple

from bylaw.facts import schema as F
from bylaw.model.call_index import call_index
from bylaw.model.class_lookup import outside_bases, resolution_order
from bylaw.model.evaluate import evaluate, imported_value
from bylaw.model.project import Project
from bylaw.model.roles import TEST
from bylaw.model.variables import Variable, find_variable
from bylaw.rules.context import RuleContext

_DROPPING = frozenset({"discard", "remove", "pop", "clear"})
_METHOD_KINDS = frozenset({"classmethod", "staticmethod"})
_PLAIN_BASES = frozenset({"object", "typing.Generic", "typing.Protocol", "abc.ABC"})
_REGISTERING = ("register", "unregister", "deregister")
_OTHER_ROOTS = "#$&=?'*:"
"""Paths that begin so name no variable of a module."""

_Name = tuple[int, str]


def keeps_elsewhere(project: Project, owner: int, name: str) -> bool:
    """Whether assigning to an attribute of an object leaves the object itself as it was.

    A class may say what an assignment does: ``__setattr__`` or the setter of a property that
    hands the value on, to a context variable or to the store of a request.

    Args:
        project: the linked project.
        owner: class of the object.
        name: the attribute.
    """
    for each in resolution_order(project, owner, evaluate):
        offset = project.function_offset[project.class_home[each]]
        for method, index in project.classes[each][F.K_METHODS]:
            function = project.functions[offset + index]
            if method == "__setattr__" or (method == name and _is_setter(function)):
                return not _writes_itself(function)
    return False


def _is_setter(function: tuple[Any, ...]) -> bool:
    return any(path.endswith(".setter") for path, _, _ in function[F.F_DECORATORS])


def _writes_itself(function: tuple[Any, ...]) -> bool:
    """Whether a method stores something on its object, or on what the object holds."""
    if function[F.F_FLAGS] & F.SETS_SELF:
        return True
    if any(write[F.W_PATH][0] == "$" for write in function[F.F_WRITES]):
        return True
    for call in function[F.F_CALLS]:
        path = call[F.C_PATH]
        if path[0] == "$" or path in ("setattr", "vars") or path.endswith("__setattr__"):
            return True
    return False


def resets(context: RuleContext, variable: Variable) -> bool:
    """Whether a variable is filled once where it is found empty: clearing it starts that anew."""
    memo: dict[int, frozenset[str]] = context.memo.setdefault("filled-once", {})
    module = variable.module
    if module not in memo:
        memo[module] = frozenset(
            write[F.W_PATH]
            for function in context.project.facts[module][F.FUNCTIONS]
            for write in function[F.F_WRITES]
            if write[F.W_LAZY] == F.FILLED_ONCE
        )
    return variable.name in memo[module]


def drops_itself(context: RuleContext, number: int) -> frozenset[_Name]:
    """Collections that only hold tasks until these are done.

    ``tasks.add(task); task.add_done_callback(tasks.discard)`` is what asyncio asks of whoever
    starts a task: nobody reads the set. A function that is such a callback drops them as well.
    """
    dropped = context.memo.get("done-callbacks")
    if dropped is None:
        dropped = context.memo["done-callbacks"] = _done_callbacks(context.project)
    found: frozenset[_Name] = dropped.get(number, frozenset())
    return found


def _done_callbacks(project: Project) -> dict[int, frozenset[_Name]]:
    """Functions that name a callback for the end of a task, and these; with what is dropped."""
    found: dict[int, frozenset[_Name]] = {}
    for number, call in call_index(project).named(("add_done_callback",)):
        if not call[F.C_ARGS] or call[F.C_ARGS][0][0] in "?':*=":
            continue
        callback, names = _dropped(project, project.function_home[number], call[F.C_ARGS][0])
        for each in (number, callback):
            if each >= 0:
                found[each] = found.get(each, frozenset()) | names
    return found


def _dropped(project: Project, module: int, encoded: str) -> tuple[int, frozenset[_Name]]:
    """The function a callback is, -1 for a method of a collection, and what it drops from."""
    base, dot, method = encoded.rpartition(".")
    if dot and method in _DROPPING and base[0] not in _OTHER_ROOTS:
        return -1, _named(project, module, [base])
    value = evaluate(project, module, encoded)
    if value is None or value[0] != "F":
        return -1, frozenset()
    function = project.functions[value[1]]
    calls = (call[F.C_PATH].rpartition(".") for call in function[F.F_CALLS])
    paths = [base for base, dot, method in calls if dot and method in _DROPPING]
    paths += [write[F.W_PATH] for write in function[F.F_WRITES] if write[F.W_OP] == "delete"]
    return value[1], _named(project, project.function_home[value[1]], paths)


def _named(project: Project, module: int, paths: list[str]) -> frozenset[_Name]:
    plain = (path.rstrip("[]") for path in paths if path and path[0] not in _OTHER_ROOTS)
    variables = (find_variable(project, module, path) for path in plain)
    return frozenset(each[:2] for each in variables if each is not None)


def is_uncalled(context: RuleContext, number: int) -> bool:
    """Whether only tests call a function, or nobody calls what is there to register things.

    Args:
        context: what the rule may ask.
        number: a function that no production code is known to call.
    """
    project = context.project
    function = project.functions[number]
    if function[F.F_PARENT] < 0:
        return False
    if any(path not in _METHOD_KINDS for path, _, _ in function[F.F_DECORATORS]):
        return False
    name = function[F.F_NAME].rpartition(".")[2]
    if name.startswith("__") or _has_outside_base(project, number, function):
        return False
    registers = function[F.F_CLASS] >= 0 and name.startswith(_REGISTERING)
    if not registers and number not in _called_by_tests(context):
        return False
    return not _is_mentioned(context, number, name)


def _has_outside_base(project: Project, number: int, function: tuple[Any, ...]) -> bool:
    """Whether a method belongs to a class that a library may call."""
    if function[F.F_CLASS] < 0:
        return False
    owner = project.class_offset[project.function_home[number]] + function[F.F_CLASS]
    return not _PLAIN_BASES.issuperset(outside_bases(project, owner, evaluate))


def _called_by_tests(context: RuleContext) -> set[int]:
    found: set[int] | None = context.memo.get("called-by-tests")
    if found is None:
        project = context.project
        found = context.memo["called-by-tests"] = {
            edge.callee
            for number, edges in enumerate(context.graph.edges)
            if project.roles[project.function_home[number]] == TEST
            for edge in edges
        }
    return found


def _is_mentioned(context: RuleContext, number: int, name: str) -> bool:
    """Whether production code names a function other than by a call that means another one."""
    mentions: _Mentions | None = context.memo.get("mentions")
    if mentions is None:
        mentions = context.memo["mentions"] = _mentions(context.project)
    project = context.project
    if name in mentions.given:
        return True
    for module, path in mentions.read.get(name, ()):
        value = evaluate(project, module, path)
        if value is None or value[:2] == ("F", number):
            return True
    for module, record in mentions.imported.get(name, ()):
        level, inside, _, *_ = record
        value = imported_value(project, module, level, inside, name)
        if value is None or value[:2] == ("F", number):
            return True
    homes = project.function_home
    called = {(homes[each], call[F.C_PATH]) for each, call in call_index(project).named((name,))}
    return any(
        evaluate(project, module, path) is None
        for module, path in called
        if project.roles[module] != TEST
    )


class _Mentions(NamedTuple):
    """Where production code writes which name.

    Attributes:
        given: last components of what is given to a call.
        read: the file and the path of what is read, by last component.
        imported: the file and the record of each import, by imported name.
    """

    given: set[str]
    read: dict[str, set[tuple[int, str]]]
    imported: dict[str, list[tuple[int, tuple[Any, ...]]]]


def _mentions(project: Project) -> _Mentions:
    found = _Mentions(set(), {}, {})
    for module, facts in enumerate(project.facts):
        if project.roles[module] == TEST:
            continue
        for record in facts[F.IMPORTS]:
            found.imported.setdefault(record[F.I_NAME], []).append((module, record))
        for function in facts[F.FUNCTIONS]:
            for load in function[F.F_LOADS]:
                path = load[F.L_PATH]
                found.read.setdefault(path.rpartition(".")[2], set()).add((module, path))
            for call in function[F.F_CALLS]:
                if call[F.C_ARGS]:
                    found.given.update(map(_last, call[F.C_ARGS]))
    return found


def _last(path: str) -> str:
    """The name a path ends with, whatever stands before it."""
    name = path.rpartition(".")[2]
    return name.rpartition("|")[2].rpartition("=")[2] if "|" in name or "=" in name else name
