"""Reads ``try`` and ``raise``: what is caught, what a handler does, what leaves."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.facts.annotations import annotation_path
from bylaw.facts.expressions import visit
from bylaw.facts.scope import Extraction, bind, column, enter_situation

BodyVisitor = Callable[[Extraction, Iterable[Any]], None]

LOG_METHODS = frozenset(
    {
        "debug", "info", "warning", "warn", "error", "exception", "critical", "log", "fatal",
        "print_exc", "print_exception", "print", "capture_exception", "capture_message", "pprint",
        "format_exc", "echo", "secho", "trace", "success", "notice",
    }
)  # fmt: skip
_LOG_ROOTS = frozenset(
    {"log", "logger", "logging", "_log", "_logger", "traceback", "sentry_sdk", "warnings",
     "print", "LOG", "LOGGER", "console", "click", "structlog", "sentry", "pprint"}
)  # fmt: skip
_BROAD = ("Exception", "BaseException")
_IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError"})


def visit_raise(state: Extraction, node: ast.Raise) -> None:
    """Records a ``raise`` with the path of the exception's type; empty where it was caught broadly.

    What a handler raises again is of the type it catches.
    """
    name, path = state.caught
    if node.exc is not None:
        found = visit(state, node.exc)
        if not name or getattr(node.exc, "id", "") != name:
            path = (found or "?").removesuffix("()")
    if node.cause is not None:
        visit(state, node.cause)
    place = (node.lineno, column(state, node), node.end_lineno)
    state.scope.raises.append((path, *place, state.situation, state.anchor, F.RAISED_ALWAYS))


def _handler_types(state: Extraction, handler: ast.ExceptHandler) -> tuple[str, ...]:
    if handler.type is None:
        return ("BaseException",)
    nodes = handler.type.elts if type(handler.type) is ast.Tuple else [handler.type]
    paths = (annotation_path(state, node) for node in nodes)
    return tuple(path if path is not None else "?" for path in paths)


def visit_try(state: Extraction, node: Any, visit_body: BodyVisitor) -> None:
    """Reads a ``try``: its body is protected by the handlers that let nothing out."""
    handled: tuple[str, ...] = ()
    flags = 0
    all_types = [_handler_types(state, handler) for handler in node.handlers]
    for handler, types in zip(node.handlers, all_types, strict=True):
        if not any(_passes_on(each, handler.name) for each in _raises(handler.body)):
            handled += types
        if _IMPORT_ERRORS.intersection(types):
            flags |= F.IN_IMPORT_GUARD
    before = enter_situation(state, flags, handled)
    visit_body(state, node.body)
    state.situation = before
    for handler, types in zip(node.handlers, all_types, strict=True):
        _visit_handler(state, node, handler, types, visit_body)
    state.situation = before
    visit_body(state, node.orelse)
    visit_body(state, node.finalbody)


def _visit_handler(
    state: Extraction,
    node: Any,
    handler: ast.ExceptHandler,
    types: tuple[str, ...],
    visit_body: BodyVisitor,
) -> None:
    if handler.name and state.env is not None:
        bind(state, handler.name, f"{types[0]}!" if len(types) == 1 else None)
    before, caught = enter_situation(state, F.IN_HANDLER | F.IN_FALLBACK), state.caught
    precise = len(types) == 1 and types[0] not in _BROAD and types[0] != "?"
    state.caught = (handler.name or "", types[0] if precise else "")
    visit_body(state, handler.body)
    state.situation, state.caught = before, caught
    place = (handler.lineno, column(state, handler), handler.end_lineno)
    flags = _handler_flags(handler)
    working = [each for each in node.body if type(each) not in (ast.Import, ast.ImportFrom)]
    if not working or (len(working) == 1 and _asks_own_version(working[0])):
        flags |= F.H_GUARDS_IMPORT
    if _returns(node.body):
        flags |= F.H_TRY_RETURNS
    if _answers(node, handler):
        flags |= F.H_ANSWERS
    state.scope.handlers.append((types, *place, flags, node.lineno))


def _asks_own_version(node: Any) -> bool:
    """Whether a statement is ``VERSION = version("name")``: what is not installed has none."""
    if type(node) is not ast.Assign or type(node.targets[0]) is not ast.Name:
        return False
    call = node.value
    while type(call) is ast.Attribute:
        call = call.value
    if type(call) is not ast.Call or len(call.args) != 1 or call.keywords:
        return False
    asked: Any = call.args[0]
    own = type(asked) is ast.Constant or getattr(asked, "id", "") in ("__name__", "__package__")
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    return own and name in ("version", "get_distribution", "distribution")


def _answers(node: Any, handler: ast.ExceptHandler) -> bool:
    """Whether ``try`` and handler return opposite truth values."""
    last: Any = handler.body[-1]
    given = getattr(getattr(last, "value", None), "value", None)
    if type(last) is not ast.Return or type(given) is not bool:
        return False
    ends = [each for each in (*node.body, *node.orelse) if type(each) is ast.Return]
    return any(getattr(each.value, "value", None) is (not given) for each in ends)


def record_suppress(state: Extraction, node: Any, item: Any, types: tuple[str, ...]) -> None:
    """Records ``with suppress(...)`` as the handler it stands for."""
    flags = F.H_SUPPRESSES
    if all(type(each) in (ast.Import, ast.ImportFrom) for each in node.body):
        flags |= F.H_GUARDS_IMPORT
    if _returns(node.body):
        flags |= F.H_TRY_RETURNS
    call = item.context_expr
    place = (call.lineno, column(state, call), node.end_lineno)
    state.scope.handlers.append((types, *place, flags, node.lineno))


def _returns(body: list[Any]) -> bool:
    """Whether a block ends by returning, be it inside ``with`` or in one branch."""
    last: Any = body[-1]
    while type(last) in (ast.With, ast.AsyncWith):
        last = last.body[-1]
    return type(last) is ast.Return or any(
        type(each) is ast.If
        and type(each.body[-1]) is ast.Return
        and each.body[-1].value is not None
        for each in body
    )


def _raises(body: list[Any]) -> Iterator[ast.Raise]:
    """Every ``raise`` of a block, that of functions it defines aside."""
    stack = list(body)
    while stack:
        node = stack.pop()
        if type(node) is ast.Raise:
            yield node
        if type(node) in (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda):
            continue
        stack.extend(child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt))
        stack.extend(getattr(node, "handlers", ()))
        stack.extend(getattr(node, "cases", ()))


def _passes_on(node: ast.Raise, caught: str | None) -> bool:
    """Whether a ``raise`` of a handler may raise what was caught: a type or a call makes another.

    What is caught has the handler's name, or any other name that is not spelled like a class.
    """
    made: Any = node.exc
    if made is None:
        return True
    while type(made) is ast.Call:
        made = made.func
    last = getattr(made, "attr", getattr(made, "id", ""))
    root = made
    while type(root) is ast.Attribute:
        root = root.value
    if getattr(root, "id", "") in ("", caught):
        return True
    return type(node.exc) is not ast.Call and not last[:1].isupper()


def _handler_flags(handler: ast.ExceptHandler) -> int:
    if any(True for _ in _raises(handler.body)):
        return F.H_RAISES
    flags = 0
    for statement in handler.body:
        flags |= _statement_flags(statement)
    return flags


def _statement_flags(node: Any) -> int:
    """What one statement of a handler does with the failure."""
    kind = type(node)
    if kind in (ast.Pass, ast.Continue, ast.Break):
        return 0
    if kind is ast.Expr:
        return _expression_flags(node.value)
    if kind is ast.Return:
        if is_constant(node.value):
            return F.H_RETURNS_CONSTANT
        return F.H_RETURNS_CONSTANT | F.H_RETURNS_RECORD if _is_record(node.value) else F.H_USES
    if kind is ast.Assign:
        plain = all(type(target) is ast.Name for target in node.targets)
        return 0 if plain and is_constant(node.value) else F.H_USES
    if kind is ast.If:
        flags = 0
        for child in (*node.body, *node.orelse):
            flags |= _statement_flags(child)
        return flags
    return F.H_USES


def _expression_flags(value: Any) -> int:
    if type(value) is ast.Await:
        value = value.value
    if type(value) is ast.Constant:
        return 0
    if type(value) is ast.Call:
        if _is_log_call(value):
            return F.H_LOGS
        if getattr(value.func, "attr", getattr(value.func, "id", "")) == "sleep":
            return 0
    return F.H_USES


def _is_log_call(call: ast.Call) -> bool:
    func: Any = call.func
    if type(func) is ast.Name:
        return func.id in ("print", "pprint", "capture_exception", "print_exc", "echo")
    if type(func) is not ast.Attribute or func.attr not in LOG_METHODS:
        return False
    root: Any = func.value
    while type(root) in (ast.Attribute, ast.Call):
        if type(root) is ast.Attribute and "log" in root.attr.lower():
            return True
        root = root.value if type(root) is ast.Attribute else root.func
    name = getattr(root, "id", "")
    return name in _LOG_ROOTS or "log" in name.lower()


def is_constant(node: Any) -> bool:
    """A literal that carries nothing of the failure: None, False, "", 0, [], {}, ()."""
    kind = type(node)
    if node is None or kind is ast.Constant:
        return True
    if kind in (ast.List, ast.Tuple, ast.Set):
        return all(is_constant(element) for element in node.elts)
    if kind is ast.Dict:
        return not node.keys
    if kind is ast.UnaryOp:
        return is_constant(node.operand)
    return False


def _is_record(node: Any) -> bool:
    """A mapping that says that something failed and not what: ``{"paid": False}``."""
    return type(node) is ast.Dict and all(
        type(value) is ast.Constant and (not value.value or value.value is True)
        for value in node.values
    )
