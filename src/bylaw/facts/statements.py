"""Reads statements: bindings, imports, branches, loops, ``with`` and ``try``."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from bylaw.facts import schema as F
from bylaw.facts.annotations import annotation_path
from bylaw.facts.assertions import is_about_calls
from bylaw.facts.branches import always_leaves, ways_out
from bylaw.facts.child_environment import note_assignment, note_return
from bylaw.facts.declared import note_binding, note_growth, note_wiring
from bylaw.facts.definitions import visit_class, visit_function
from bylaw.facts.emptiness import names_found_empty, names_found_filled
from bylaw.facts.exceptions import record_suppress, visit_raise, visit_try
from bylaw.facts.expressions import (
    attribute_path,
    bind_target,
    visit,
    visit_test,
    visit_with_flags,
)
from bylaw.facts.guards import guard_kind, is_sampled
from bylaw.facts.handed import gone_through
from bylaw.facts.interest import builds_statement
from bylaw.facts.parameter_guards import note_guards
from bylaw.facts.records import encode_argument, record_call, record_load
from bylaw.facts.scope import Extraction, bind, column, enter_branch, enter_situation, lookup
from bylaw.facts.shapes import aliased, chosen_from, shape_of

Visitor = Callable[[Extraction, Any], None]

_CALLS = (ast.Call, ast.Await)
_MOST_CHOICES = 16


def visit_body(state: Extraction, body: Iterable[Any]) -> None:
    """Reads statements in order; outside functions each one becomes the anchor of what it does."""
    before = state.situation
    if state.scope.index:
        for node in body:
            VISITORS[type(node)](state, node)
        state.situation = before
        return
    outer = state.anchor
    for node in body:
        state.anchor = (node.lineno, column(state, node), _header_end(node))
        VISITORS[type(node)](state, node)
    state.anchor, state.situation = outer, before


def _header_end(node: Any) -> int:
    body = getattr(node, "body", None)
    if isinstance(body, list) and body:
        return int(max(node.lineno, min(body[0].lineno - 1, node.end_lineno)))
    end: int = node.end_lineno
    return end


def _visit_expression(state: Extraction, node: ast.Expr) -> None:
    if type(node.value) is ast.Call:
        note_wiring(state, node.value)
    visit_with_flags(state, node.value, F.DISCARDED)


def _assign_name(
    state: Extraction, target: ast.Name, path: str | None, shape: str, annotation: str | None
) -> None:
    name = target.id
    scope = state.scope
    if scope.index and name in scope.global_names:
        _write_global(state, target, None)
    elif state.env is not None:
        if path is None or not path.endswith("()"):
            path = f"{annotation}!" if annotation else path
        state.env[name] = path
        scope.given.discard(name)
    else:
        state.bindings.append((name, "v", path, annotation, shape, target.lineno, state.situation))


def _write_global(state: Extraction, target: ast.Name, value: Any) -> None:
    scope = state.scope
    name = target.id
    kind = type(value)
    # What is made together with a value that was missing is made as seldom.
    once = not scope.empty_names.isdisjoint(scope.global_names)
    lazy = F.FILLED_ONCE if once else F.EVERY_TIME
    if kind is ast.Constant and (value.value is None or value.value is False):
        lazy = F.EMPTIED if value.value is None and name in scope.tested else F.CLEARED
    elif kind is ast.BoolOp and type(value.op) is ast.Or:
        lazy = F.FILLED_ONCE if getattr(value.values[0], "id", "") == name else lazy
    write = (name, "rebind", target.lineno, column(state, target), target.end_lineno)
    scope.writes.append((*write, state.situation, lazy))


def _constant_text(value: Any) -> str | None:
    """A string or truth value, encoded, kept where the annotation of a binding stands."""
    encoded = encode_argument(None, value)
    return encoded if encoded[0] == "'" or encoded in (":True", ":False") else None


def _store(state: Extraction, target: Any, op_suffix: str = "", lazy: int = F.EVERY_TIME) -> None:
    """Records a write through a subscript or attribute, when its root is not a local."""
    kind = type(target)
    op = "item" if kind is ast.Subscript else "attribute"
    base = target.value
    if kind is ast.Subscript:
        visit(state, target.slice)
    quiet = type(base) in (ast.Name, ast.Attribute)
    path = _quiet_path(state, base) if quiet else visit(state, base)
    if path is None or not state.scope.index:
        return
    if kind is ast.Attribute:
        path = f"{path}.{target.attr}"
    write = (path, op_suffix or op, target.lineno, column(state, target), target.end_lineno)
    state.scope.writes.append((*write, state.situation, lazy))


def _record_self(
    state: Extraction, target: ast.Attribute, path: str | None, annotation: str | None
) -> bool:
    scope = state.scope
    if (
        scope.class_index < 0
        or type(target.value) is not ast.Name
        or target.value.id != scope.self_name
        or not scope.self_name
    ):
        return False
    scope.flags |= F.SETS_SELF
    record = state.classes[scope.class_index]
    value = f"{annotation}!" if annotation and not (path or "").endswith("()") else path
    if record is not None and value is not None:
        record[F.K_SELF].append((target.attr, value))
    return True


def _assign(state: Extraction, target: Any, path: str | None, value: Any) -> None:
    kind = type(target)
    if kind is ast.Name and state.scope.index and target.id in state.scope.global_names:
        _write_global(state, target, value)
    elif kind is ast.Name:
        text = _constant_text(value) if state.env is None else None
        _assign_name(state, target, path, shape_of(value), text)
    elif kind is ast.Attribute:
        if not _record_self(state, target, path, None):
            cleared = target.attr == "autocommit" and getattr(value, "value", 0) is False
            _store(state, target, lazy=F.CLEARED if cleared else F.EVERY_TIME)
    elif kind is ast.Subscript:
        _store(state, target)
    elif kind in (ast.Tuple, ast.List):
        elements: list[Any] = getattr(value, "elts", None) or []
        same = len(elements) == len(target.elts)
        for index, element in enumerate(target.elts):
            part = elements[index] if same else None
            quiet = type(part) in (ast.Name, ast.Attribute)
            piece = _quiet_path(state, part) if quiet else None
            _assign(state, element, piece, part)
    else:
        bind_target(state, target, None)


def _quiet_path(state: Extraction, node: Any) -> str | None:
    if type(node) is ast.Name:
        return lookup(state, node.id)
    return attribute_path(state, node)


def _visit_assign(state: Extraction, node: ast.Assign) -> None:
    value = node.value
    path = visit_with_flags(state, value, 0)
    target: Any
    for target in node.targets:
        if type(target) is ast.Name and (not state.scope.index or type(value) in _CALLS):
            note_binding(state, target.id, node, value)
        if type(target) is ast.Name and state.env is None and (named := aliased(value)) is not None:
            alias = annotation_path(state, named)
            _assign_name(state, target, path, "alias", alias)
            continue
        _assign(state, target, path, value)
        note_assignment(state, target, value)
        if state.scope.index:
            for each in target.elts if type(target) is ast.Tuple else (target,):
                if type(each) is ast.Name:
                    _note_call(state, each.id, value)


def _note_call(state: Extraction, name: str, value: Any) -> None:
    kind = type(value)
    called = kind is ast.Call or (kind is ast.Await and type(value.value) is ast.Call)
    if called and state.last_call >= 0:
        state.scope.assigned.append((name, state.last_call))


def _visit_annotated(state: Extraction, node: ast.AnnAssign) -> None:
    annotation = annotation_path(state, node.annotation)
    path = visit(state, node.value) if node.value is not None else None
    target: Any = node.target
    if type(target) is ast.Name:
        note_binding(state, target.id, node, node.value)
        shape = shape_of(node.value) if node.value is not None else "none"
        if node.value is not None or state.env is None or annotation:
            _assign_name(state, target, path, shape, annotation)
    elif type(target) is ast.Attribute:
        if not _record_self(state, target, path, annotation):
            _store(state, target)
    else:
        _store(state, target)


def _visit_augmented(state: Extraction, node: ast.AugAssign) -> None:
    note_growth(state, node)
    visit(state, node.value)
    target: Any = node.target
    if type(target) is not ast.Name:
        _store(state, target)
        return
    state.scope.given.discard(target.id)
    if state.scope.index and target.id in state.scope.global_names:
        write = (target.id, "rebind", target.lineno, column(state, target), target.end_lineno)
        state.scope.writes.append((*write, state.situation, F.EVERY_TIME))


def _visit_delete(state: Extraction, node: ast.Delete) -> None:
    for target in node.targets:
        if type(target) in (ast.Subscript, ast.Attribute):
            _store(state, target, "delete")


def _visit_return(state: Extraction, node: ast.Return) -> None:
    if node.value is None:
        return
    if state.situations[state.situation][F.S_FLAGS] & F.IN_HANDLER and state.scope.index:
        state.scope.looked_at |= type(node.value) is not ast.Constant
    state.scope.looked_at |= builds_statement(node.value)
    path = visit_with_flags(state, node.value, F.HANDED_BACK)
    if type(node.value) is ast.Dict:
        note_return(state, node.value)
    values = state.scope.values
    if path is not None and path not in values and len(values) < 4:
        values.append(path)
    for each in chosen_from(node.value):
        named = _quiet_path(state, each)
        if named is not None and named not in values and len(values) < _MOST_CHOICES:
            values.append(named)


def _import_flags(state: Extraction, name: str, target: str) -> None:
    if name in ("environ", "environb"):
        state.hot_names.add(target)


def _visit_import(state: Extraction, node: ast.Import) -> None:
    col = column(state, node)
    for alias in node.names:
        record = (0, alias.name, "", alias.asname or "", node.lineno, col, node.end_lineno)
        state.imports.append((*record, state.situation, state.scope.index))
        bound = alias.asname or alias.name.partition(".")[0]
        if state.env is not None and bound not in state.scope.global_names:
            target = alias.name if alias.asname else bound
            state.env[bound] = f"~0|{target.replace('.', '/')}|"
        else:
            _bind_import(state, bound, node.lineno)


def _bind_import(state: Extraction, name: str, line: int) -> None:
    index = len(state.imports) - 1
    state.bindings.append((name, "i", index, None, "import", line, state.situation))


def _visit_import_from(state: Extraction, node: ast.ImportFrom) -> None:
    module = node.module or ""
    col = column(state, node)
    for alias in node.names:
        record = (node.level, module, alias.name, alias.asname or "", node.lineno, col)
        state.imports.append((*record, node.end_lineno, state.situation, state.scope.index))
        bound = alias.asname or alias.name
        if bound != alias.name:
            state.renamed[bound] = alias.name
        if alias.name == "*":
            state.stars.append((node.level, module))
        elif state.env is not None and bound not in state.scope.global_names:
            target = f"~{node.level}|{module.replace('.', '/')}|{alias.name}"
            state.env[bound] = target
            if alias.name in ("environ", "environb"):
                state.hot_names.add(bound)
        else:
            _import_flags(state, alias.name, bound)
            _bind_import(state, bound, node.lineno)


def _visit_if(state: Extraction, node: ast.If) -> None:
    visit_test(state, node.test)
    kind = guard_kind(node.test)
    flags = {"typing": F.IN_TYPE_CHECKING, "main": F.IN_MAIN}.get(kind, F.IN_CONDITION)
    if kind == "main":
        state.file_flags |= F.HAS_MAIN_GUARD
    other = F.IN_TYPE_CHECKING if kind == "not-typing" else F.IN_CONDITION
    scope = state.scope
    scope.flags |= F.BRANCHING
    if scope.given:
        note_guards(state, node)
    empty = scope.empty_names
    if scope.global_names:
        scope.empty_names = empty | names_found_empty(node.test)
    before = enter_situation(state, flags if kind != "not-typing" else 0)
    if is_sampled(node.test):
        enter_branch(state)
    visit_body(state, node.body)
    state.situation = before
    if scope.global_names:
        scope.empty_names = empty | names_found_filled(node.test)
    if node.orelse:
        enter_situation(state, other if kind not in ("typing", "main") else 0)
        visit_body(state, node.orelse)
        state.situation = before
    if scope.global_names and not always_leaves(node.body):
        scope.empty_names = empty
    # The rest of the block is reached only by those who stayed; its reader goes back.
    for skips in ways_out(node):
        if skips:
            enter_branch(state)
        else:
            enter_situation(state, F.ONE_BRANCH)


def _visit_loop(state: Extraction, node: Any) -> None:
    state.scope.flags |= F.BRANCHING
    if type(node) is ast.While:
        visit_test(state, node.test)
    else:
        source = visit_with_flags(state, node.iter, F.ARGUMENT)
        path = f"{source}*" if source else None
        if path is not None:
            record_load(state, node.iter, path, None)
        if type(node.target) is ast.Name:
            bind(state, node.target.id, path, node)
        else:
            _assign(state, node.target, None, None)
    each = () if type(node) is ast.While else (gone_through(node.iter),)
    before = enter_situation(state, F.IN_LOOP | F.IN_CONDITION, each=each)
    visit_body(state, node.body)
    state.situation = before
    visit_body(state, node.orelse)


def _visit_with(state: Extraction, node: Any) -> None:
    before = state.situation
    entered: tuple[str, ...] = ()
    flags = F.ENTERED | (F.AWAITED if type(node) is ast.AsyncWith else 0)
    for item in node.items:
        path = visit_with_flags(state, item.context_expr, flags)
        if path is not None and type(item.context_expr) in (ast.Name, ast.Attribute):
            method = "__aenter__" if flags & F.AWAITED else "__enter__"
            record_call(state, item.context_expr, f"{path}.{method}", (), flags & F.AWAITED)
        if item.optional_vars is not None:
            _assign(state, item.optional_vars, f"{path}+" if path else None, None)
        if path is not None:
            entered += (path,)
    handled = _suppressed_types(state, node)
    enter_situation(state, 0, handled, entered)
    visit_body(state, node.body)
    state.situation = before


def _suppressed_types(state: Extraction, node: Any) -> tuple[str, ...]:
    handled: tuple[str, ...] = ()
    for item in node.items:
        call = item.context_expr
        if type(call) is not ast.Call:
            continue
        name = call.func.attr if type(call.func) is ast.Attribute else getattr(call.func, "id", "")
        if name in ("suppress", "raises"):
            paths = (annotation_path(state, argument) for argument in call.args)
            types = tuple(path for path in paths if path)
            handled += types
            if name == "suppress":
                record_suppress(state, node, item, types)
    return handled


def _visit_match(state: Extraction, node: ast.Match) -> None:
    visit(state, node.subject)
    before = enter_situation(state, F.IN_CONDITION)
    for case in node.cases:
        for pattern in ast.walk(case.pattern):
            name = getattr(pattern, "name", None)
            if type(name) is str:
                bind(state, name, None, pattern)
        if case.guard is not None:
            visit_test(state, case.guard)
        visit_body(state, case.body)
    state.situation = before


def _visit_global(state: Extraction, node: ast.Global) -> None:
    if state.scope.index and state.env is not None:
        state.scope.global_names.update(node.names)
        for name in node.names:
            state.env[name] = name


def _visit_assert(state: Extraction, node: ast.Assert) -> None:
    first = len(state.scope.calls), len(state.scope.loads)
    visit_test(state, node.test)
    if node.msg is not None:
        visit(state, node.msg)
    if state.scope.index:
        about_calls = is_about_calls(node.test)
        state.scope.asserts.append((node.lineno, node.end_lineno, about_calls))
    else:
        _record_assert(state, node, first)


def _record_assert(state: Extraction, node: ast.Assert, first: tuple[int, int]) -> None:
    """An assertion at module level is a raise when what it tests was read from outside."""
    calls = state.scope.calls[first[0] :]
    loads = state.scope.loads[first[1] :]
    paths = [call[F.C_PATH] for call in calls] + [load[F.L_PATH] for load in loads]
    tested = [path for path in paths if path]
    tested += [each.id for each in ast.walk(node.test) if type(each) is ast.Name]
    path = "assert:" + " ".join(dict.fromkeys(tested))
    place = (node.lineno, column(state, node), node.end_lineno)
    state.scope.raises.append((path, *place, state.situation, state.anchor, F.RAISED_ALWAYS))


def _visit_type_alias(state: Extraction, node: Any) -> None:
    alias = annotation_path(state, node.value)
    note_binding(state, node.name.id, node, node.value)
    _assign_name(state, node.name, None, "alias", alias)


def _visit_nothing(state: Extraction, node: Any) -> None:
    return None


def _visit_function(state: Extraction, node: Any) -> None:
    visit_function(state, node, visit_body)


def _visit_class(state: Extraction, node: Any) -> None:
    visit_class(state, node, visit_body)


def _visit_try(state: Extraction, node: Any) -> None:
    visit_try(state, node, visit_body)


VISITORS: dict[type, Visitor] = {
    ast.Expr: _visit_expression,
    ast.Assign: _visit_assign,
    ast.AnnAssign: _visit_annotated,
    ast.AugAssign: _visit_augmented,
    ast.Delete: _visit_delete,
    ast.Return: _visit_return,
    ast.Raise: visit_raise,
    ast.Import: _visit_import,
    ast.ImportFrom: _visit_import_from,
    ast.If: _visit_if,
    ast.For: _visit_loop,
    ast.AsyncFor: _visit_loop,
    ast.While: _visit_loop,
    ast.With: _visit_with,
    ast.AsyncWith: _visit_with,
    ast.Try: _visit_try,
    ast.TryStar: _visit_try,
    ast.Match: _visit_match,
    ast.Global: _visit_global,
    ast.Nonlocal: _visit_nothing,
    ast.Assert: _visit_assert,
    ast.Pass: _visit_nothing,
    ast.Break: _visit_nothing,
    ast.Continue: _visit_nothing,
    ast.FunctionDef: _visit_function,
    ast.AsyncFunctionDef: _visit_function,
    ast.ClassDef: _visit_class,
}
if hasattr(ast, "TypeAlias"):
    VISITORS[ast.TypeAlias] = _visit_type_alias
