"""Reads expressions: every call and load is recorded once, and the path of the value is returned.

One traversal does both: visiting a node records what it does and returns how its value is reached.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from sys import intern
from typing import Any

from bylaw.facts import schema as F
from bylaw.facts.annotations import cast_type
from bylaw.facts.child_environment import note_call, note_mapping, spreads_environment
from bylaw.facts.handed import gone_through
from bylaw.facts.interest import compares_passwords, is_of_interest, is_worth_a_look
from bylaw.facts.records import encode_argument, record_call, record_load
from bylaw.facts.scope import (
    Extraction,
    Scope,
    bind,
    column,
    enter_branch,
    enter_situation,
    finish_function,
    lookup,
    reserve_function,
)
from bylaw.facts.watched import SENSITIVE, WATCHED

Visitor = Callable[[Extraction, Any], "str | None"]

_WORKING = frozenset({ast.Call, ast.Await, ast.Dict, ast.Tuple})
"""Elements of a list that may do something for each."""
_OWN_TRANSPORT = ("app", "transport")
"""Keywords that make a client talk to something in this process: nothing is known of it."""
_LONGEST_PATH = 240
_PRESENCE = frozenset({ast.Is, ast.IsNot})
_MEMBERSHIP = frozenset({ast.In, ast.NotIn})


def visit(state: Extraction, node: Any) -> str | None:
    """Reads one expression; returns the path of its value, None when it cannot be told."""
    return VISITORS[type(node)](state, node)


def _visit_children(state: Extraction, node: Any) -> None:
    """Reads what stands in an expression that has no meaning of its own here."""
    for field in node._fields:
        value = getattr(node, field)
        if type(value) is list:
            for item in value:
                if isinstance(item, ast.AST):
                    visit(state, item)
        elif isinstance(value, ast.AST):
            visit(state, value)


def _visit_constant(state: Extraction, node: ast.Constant) -> None:
    return None


def _visit_name(state: Extraction, node: ast.Name) -> str | None:
    name = node.id
    if (state.hot_names and name in state.hot_names) or name in state.scope.global_names:
        record_load(state, node, name, None)
    return name if state.env is None else state.env.get(name, name)


def attribute_path(state: Extraction, node: ast.Attribute) -> str | None:
    """Path of an attribute chain without recording a load of it; its root is visited."""
    inner: Any = node.value
    if type(inner) is ast.Name:
        base = inner.id if state.env is None else state.env.get(inner.id, inner.id)
        return intern(f"{base}.{node.attr}") if base is not None else None
    names = [node.attr]
    value: Any = node.value
    while type(value) is ast.Attribute:
        names.append(value.attr)
        value = value.value
    base = lookup(state, value.id) if type(value) is ast.Name else visit(state, value)
    if base is None:
        return None
    if len(names) == 1:
        path = f"{base}.{names[0]}"
    else:
        names.reverse()
        path = f"{base}.{'.'.join(names)}"
    return intern(path) if len(path) < _LONGEST_PATH else None


def _visit_attribute(state: Extraction, node: ast.Attribute) -> str | None:
    path = attribute_path(state, node)
    if path is not None:
        record_load(state, node, path, None)
    return path


def _visit_subscript(state: Extraction, node: ast.Subscript) -> str | None:
    index = node.slice
    key: str | None = encode_argument(None, index)
    if type(index) is not ast.Constant:
        key = visit(state, index)
    value: Any = node.value
    if type(value) is ast.Attribute:
        path = attribute_path(state, value)
    elif type(value) is ast.Name:
        path = lookup(state, value.id)
    else:
        path = visit(state, value)
    if path is None:
        return None
    if type(node.ctx) is ast.Load and (state.env is not None or state.anchor):
        record_load(state, node, path, key)
    return f"{path}[]" if len(path) < _LONGEST_PATH else None


def _visit_argument(state: Extraction, node: Any) -> str:
    kind = type(node)
    if kind is ast.Constant:
        return encode_argument(None, node)
    if kind is ast.Name and node.id in SENSITIVE:
        state.scope.looked_at = True
    if kind is ast.GeneratorExp:
        _visit_comprehension(state, node)
        return "?"
    if kind is ast.Starred:
        _visit_argument(state, node.value)
        return "*?"
    path = _visit_call(state, node, F.ARGUMENT) if kind is ast.Call else visit(state, node)
    return encode_argument(path, node) if path is None else path


def visit_arguments(state: Extraction, node: ast.Call) -> tuple[str, ...]:
    """Reads the arguments of a call and encodes them; keywords become ``name=value``."""
    encoded = []
    argument: Any
    for argument in node.args:
        if type(argument) is ast.Constant:
            encoded.append(encode_argument(None, argument))
        else:
            encoded.append(_visit_argument(state, argument))
    for keyword in node.keywords:
        inner = keyword.value
        if type(inner) is ast.Constant:
            value = encode_argument(None, inner)
        else:
            value = _visit_argument(state, inner)
        encoded.append(f"{keyword.arg}={value}" if keyword.arg else "**?")
    return tuple(encoded)


def _visit_call(state: Extraction, node: ast.Call, flags: int = 0) -> str | None:
    func: Any = node.func
    kind = type(func)
    title = func.attr if kind is ast.Attribute else func.id if kind is ast.Name else ""
    title = state.renamed.get(title, title) if kind is ast.Name else title
    if title in WATCHED and not state.scope.looked_at and is_worth_a_look(title, node):
        state.scope.looked_at = True
    if kind is ast.Name:
        path = func.id if state.env is None else state.env.get(func.id, func.id)
        if path == "super" and not node.args and state.scope.class_index >= 0:
            return f"&{state.scope.class_index}"
    elif kind is ast.Attribute:
        path = attribute_path(state, func)
    else:
        path = visit(state, func)
    arguments = visit_arguments(state, node) if node.args or node.keywords else ()
    if node.keywords or (kind is ast.Attribute and func.attr == "update"):
        note_call(state, node)
    record_call(state, node, path, arguments, flags)
    if path is None:
        return None
    if arguments:
        if path.rpartition(".")[2] == "partial" and arguments[0][0] not in "'?:*":
            return arguments[0]
        if node.keywords and any(each.arg in _OWN_TRANSPORT for each in node.keywords):
            return None
        if path.endswith("cast") and len(node.args) == 2:
            named = cast_type(state, node)
            if named is not None:
                return named
    return intern(path + "()") if len(path) < _LONGEST_PATH else None


def visit_with_flags(state: Extraction, node: Any, flags: int) -> str | None:
    """Reads an expression; if it is a call (awaited or not), the call gets ``flags`` as well."""
    kind = type(node)
    if kind is ast.Call:
        return _visit_call(state, node, flags)
    if kind is ast.Await and type(node.value) is ast.Call:
        return _visit_call(state, node.value, flags | F.AWAITED)
    return visit(state, node)


def _visit_await(state: Extraction, node: ast.Await) -> str | None:
    return (
        visit_with_flags(state, node, 0)
        if type(node.value) is ast.Call
        else visit(state, node.value)
    )


def visit_test(state: Extraction, node: Any) -> None:
    """Reads a condition: the names and calls in it count as tested."""
    kind = type(node)
    if kind is ast.Name:
        state.scope.tested.add(node.id)
        visit(state, node)
    elif kind is ast.BoolOp:
        before = state.situation
        for value in node.values:
            visit_test(state, value)
            enter_branch(state)
            _enter_presence(state, value)
        state.situation = before
    elif kind is ast.UnaryOp:
        visit_test(state, node.operand)
    elif kind is ast.Compare:
        _note_compared(state, node)
        absent = getattr(node.comparators[0], "value", node) is None
        if absent and type(node.left) is ast.Attribute:
            visit(state, node.left)
        else:
            visit_test(state, node.left)
        for value in node.comparators:
            visit_test(state, value)
    elif kind is ast.Attribute:
        path = visit(state, node)
        if path is not None:
            place = (node.lineno, column(state, node), node.end_lineno)
            state.scope.asked.append((path, *place))
    elif kind is ast.NamedExpr:
        state.scope.tested.add(node.target.id)
        path = visit_with_flags(state, node.value, F.TESTED)
        bind(state, node.target.id, path, node)
    else:
        first = len(state.scope.calls)
        visit_with_flags(state, node, F.TESTED)
        _test_inner(state, node, first)


def _test_inner(state: Extraction, node: Any, first: int) -> None:
    """A record is tested where an entry of it is: ``record["paid"]``, ``record.get("paid")``."""
    inner: Any = node
    if type(node) is ast.Call and getattr(node.func, "attr", "") == "get":
        inner = inner.func.value
    while type(inner) is ast.Subscript or type(inner) is ast.Await:
        inner = inner.value
    calls = state.scope.calls
    if type(inner) is ast.Name:
        state.scope.tested.add(inner.id)
    elif type(inner) is ast.Call and inner is not node and len(calls) > first:
        call = calls[first]
        calls[first] = (*call[: F.C_FLAGS], call[F.C_FLAGS] | F.TESTED, *call[F.C_SITUATION :])


def _enter_presence(state: Extraction, operand: Any) -> None:
    """What follows ``expiry is None or`` runs only for those who set what may be left out."""
    if type(operand) is not ast.Compare or type(operand.ops[0]) not in _PRESENCE:
        return
    if getattr(operand.comparators[0], "value", operand) is None:
        enter_branch(state)


def _visit_bool(state: Extraction, node: ast.BoolOp) -> str | None:
    paths = []
    before = state.situation
    for value in node.values[:-1]:
        if type(value) is ast.Name:
            state.scope.tested.add(value.id)
        paths.append(visit_with_flags(state, value, F.TESTED))
        if state.situation == before:  # what follows the first may be skipped
            enter_branch(state)
            _enter_presence(state, value)
    paths.append(visit(state, node.values[-1]))
    state.situation = before
    if type(node.op) is ast.And:
        return paths[-1]
    return next((path for path in paths if path is not None), None)


def _visit_if_expression(state: Extraction, node: ast.IfExp) -> str | None:
    visit_test(state, node.test)
    before = enter_branch(state)
    body = visit(state, node.body)
    other = visit(state, node.orelse)
    state.situation = before
    if body is not None and other is not None and body != other:
        return None
    return body if body is not None else other


def _visit_binary(state: Extraction, node: ast.BinOp) -> str | None:
    """``path / "name"`` is a path still; other operators make something else."""
    left = visit(state, node.left)
    visit(state, node.right)
    return left if type(node.op) is ast.Div else None


def _note_compared(state: Extraction, node: ast.Compare) -> None:
    """Asking what is in a collection of the module reads it; passwords get a second look."""
    if type(node.ops[0]) not in _MEMBERSHIP:
        state.scope.looked_at |= compares_passwords(node)
        return
    held: Any = node.comparators[0]
    if type(held) is ast.Name and state.env is not None and held.id not in state.env:
        record_load(state, held, held.id, None)


def _visit_compare(state: Extraction, node: ast.Compare) -> None:
    _note_compared(state, node)
    if type(node.left) is ast.Constant and _asks_environment(state, node):
        return
    for operand in (node.left, *node.comparators):
        if type(operand) is ast.Name:
            state.scope.tested.add(operand.id)
        visit_with_flags(state, operand, F.TESTED)


def _asks_environment(state: Extraction, node: ast.Compare) -> bool:
    """``"DEBUG" in os.environ`` reads one variable; whether it is that, which is then recorded."""
    mapping: Any = node.comparators[0]
    if type(node.ops[0]) not in _MEMBERSHIP or len(node.comparators) > 1:
        return False
    if type(mapping) is ast.Attribute and mapping.attr == "environ":
        path = attribute_path(state, mapping)
    elif type(mapping) is ast.Name and mapping.id in state.hot_names:
        path = lookup(state, mapping.id)
    else:
        return False
    if path is not None:
        record_load(state, mapping, path, encode_argument(None, node.left))
    return True


def _visit_named(state: Extraction, node: ast.NamedExpr) -> str | None:
    path = visit(state, node.value)
    bind(state, node.target.id, path, node)
    return path


def _visit_sequence(state: Extraction, node: Any) -> None:
    for element in node.elts:
        if type(element) is not ast.Constant:
            visit(state, element)


def _visit_dict(state: Extraction, node: ast.Dict) -> None:
    if None in node.keys and spreads_environment(node):
        note_mapping(state, node)
    for key in node.keys:
        if key is not None and type(key) is not ast.Constant:
            visit(state, key)
    for value in node.values:
        if type(value) is not ast.Constant:
            visit(state, value)


def _visit_joined(state: Extraction, node: ast.JoinedStr) -> None:
    if not state.scope.looked_at and is_of_interest(node):
        state.scope.looked_at = True
    for part in node.values:
        if type(part) is ast.FormattedValue:
            visit(state, part.value)
            if part.format_spec is not None:
                visit(state, part.format_spec)


def _visit_unary(state: Extraction, node: ast.UnaryOp) -> None:
    visit(state, node.operand)


def _visit_lambda(state: Extraction, node: ast.Lambda) -> str | None:
    for default in (*node.args.defaults, *node.args.kw_defaults):
        if default is not None:
            visit(state, default)
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return _visit_later(state, node, names, "<lambda>", lambda: visit(state, node.body))


def _visit_generator(state: Extraction, node: ast.GeneratorExp) -> str | None:
    """A generator that nobody consumes on the spot: its body runs later, or never."""
    return _visit_later(state, node, [], "<generator>", lambda: _visit_comprehension(state, node))


def _visit_later(
    state: Extraction, node: Any, names: list[str], title: str, body: Callable[[], str | None]
) -> str:
    index = reserve_function(state)
    outer, anchor, situation = state.scope, state.anchor, state.situation
    scope = Scope(index, title, outer.class_index)
    state.scope, state.anchor, state.situation = scope, None, 0
    around = state.env
    state.env = {**around, **dict.fromkeys(names)} if around else dict.fromkeys(names)
    path = body()
    if path is not None:
        scope.values.append(path)
    state.env = around
    state.scope, state.anchor, state.situation = outer, anchor, situation
    name = f"{state.prefix}{title}"
    flags = F.LAMBDA | (F.NESTED if outer.index else 0)
    params = tuple((each, None, None) for each in names)
    head = (name, node.lineno, column(state, node), node.end_lineno, flags, -1, outer.index)
    finish_function(state, scope, (*head, params, None, ()))
    return f"#{index}"


def bind_target(state: Extraction, target: Any, path: str | None) -> None:
    """Binds the names of an assignment target that is not at module level."""
    kind = type(target)
    if kind is ast.Name:
        bind(state, target.id, path, target)
    elif kind in (ast.Tuple, ast.List):
        for element in target.elts:
            bind_target(state, element, None)
    elif kind is ast.Starred:
        bind_target(state, target.value, None)
    else:
        visit(state, target)


def _visit_comprehension(state: Extraction, node: Any) -> str | None:
    around = state.env
    state.env = dict(around or ())
    for generator in node.generators:
        source = visit_with_flags(state, generator.iter, F.ARGUMENT)
        if source is not None:
            record_load(state, generator.iter, f"{source}*", None)
        bind_target(state, generator.target, f"{source}*" if source else None)
        for condition in generator.ifs:
            visit_test(state, condition)
    before = state.situation
    if type(node) is not ast.ListComp or type(node.elt) in _WORKING:
        enter_situation(state, each=(gone_through(node.generators[-1].iter),))
    if type(node) is ast.DictComp:
        visit(state, node.key)
        visit(state, node.value)
    else:
        visit(state, node.elt)
    state.situation = before
    state.env = around
    return None


def _visit_yield(state: Extraction, node: ast.Yield) -> None:
    state.scope.flags |= F.GENERATOR
    if node.value is not None:
        path = visit(state, node.value)
        if path is not None and path not in state.scope.values:
            state.scope.values.append(path)


def _visit_yield_from(state: Extraction, node: ast.YieldFrom) -> None:
    state.scope.flags |= F.GENERATOR
    visit(state, node.value)


def _visit_starred(state: Extraction, node: ast.Starred) -> None:
    visit(state, node.value)


class _Visitors(dict[type, Visitor]):
    """Visitors by type of node; those of types without one go through what is inside."""

    def __missing__(self, kind: type) -> Visitor:
        return _visit_children


VISITORS = _Visitors(
    {
        ast.Constant: _visit_constant,
        ast.Name: _visit_name,
        ast.Attribute: _visit_attribute,
        ast.Subscript: _visit_subscript,
        ast.Call: _visit_call,
        ast.Await: _visit_await,
        ast.BoolOp: _visit_bool,
        ast.IfExp: _visit_if_expression,
        ast.BinOp: _visit_binary,
        ast.Compare: _visit_compare,
        ast.NamedExpr: _visit_named,
        ast.Lambda: _visit_lambda,
        ast.Dict: _visit_dict,
        ast.List: _visit_sequence,
        ast.Tuple: _visit_sequence,
        ast.Set: _visit_sequence,
        ast.JoinedStr: _visit_joined,
        ast.UnaryOp: _visit_unary,
        ast.ListComp: _visit_comprehension,
        ast.SetComp: _visit_comprehension,
        ast.GeneratorExp: _visit_generator,
        ast.DictComp: _visit_comprehension,
        ast.Yield: _visit_yield,
        ast.YieldFrom: _visit_yield_from,
        ast.Starred: _visit_starred,
    }
)
