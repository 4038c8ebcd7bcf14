"""Reads functions and classes: heads, parameters, decorators, then their bodies."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from bylaw.facts import schema as F
from bylaw.facts.annotations import annotation_path, depends_path
from bylaw.facts.awaited_together import mark_gathered
from bylaw.facts.decisions import is_handler
from bylaw.facts.declared import (
    note_attribute,
    note_decisions,
    note_decorators,
    note_returned,
    note_signature,
)
from bylaw.facts.exceptions import is_constant
from bylaw.facts.expressions import (
    attribute_path,
    visit,
    visit_arguments,
)
from bylaw.facts.failures import mark_failures
from bylaw.facts.handed import note_handed
from bylaw.facts.loose_types import loose_flags
from bylaw.facts.raise_guards import mark_guards
from bylaw.facts.records import encode_argument, record_call
from bylaw.facts.scope import (
    Extraction,
    Scope,
    bind,
    column,
    finish_function,
    lookup,
    reserve_function,
)
from bylaw.facts.value_use import mark_uses

BodyVisitor = Callable[[Extraction, Iterable[Any]], None]

_FLAGS_BY_DECORATOR = {
    "property": F.PROPERTY,
    "cached_property": F.PROPERTY,
    "hybrid_property": F.PROPERTY,
    "staticmethod": F.STATIC,
    "classmethod": F.CLASSMETHOD,
    "abstractmethod": F.ABSTRACT,
    "overload": F.EMPTY,
}
_CONSTRUCTORS = frozenset({"__init__", "__new__"})


def _visit_decorators(state: Extraction, nodes: list[Any]) -> tuple[tuple[Any, ...], ...]:
    decorators = []
    outer = state.anchor
    for node in nodes:
        if not state.scope.index:
            state.anchor = (node.lineno, column(state, node), node.end_lineno)
        arguments: tuple[str, ...] = ()
        if type(node) is ast.Call:
            target: Any = node.func
            path = (
                attribute_path(state, target)
                if type(target) is ast.Attribute
                else visit(state, target)
            )
            arguments = visit_arguments(state, node)
            record_call(state, node, path, arguments, F.DECORATOR)
            record_call(state, node, f"{path}()" if path else None, (), F.DECORATOR)
        else:
            path = (
                attribute_path(state, node) if type(node) is ast.Attribute else visit(state, node)
            )
            record_call(state, node, path, (), F.DECORATOR)
        decorators.append((path or "?", arguments, node.lineno))
    state.anchor = outer
    return tuple(decorators)


def _flags_of(node: Any) -> int:
    flags = F.ASYNC if type(node) is ast.AsyncFunctionDef else 0
    for decorator in node.decorator_list:
        target = decorator.func if type(decorator) is ast.Call else decorator
        name = target.attr if type(target) is ast.Attribute else getattr(target, "id", "")
        flags |= _FLAGS_BY_DECORATOR.get(name, 0)
        if name in ("setter", "deleter", "getter"):
            flags |= F.PROPERTY if name == "getter" else 0
    return flags | loose_flags(node) | (F.EMPTY if _is_empty(node.body) else 0)


def _is_empty(body: list[Any]) -> bool:
    for node in body:
        kind = type(node)
        if kind is ast.Pass or (kind is ast.Expr and type(node.value) is ast.Constant):
            continue
        if kind is ast.Raise and node.exc is not None:
            target = node.exc.func if type(node.exc) is ast.Call else node.exc
            if getattr(target, "id", "") == "NotImplementedError":
                continue
        return False
    return True


def _parameters(
    state: Extraction, arguments: ast.arguments
) -> list[tuple[str, str | None, str | None]]:
    """Name, type path and default of each parameter; defaults are read here, where they run."""
    positional = [*arguments.posonlyargs, *arguments.args]
    padding: list[Any] = [None] * (len(positional) - len(arguments.defaults))
    pairs = list(zip(positional, padding + list(arguments.defaults), strict=True))
    pairs += list(zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True))
    result = []
    outer = state.anchor
    for argument, default in pairs:
        encoded = None
        if default is not None:
            if not state.scope.index:
                state.anchor = (default.lineno, column(state, default), default.end_lineno)
            encoded = encode_argument(visit(state, default), default)
        annotation = annotation_path(state, argument.annotation) if argument.annotation else None
        if default is not None and (annotation is None or annotation in ("Any", "typing.Any")):
            dependency = depends_path(state, [default])
            annotation = f"{dependency}()" if dependency else annotation
        result.append((argument.arg, annotation, encoded))
    state.anchor = outer
    for rest in (arguments.vararg, arguments.kwarg):
        if rest is not None:
            result.append((rest.arg, None, "*"))
    return result


def _parameter_env(
    state: Extraction,
    params: list[tuple[str, str | None, str | None]],
    class_index: int,
    flags: int,
) -> dict[str, str | None]:
    env: dict[str, str | None] = {}
    for name, annotation, default in params:
        if annotation is None:
            env[name] = None if default == "*" else f"={name}"
        else:
            env[name] = annotation if annotation.endswith("()") else f"{annotation}!"
    if class_index >= 0 and params and not flags & F.STATIC:
        first = params[0][0]
        prefix = "%" if flags & F.CLASSMETHOD or first == "cls" else "$"
        env[first] = f"{prefix}{class_index}"
    return env


def visit_function(state: Extraction, node: Any, visit_body: BodyVisitor) -> None:
    """Reads a function: decorators and defaults where they run, the body as a scope of its own."""
    class_index = state.class_index
    decorators = _visit_decorators(state, node.decorator_list)
    params = _parameters(state, node.args)
    returns = annotation_path(state, node.returns) if node.returns is not None else None
    index = reserve_function(state)
    _note_function(state, node, index)
    flags = _flags_of(node)
    outer = (
        state.scope,
        state.env,
        state.anchor,
        state.situation,
        state.prefix,
        state.class_index,
    )
    scope = Scope(index, node.name, class_index if class_index >= 0 else state.scope.class_index)
    if class_index >= 0:
        scope.self_name = params[0][0] if params and not flags & F.STATIC else ""
        around = state.enclosing
    else:
        scope.self_name = state.scope.self_name
        around = state.env
        flags |= F.NESTED if state.scope.index else 0
    name = f"{state.prefix}{node.name}"
    given = _parameter_env(state, params, class_index, flags)
    state.scope, state.env = scope, {**around, **given} if around else given
    scope.given = {param[0] for param in params}
    state.anchor, state.situation, state.prefix, state.class_index = None, 0, f"{name}.", -1
    visit_body(state, node.body)
    state.scope, state.env, state.anchor, state.situation, state.prefix, state.class_index = outer
    mark_uses(state, scope, node)
    mark_gathered(state, scope, node.body)
    if scope.handlers:
        mark_failures(scope, node.body, is_constant)
    note_handed(state, scope, node.body)
    if scope.raises:
        mark_guards(node, scope.raises)
    head = (name, node.lineno, column(state, node), node.end_lineno, flags, class_index)
    finish_function(state, scope, (*head, outer[0].index, tuple(params), returns, decorators))
    _bind_definition(state, node, "f", index)
    if node.name.startswith("test") and state.scope.index == 0:
        state.file_flags |= F.HAS_TESTS


def _note_function(state: Extraction, node: Any, index: int) -> None:
    decorated = bool(node.decorator_list)
    routed = decorated and note_decorators(state, node.decorator_list, index, "d")
    note_signature(state, node, index, routed)
    if routed or is_handler(node, state.class_index >= 0):
        note_decisions(state, node, index)
    if decorated or node.name.startswith("__table"):
        note_returned(state, node, index)


def _bind_definition(state: Extraction, node: Any, kind: str, index: int) -> None:
    if state.class_index >= 0 and kind == "f":
        record = state.classes[state.class_index]
        if record is not None:
            record[F.K_METHODS].append((node.name, index))
    if state.env is not None:
        if node.name not in state.scope.global_names:
            bind(state, node.name, f"{'#' if kind == 'f' else '%'}{index}")
    else:
        line, situation = node.lineno, state.situation
        state.bindings.append((node.name, kind, index, None, "def", line, situation))


def visit_class(state: Extraction, node: ast.ClassDef, visit_body: BodyVisitor) -> None:
    """Reads a class: its body runs where it stands, its methods are functions of the file."""
    decorators = _visit_decorators(state, node.decorator_list)
    bases = []
    for base in node.bases:
        path = annotation_path(state, base)
        if type(base) is ast.Call:
            path = visit(state, base)
        bases.append(path or "?")
    keywords = tuple(
        f"{keyword.arg}={encode_argument(visit(state, keyword.value), keyword.value)}"
        for keyword in node.keywords
    )
    index = len(state.classes)
    name = f"{state.prefix}{node.name}"
    methods: list[tuple[str, int]] = []
    selfs: list[tuple[str, str]] = []
    if decorators:
        note_decorators(state, node.decorator_list, index, "D")
    head = (name, node.lineno, column(state, node), node.end_lineno, tuple(bases), decorators)
    state.classes.append((*head, (), methods, selfs, state.scope.index, keywords))
    outer = (
        state.class_index,
        state.prefix,
        state.situation,
        state.anchor,
        state.env,
        state.enclosing,
    )
    state.class_index, state.prefix = index, f"{name}."
    state.env, state.enclosing = dict(state.env or ()), state.env
    before = state.situation
    attributes = _class_attributes(state, node, index)
    visit_body(state, node.body)
    state.situation = before
    (
        state.class_index,
        state.prefix,
        state.situation,
        state.anchor,
        state.env,
        state.enclosing,
    ) = outer
    stored = (*head, attributes, tuple(methods), tuple(dict.fromkeys(selfs)))
    state.classes[index] = (*stored, state.scope.index, keywords)
    _bind_definition(state, node, "c", index)


def _class_attributes(
    state: Extraction, node: ast.ClassDef, index: int
) -> tuple[tuple[Any, ...], ...]:
    """What the class body declares: name, annotation, path of the value, its arguments."""
    attributes = []
    for statement in node.body:
        if type(statement) is ast.AnnAssign and type(statement.target) is ast.Name:
            names, value = [statement.target.id], statement.value
            annotation = annotation_path(state, statement.annotation)
        elif type(statement) is ast.Assign:
            names = [target.id for target in statement.targets if type(target) is ast.Name]
            value, annotation = statement.value, None
        else:
            continue
        note_attribute(state, statement, names, index)
        path, arguments = _declared_value(state, value)
        shape = "none" if value is None else type(value).__name__
        for name in names:
            attributes.append((name, annotation, path, arguments, statement.lineno, shape))
    return tuple(attributes)


def _declared_value(state: Extraction, value: Any) -> tuple[str | None, tuple[str, ...]]:
    """Path and plain arguments of a declared value, without recording that it runs."""
    if type(value) is ast.Name:
        return lookup(state, value.id), ()
    if type(value) is ast.Attribute:
        return annotation_path(state, value), ()
    if type(value) is ast.Constant:
        return None, (encode_argument(None, value),)
    if type(value) is not ast.Call:
        return None, ()
    target = annotation_path(state, value.func)
    encoded = [_plain(state, argument) for argument in value.args]
    encoded += [f"{keyword.arg}={_plain(state, keyword.value)}" for keyword in value.keywords]
    return (f"{target}()" if target else None), tuple(encoded)


def _plain(state: Extraction, node: Any) -> str:
    if type(node) in (ast.Name, ast.Attribute):
        return annotation_path(state, node) or "?"
    if type(node) is ast.Call and node.args:
        return ",".join(_plain(state, argument) for argument in node.args)
    return encode_argument(None, node)
