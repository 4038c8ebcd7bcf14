"""Keeps the shape of what frameworks read: routes, routers, tables, settings, wiring calls.

Only at the places where a framework looks: everywhere else paths and flat arguments say enough.
"""

from __future__ import annotations

import ast
from typing import Any

from bylaw.facts.decisions import decisions_of
from bylaw.facts.scope import Extraction, column, lookup
from bylaw.facts.shared_secrets import compares_secret

_DEEPEST = 12
_LONGEST = 600
_LONGEST_TEXT = 400

_ROUTING = frozenset(
    {
        "get", "post", "put", "patch", "delete", "head", "options", "trace", "route", "api_route",
        "websocket", "websocket_route", "exception_handler", "errorhandler", "app_errorhandler",
        "action", "api_view", "permission_classes", "authentication_classes", "list_route",
        "detail_route", "require_http_methods", "register",
    }
)  # fmt: skip
"""Last names of decorators whose arguments are kept whole."""

_WIRING = frozenset(
    {
        "include_router", "mount", "host", "add_api_route", "add_api_websocket_route", "add_route",
        "add_websocket_route", "add_url_rule", "register_blueprint", "add_resource",
        "add_namespace", "register", "add_exception_handler", "register_error_handler",
        "init_app", "before_request", "after_request", "append", "extend", "add_middleware",
        "exception_handler", "errorhandler", "insert", "include",
    }
)  # fmt: skip
"""Last names of calls that join applications, routers and handlers."""

_KEYS = frozenset({"Index", "UniqueConstraint", "PrimaryKeyConstraint"})
"""What a table gets by a call that stands alone, beside a class or in its body."""

_GROWING = frozenset({"append", "extend", "insert"})
_GROWN = ("urlpatterns", "routes", "routers")
_MADE = ("Router", "API", "Api", "App", "Flask", "FastAPI", "Starlette", "Blueprint", "Namespace",
         "_app", "_router", "_api", "_blueprint")  # fmt: skip
"""How the names of classes end whose instances a function may hold while it wires them."""

_WIRED = frozenset({"app", "application", "api", "router", "bp", "blueprint"})
"""Local names of what such functions wire, whatever its class is called."""

_SENT = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})

_RESTATED = frozenset({"dependencies", "prefix", "url_prefix", "tags"})
_KEPT_TABLES = ("REST_FRAMEWORK", "exception_handlers", "EXCEPTION_HANDLERS")
_TELLING = frozenset(
    {ast.Call, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.BinOp, ast.Subscript, ast.JoinedStr}
)

Expression = Any


def expression(state: Extraction, node: Any, depth: int = 0) -> Expression:
    """The shape of an expression as plain data (see ``bylaw.facts.schema``)."""
    kind = type(node)
    if kind is ast.Constant:
        return _constant(node.value)
    if depth > _DEEPEST:
        return "?"
    if kind is ast.Name or kind is ast.Attribute:
        return _reference(state, node, depth + 1)
    if kind is ast.Call:
        return _call(state, node, depth + 1)
    reader = _READERS.get(kind)
    return "?" if reader is None else reader(state, node, depth + 1)


def _constant(value: Any) -> str:
    if type(value) is str:
        return "'" + value[:_LONGEST_TEXT]
    if value is Ellipsis:
        return ":..."
    if value is None or type(value) in (bool, int, float):
        text = f":{value!r}"
        return text if len(text) < 40 else "?"
    return "?"


def _reference(state: Extraction, node: Any, depth: int) -> Expression:
    """A path, with the words that say what it means where a name of its own hides that."""
    names: list[str] = []
    while type(node) is ast.Attribute:
        names.append(node.attr)
        node = node.value
    if type(node) is not ast.Name:
        inner = expression(state, node, depth) if type(node) is ast.Call else "?"
        return ("of", inner, ".".join(reversed(names)))
    rest = "".join(f".{each}" for each in reversed(names))
    raw = f"{state.renamed.get(node.id, node.id)}{rest}"
    path = lookup(state, node.id)
    if path == node.id and node.id not in state.renamed:
        return raw
    return ("name", f"{path}{rest}" if path else "?", raw)


def _call(state: Extraction, node: ast.Call, depth: int) -> Expression:
    callee = expression(state, node.func, depth)
    args = tuple(expression(state, each, depth) for each in node.args[:_LONGEST])
    keywords = tuple(
        (each.arg or "**", expression(state, each.value, depth)) for each in node.keywords
    )
    return ("call", callee, args, keywords, node.lineno)


def _sequence(state: Extraction, node: Any, depth: int) -> Expression:
    return ("list", tuple(expression(state, each, depth) for each in node.elts[:_LONGEST]))


def _dict(state: Extraction, node: ast.Dict, depth: int) -> Expression:
    pairs = list(zip(node.keys, node.values, strict=True))[:_LONGEST]
    return (
        "dict",
        tuple(
            ("**" if key is None else expression(state, key, depth), expression(state, each, depth))
            for key, each in pairs
        ),
    )


def _subscript(state: Extraction, node: ast.Subscript, depth: int) -> Expression:
    items = node.slice.elts if type(node.slice) is ast.Tuple else [node.slice]
    inside = tuple(expression(state, each, depth) for each in items)
    return ("index", expression(state, node.value, depth), inside)


def _binary(state: Extraction, node: ast.BinOp, depth: int) -> Expression:
    tag = {ast.BitOr: "or", ast.Add: "add", ast.BitAnd: "and"}.get(type(node.op))
    if tag is None:
        return "?"
    sides = (expression(state, node.left, depth), expression(state, node.right, depth))
    return (tag, sides)


def _joined(state: Extraction, node: ast.JoinedStr, depth: int) -> Expression:
    pieces = tuple(
        expression(state, each.value if type(each) is ast.FormattedValue else each, depth)
        for each in node.values
    )
    return ("text", pieces)


def _starred(state: Extraction, node: ast.Starred, depth: int) -> Expression:
    return ("star", expression(state, node.value, depth))


def _either(state: Extraction, node: ast.IfExp, depth: int) -> Expression:
    return ("if", (expression(state, node.body, depth), expression(state, node.orelse, depth)))


def _awaited(state: Extraction, node: ast.Await, depth: int) -> Expression:
    return expression(state, node.value, depth)


_READERS: dict[type, Any] = {
    ast.List: _sequence,
    ast.Tuple: _sequence,
    ast.Set: _sequence,
    ast.Dict: _dict,
    ast.Subscript: _subscript,
    ast.BinOp: _binary,
    ast.JoinedStr: _joined,
    ast.Starred: _starred,
    ast.IfExp: _either,
    ast.Await: _awaited,
}


def _note(state: Extraction, kind: str, owner: int, name: str, node: Any, value: Any) -> None:
    place = (node.lineno, column(state, node), node.end_lineno)
    state.declared.append((kind, owner, name, *place, state.situation, value))


def _last_name(node: Any) -> str:
    name: str = node.attr if type(node) is ast.Attribute else getattr(node, "id", "")
    return name


def note_decorators(state: Extraction, nodes: list[Any], owner: int, kind: str) -> bool:
    """Keeps the arguments of decorators that route; says whether there was one."""
    found = False
    for node in nodes:
        if type(node) is ast.Call and _last_name(node.func) in _ROUTING and not _is_patch(node):
            _note(state, kind, owner, "", node, expression(state, node))
            found = True
    return found


def _is_patch(node: ast.Call) -> bool:
    """Whether a decorator is ``mock.patch("package.name")``: paths begin with a slash."""
    if _last_name(node.func) != "patch":
        return False
    first: Any = node.args[0] if node.args else None
    named = type(first) is ast.Constant and type(first.value) is str and first.value[:1]
    return type(node.func) is ast.Name or (bool(named) and named != "/")


def note_signature(state: Extraction, node: Any, owner: int, whole: bool) -> None:
    """Keeps annotations and defaults of parameters, of all where the function is routed to."""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    padding: list[Any] = [None] * (len(positional) - len(arguments.defaults))
    pairs = list(zip(positional, padding + list(arguments.defaults), strict=True))
    pairs += list(zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True))
    for argument, default in pairs:
        annotation = argument.annotation
        if whole or type(default) is ast.Call or _is_annotated(annotation):
            value = (
                None if annotation is None else expression(state, annotation),
                None if default is None else expression(state, default),
            )
            _note(state, "p", owner, argument.arg, argument, value)
    if whole and node.returns is not None:
        _note(state, "r", owner, "", node.returns, expression(state, node.returns))


def _is_annotated(node: Any) -> bool:
    return type(node) is ast.Subscript and _last_name(node.value) == "Annotated"


def note_attribute(state: Extraction, statement: Any, names: list[str], owner: int) -> None:
    """Keeps what a class declares, where its value or its annotation is more than a name."""
    value = statement.value
    annotation = getattr(statement, "annotation", None)
    if type(value) not in _TELLING and type(annotation) not in (ast.Subscript, ast.BinOp):
        return
    kept = (
        None if annotation is None else expression(state, annotation),
        None if value is None else expression(state, value),
    )
    for name in names:
        _note(state, "a", owner, name, statement, kept)


def note_returned(state: Extraction, node: Any, owner: int) -> None:
    """Keeps what a ``declared_attr`` gives: a column, or what ``__table_args__`` holds."""
    names = [_last_name(each.func if type(each) is ast.Call else each)
             for each in node.decorator_list]  # fmt: skip
    declares = "declared_attr" in names or "directive" in names
    if not declares and node.name not in ("__table_args__", "__tablename__"):
        return
    for statement in node.body:
        if type(statement) is ast.Return and statement.value is not None:
            _note(state, "v", owner, node.name, statement, expression(state, statement.value))


def note_decisions(state: Extraction, node: Any, owner: int) -> None:
    """Keeps what a handler decides by itself, and whether it asks callers for a secret."""
    found = decisions_of(node)
    if found:
        _note(state, "t", owner, "", node, found)
    compared = compares_secret(node)
    if compared:
        _note(state, "k", owner, "", node, compared)


def note_binding(state: Extraction, name: str, node: Any, value: Any) -> None:
    """Keeps what a name holds: at module level any literal, in functions what wires."""
    if state.class_index >= 0:
        return
    if state.scope.index:
        if type(value) is ast.Await:
            value = value.value
        if type(value) is not ast.Call:
            return
        called = _last_name(value.func)
        if called in _SENT:
            _note_request(state, value)
        elif called.endswith(_MADE) or name in _WIRED:
            _note(state, "b", state.scope.index, name, node, expression(state, value))
    elif _is_telling(name, value):
        _note(state, "b", 0, name, node, expression(state, value))


def _is_telling(name: str, value: Any) -> bool:
    """Whether frameworks may read what a module binds to a name."""
    kind = type(value)
    if kind is ast.Subscript:
        return _is_annotated(value)
    if kind is ast.Dict:
        return name in _KEPT_TABLES
    if kind is ast.List or kind is ast.Tuple:
        first = value.elts[0] if value.elts else None
        return first is not None and (type(first) is not ast.Constant or _is_listing(name))
    if kind is ast.Attribute:
        return name in _GROWN
    return kind is ast.Call or kind is ast.BinOp or kind is ast.JoinedStr


def _note_request(state: Extraction, call: ast.Call) -> None:
    """Keeps a request whose path is put together from pieces."""
    if call.args and type(call.args[0]) is ast.JoinedStr and type(call.func) is ast.Attribute:
        value = ("call", expression(state, call.func), (expression(state, call.args[0]),), ())
        _note(state, "c", state.scope.index, "request", call, (*value, call.lineno))


def _is_listing(name: str) -> bool:
    return name.isupper() and name.endswith(("APPS", "MIDDLEWARE", "CLASSES"))


def note_growth(state: Extraction, node: ast.AugAssign) -> None:
    """Keeps ``urlpatterns += [...]``."""
    if type(node.target) is ast.Name and node.target.id in _GROWN:
        value = expression(state, node.value)
        _note(state, "g", state.scope.index, node.target.id, node, value)


def note_wiring(state: Extraction, node: ast.Call) -> None:
    """Keeps a call that stands alone and joins applications, routers or handlers."""
    func = node.func
    if type(func) is not ast.Attribute:
        if type(func) is ast.Name and func.id in _KEYS:
            _note(state, "c", state.scope.index, "Index", node, expression(state, node))
        return
    name = func.attr
    if name in _GROWING:
        if _last_name(func.value) not in _GROWN:
            return
    elif name == "__init__":
        if not any(each.arg in _RESTATED for each in node.keywords):
            return
    elif name not in _WIRING and not name.endswith("_resource"):
        return
    _note(state, "c", state.scope.index, name, node, expression(state, node))
