"""``mutable-global-state``: a module-level object that functions change at run time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.class_lookup import outside_bases
from bylaw.model.evaluate import POSSIBLE, evaluate
from bylaw.model.project import Project
from bylaw.model.roles import MIGRATION, SCRIPT, TEST
from bylaw.model.variables import Variable, find_variable, holds_container, holds_own_object
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.flow.held_state import drops_itself, is_uncalled, keeps_elsewhere, resets
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="mutable-global-state",
    summary="A module-level object is changed at run time from a function of its own or another "
    "module.",
    clauses=("AP-PY05",),
    severity="warning",
    how="flow",
    family="flow",
    mend="keep the state in an object that is passed in, or on app.state made in the lifespan",
)

_MUTATORS = frozenset(
    {
        "append", "add", "update", "pop", "setdefault", "clear", "extend", "insert", "remove",
        "discard", "popitem", "appendleft", "popleft", "extendleft", "sort", "reverse",
        "move_to_end", "rotate", "subtract", "difference_update", "intersection_update",
    }
)  # fmt: skip
_DECORATED = frozenset(
    {
        "func", "fn", "f", "function", "cls", "klass", "class_", "handler", "callback", "method",
        "target", "wrapped", "view", "obj", "model", "plugin", "cb", "callable_", "decorated",
    }
)  # fmt: skip
_IMPORT_HOOKS = frozenset({"__init_subclass__", "__set_name__", "__class_getitem__"})
_CLASS_MAKERS = frozenset({"__new__", "__init__", "__prepare__"})
_METACLASSES = frozenset({"type", "enum.EnumType", "django.db.models.base.ModelBase"})
_ENDS_LIKE_ONE = ("Meta", "Metaclass", "MetaClass")
_MAPPER_EVENTS = frozenset(
    {"'mapper_configured", "'instrument_class", "'class_instrument", "'after_configured"}
)
_SAFE_BASES = frozenset({"threading.local", "_thread._local"})


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per function and variable it changes."""
    project = context.project
    for number, function in enumerate(project.functions):
        if function[F.F_PARENT] < 0:
            continue
        if project.roles[project.function_home[number]] in (TEST, SCRIPT, MIGRATION):
            continue
        seen: set[tuple[int, str]] = set()
        for variable, what, place, lazy in changes(context, number, function):
            key = (variable.module, variable.name)
            if key in seen or _only_at_import(context, number):
                continue
            seen.add(key)
            yield _finding(context, number, variable, what, place, lazy)


def _finding(
    context: RuleContext, number: int, variable: Variable, what: str, place: Any, lazy: int
) -> Finding:
    project = context.project
    home = project.modules[variable.module].name
    own = variable.module == project.function_home[number]
    owner = "of this module" if own else f"of {home}"
    name = project.functions[number][F.F_NAME]
    message = f"{name}() {what} {variable.name} {owner}, state that the whole process shares"
    if lazy == F.FILLED_ONCE:
        message = f"{name}() fills {variable.name} {owner} on first use"
    elif lazy == F.EMPTIED:
        message = f"{name}() sets {variable.name} {owner} back"
    callers = _callers(context)
    known = callers.get(number)
    confidence = 0 if known or own else 1
    outer = _around(project, number)
    if not known and not callers.get(outer) and is_uncalled(context, outer):
        confidence = POSSIBLE
    return make_finding(
        INFO,
        project,
        number,
        place,
        message,
        confidence=confidence,
        severity="note" if lazy else INFO.severity,
        sink=f"{home}.{variable.name}",
    )


def _around(project: Project, number: int) -> int:
    """The function that a nested one is made in, itself where it is none."""
    offset = project.function_offset[project.function_home[number]]
    while project.functions[number][F.F_FLAGS] & F.NESTED:
        number = offset + project.functions[number][F.F_PARENT]
    return number


def changes(
    context: RuleContext, number: int, function: tuple[Any, ...]
) -> Iterator[tuple[Variable, str, tuple[int, int, int], int]]:
    """Variables a function changes, with how and where, in order."""
    project = context.project
    module = project.function_home[number]
    found = []
    for write in function[F.F_WRITES]:
        change = _written(context, module, write)
        if change is not None:
            place = (write[F.W_LINE], write[F.W_COL], write[F.W_END])
            lazy = write[F.W_LAZY]
            if lazy == F.CLEARED:
                lazy = F.EMPTIED if resets(context, change[0]) else F.EVERY_TIME
            found.append((place, change[0], change[1], lazy))
    for call in function[F.F_CALLS]:
        base, dot, method = (call[F.C_PATH] or "").rpartition(".")
        if method == "setattr" and not dot:
            variable = _set_by_name(context, module, call)
            if variable is not None:
                place = (call[F.C_LINE], call[F.C_COL], call[F.C_END])
                found.append((place, variable, "sets attributes of", F.EVERY_TIME))
        if not dot or method not in _MUTATORS or base[0] in "#$&=":
            continue
        variable = find_variable(project, module, base.rstrip("[]"))
        if variable is not None and holds_container(project, variable):
            place = (call[F.C_LINE], call[F.C_COL], call[F.C_END])
            found.append((place, variable, "changes", F.EVERY_TIME))
    found.sort(key=lambda each: each[0])
    if any(what == "changes" for _, _, what, _ in found):
        gone = drops_itself(context, number)
        found = [each for each in found if each[2] != "changes" or each[1][:2] not in gone]
    for place, variable, what, lazy in found:
        yield variable, what, place, lazy


def _set_by_name(context: RuleContext, module: int, call: tuple[Any, ...]) -> Variable | None:
    """The module-level object of ours that a ``setattr`` call changes."""
    project = context.project
    path = call[F.C_ARGS][0] if call[F.C_ARGS] else "?"
    if path[0] in "#$&=?'*:%":
        return None
    variable = find_variable(project, module, path)
    if variable is None or not holds_own_object(project, variable):
        return None
    return None if _safe(context, evaluate(project, module, path)) else variable


def _written(
    context: RuleContext, module: int, write: tuple[Any, ...]
) -> tuple[Variable, str] | None:
    project = context.project
    path, op = write[F.W_PATH], write[F.W_OP]
    if path[0] in "#$&=" or op == "environment":
        return None
    path = path.rstrip("[]") if op != "attribute" else path
    if op == "rebind":
        variable = find_variable(project, module, path)
        return (variable, "rebinds") if variable is not None else None
    if op in ("item", "delete"):
        variable = find_variable(project, module, path)
        if variable is not None and holds_container(project, variable):
            return variable, "changes"
        return None
    base, _, name = path.rpartition(".")
    owner = evaluate(project, module, base)
    if owner is not None and owner[0] == "M":
        variable = find_variable(project, owner[1], name)
        return (variable, "rebinds") if variable is not None else None
    if owner is not None and owner[0] == "C":
        variable = find_variable(project, module, path)
        return (variable, "rebinds") if variable is not None else None
    variable = find_variable(project, module, base)
    if variable is None or not holds_own_object(project, variable) or _safe(context, owner):
        return None
    if owner is not None and owner[0] == "I" and keeps_elsewhere(project, owner[1], name):
        return None
    return variable, f"sets .{name} on"


def _safe(context: RuleContext, value: tuple[Any, ...] | None) -> bool:
    if value is None or value[0] != "I":
        return False
    bases = outside_bases(context.project, value[1], evaluate)
    return bool(_SAFE_BASES.intersection(bases))


def _callers(context: RuleContext) -> dict[int, list[int]]:
    found: dict[int, list[int]] | None = context.memo.get("callers")
    if found is None:
        found = {}
        project = context.project
        for number, edges in enumerate(context.graph.edges):
            if project.roles[project.function_home[number]] == TEST:
                continue
            for edge in edges:
                found.setdefault(edge.callee, []).append(number)
        context.memo["callers"] = found
    return found


def _only_at_import(context: RuleContext, number: int) -> bool:
    """Whether a function runs only while modules are imported: registries, decorators."""
    project = context.project
    callers = _callers(context)
    seen: set[int] = set()
    pending = [number]
    while pending:
        each = pending.pop()
        if each in seen:
            continue
        seen.add(each)
        function = project.functions[each]
        above = [caller for caller in callers.get(each, ()) if caller != each]
        if not above:
            if function[F.F_NAME].rpartition(".")[2] in _IMPORT_HOOKS:
                continue
            if _makes_classes(project, each):
                continue
            if not _is_decorator(context, each) and not _is_mapper_hook(context, each):
                return False
        for caller in above:
            if project.functions[caller][F.F_PARENT] >= 0:
                pending.append(caller)
    return True


def _makes_classes(project: Project, number: int) -> bool:
    """Whether a function runs for each class that is defined: a metaclass makes it."""
    function = project.functions[number]
    if function[F.F_CLASS] < 0 or function[F.F_NAME].rpartition(".")[2] not in _CLASS_MAKERS:
        return False
    owner = project.class_offset[project.function_home[number]] + function[F.F_CLASS]
    bases = outside_bases(project, owner, evaluate)
    return any(base in _METACLASSES or base.endswith(_ENDS_LIKE_ONE) for base in bases)


def _is_mapper_hook(context: RuleContext, number: int) -> bool:
    """Whether SQLAlchemy calls a function for each class that is declared."""
    project = context.project
    module = project.function_home[number]
    for path, arguments, _ in project.functions[number][F.F_DECORATORS]:
        value = evaluate(project, module, path.removesuffix("()")) if path != "?" else None
        if value is not None and value[:2] == ("X", "sqlalchemy.event.listens_for"):
            return not _MAPPER_EVENTS.isdisjoint(arguments)
    return False


def _is_decorator(context: RuleContext, number: int) -> bool:
    """Whether a function nobody calls is made to decorate: it gives back the thing it was given."""
    function = context.project.functions[number]
    for name, annotation, _ in function[F.F_PARAMS]:
        decorated = name.lstrip("_") in _DECORATED
        if annotation:
            last = annotation.rpartition(".")[2]
            decorated = decorated or last == "Callable" or len(last) <= 2
        if decorated and {f"={name}", f"{annotation}!"}.intersection(function[F.F_VALUES]):
            return True
    return False
