"""What a handler decides by itself: branches, loops and sums over what it looked up."""

from __future__ import annotations

import ast
from typing import Any

from bylaw.facts.traversal import nodes_within

_METHODS = frozenset({"get", "post", "put", "patch", "delete"})
_ARITHMETIC = (ast.Mult, ast.Div, ast.FloorDiv, ast.Sub, ast.Pow)
_NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_REFUSALS = ("404", "403", "401", "410", "304", "notmodified", "notfound", "forbidden",
             "unauthorized", "unauthenticated", "authentication", "denied", "doesnotexist",
             "getor404")  # fmt: skip
_TOOLS = ("Dep", "Dependency", "Session", "Service", "Repository", "Repo", "Client", "Connection")
_PAGE = 2
"""Blocks entered one in the other that say a page is put together: ``with div(): with h1():``."""

_OUTCOMES = frozenset({"errors", "error", "ok", "is_authenticated", "is_anonymous", "is_success"})
_VERDICTS = _OUTCOMES | {"is_valid", "validate", "validate_on_submit"}
"""Calls that ask whether the input is in order: ``form.is_valid()``."""
_COLLECTING = frozenset({"append", "extend", "add", "update", "setdefault"})

_CONVERSIONS = frozenset(
    {"int", "str", "float", "bool", "bytes", "list", "dict", "set", "tuple", "len", "sorted",
     "min", "max", "any", "all", "sum", "getattr", "isinstance", "zip", "enumerate", "range"}
)  # fmt: skip

_CLOCKS = frozenset({"time", "perf_counter", "monotonic", "now", "utcnow", "process_time"})
_TEXTUAL = frozenset({"os", "json", "re", "pathlib", "Path", "urllib", "html", "base64"})
"""Modules that only take texts apart."""
_READING = ("parse", "validate", "model_validate", "decode", "deserialize")
_CHECKING = frozenset(
    {
        "load",
        "validate",
        "is_valid",
        "model_validate",
        "model_validate_json",
        "parse_obj",
        "loads",
        "parse_args",
        "get_json",
    }
)

Decision = tuple[str, int, str]
"""``branch``, ``loop`` or ``sum``; its line; the name it is about, ``=name`` for a parameter."""


def is_handler(node: Any, in_class: bool) -> bool:
    """Whether a function may be a handler that no decorator registers: views of Django, Flask."""
    arguments = [*node.args.posonlyargs, *node.args.args]
    if in_class:
        return node.name in _METHODS
    return bool(arguments) and arguments[0].arg == "request"


def decisions_of(node: Any) -> tuple[Decision, ...]:
    """Decisions in the body of a handler, in order; nested functions are not looked at.

    Args:
        node: the function definition.

    Returns:
        What it branches on, loops over and calculates with, beyond its own input.
    """
    reader = _Reader(*_parameters(node.args))
    reader.read(node.body)
    return tuple(reader.found)


def _parameters(arguments: ast.arguments) -> tuple[set[str], set[str]]:
    """Names of all parameters, and of those that a handler asks others with."""
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[Any] = [None] * (len(positional) - len(arguments.defaults))
    pairs = list(zip(positional, [*defaults, *arguments.defaults], strict=True))
    pairs += list(zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True))
    tools = set()
    for argument, default in pairs:
        called = [default, *(ast.walk(argument.annotation) if argument.annotation else ())]
        depends = any(
            type(each) is ast.Call and _root(each.func) in ("Depends", "Security")
            for each in called
        )
        named = argument.arg in ("db", "session") or _last(argument.annotation).endswith(_TOOLS)
        if depends or named:
            tools.add(argument.arg)
    return {each.arg for each, _ in pairs} - {"self", "cls"}, tools


def _last(node: Any) -> str:
    return str(node.attr if type(node) is ast.Attribute else getattr(node, "id", ""))


class _Reader:
    """Follows one body with the names that hold what was looked up."""

    def __init__(self, given: set[str], tools: set[str]) -> None:
        self.given, self.tools = given, tools
        self.depth = 0
        self.looked_up: set[str] = set()
        self.found: list[Decision] = []

    def read(self, body: list[Any]) -> None:
        for node in body:
            self.statement(node)

    def statement(self, node: Any) -> None:
        kind = type(node)
        if isinstance(node, _NESTED):
            return
        if kind is ast.If:
            self.branch(node)
        elif kind is ast.For or kind is ast.AsyncFor:
            self.loop(node)
        elif kind is ast.Match:
            self.note("branch", node, node.subject)
            for case in node.cases:
                self.read(case.body)
        elif kind is ast.Try or kind is getattr(ast, "TryStar", None):
            self.read([*node.body, *node.orelse, *node.finalbody])
        elif kind is ast.AsyncWith:
            self.read(node.body)
        elif kind is ast.With:
            self.depth += 1
            if self.depth < _PAGE:
                self.read(node.body)
            self.depth -= 1
        else:
            self.sums(node)
            if kind is ast.Assign and len(node.targets) == 1:
                self.bind(node.targets[0], node.value)
            elif kind is ast.AnnAssign and node.value is not None:
                self.bind(node.target, node.value)

    def bind(self, target: Any, value: Any) -> None:
        found = self.is_looked_up(value)
        for each in ast.walk(target):
            if type(each) is ast.Name and type(each.ctx) is ast.Store:
                self.looked_up.discard(each.id)
                self.given.discard(each.id)
                (self.looked_up if found else self.given).add(each.id)

    def is_looked_up(self, value: Any) -> bool:
        """Whether a value comes from elsewhere: a call that is no conversion, what a tool holds."""
        return any(
            (type(each) is ast.Name and each.id in self.looked_up)
            or (type(each) is ast.Subscript and _root(each) in self.tools)
            or (type(each) is ast.Call and not _is_own(each, self.given - self.tools))
            for each in nodes_within(value, _NESTED)
        )

    def branch(self, node: ast.If) -> None:
        if not _is_presence(node.test) and not _refuses(node):
            self.note("branch", node, node.test)
        self.read(node.body)
        self.read(node.orelse)

    def loop(self, node: Any) -> None:
        if not _only_collects(node.body):
            known = {*self.looked_up, *self.given}
            names = (each for each in nodes_within(node.iter, _NESTED) if type(each) is ast.Name)
            root = next((each.id for each in names if each.id in known), "")
            if root or self.is_looked_up(node.iter):
                name = f"={root}" if root in self.given and root not in self.looked_up else root
                self.found.append(("loop", node.lineno, name))
        self.bind(node.target, node.iter)
        self.read(node.body)

    def sums(self, node: Any) -> None:
        for each in nodes_within(node, _NESTED):
            if type(each) is ast.BinOp and _calculates(each):
                for side in (each.left, each.right):
                    root = self.state(side)
                    if root:
                        self.found.append(("sum", each.lineno, root))
                        return

    def note(self, kind: str, node: Any, about: Any) -> None:
        root = self.state(about)
        if root:
            self.found.append((kind, node.lineno, root))

    def state(self, node: Any) -> str:
        """Name of what was looked up, or of a parameter whose attribute is read."""
        for each in nodes_within(node, _NESTED):
            if type(each) is ast.Name and each.id in self.looked_up:
                return str(each.id)
        for each in nodes_within(node, _NESTED):
            owner = each.value if type(each) is ast.Attribute else None
            if type(owner) is ast.Name and owner.id in self.given:
                return f"={owner.id}"
        return ""


def _is_own(call: ast.Call, given: set[str]) -> bool:
    """Whether a call only converts or checks the handler's own input."""
    root, last = _root(call.func), getattr(call.func, "attr", "")
    if root == "request" or last[:1].isupper() or last in _CHECKING or _asks_request(call.func):
        return True
    if root in _TEXTUAL or (last or root).startswith(_READING):
        return _is_of(call, given)
    if root in given and last:
        return not any(type(each) is ast.Await for each in ast.walk(call))
    if type(call.func) is ast.Name:
        return root.lstrip("_")[:1].isupper() or root in _CONVERSIONS
    return False


def _asks_request(node: Any) -> bool:
    """Whether a call is one of what a view class keeps of its request: ``self.request.POST``."""
    below = node
    while type(node) in (ast.Attribute, ast.Call, ast.Subscript, ast.Await):
        below, node = node, node.func if type(node) is ast.Call else node.value
    return (
        type(node) is ast.Name
        and node.id == "self"
        and type(below) is ast.Attribute
        and below.attr in ("request", "kwargs")
    )


def _calculates(node: ast.BinOp) -> bool:
    """Whether it is arithmetic that does not only say how long something took."""
    return isinstance(node.op, _ARITHMETIC) and not any(
        type(each) is ast.Call and _last(each.func) in _CLOCKS for each in (node.left, node.right)
    )


def _is_of(call: ast.Call, given: set[str]) -> bool:
    """Whether a call is handed the handler's own input and nothing else."""
    parts = [*call.args, *(each.value for each in call.keywords)]
    roots = {
        each.id
        for part in parts
        for each in ast.walk(part)
        if type(each) is ast.Name and type(each.ctx) is ast.Load
    }
    return bool(roots) and roots <= given


def _root(node: Any) -> str:
    while type(node) in (ast.Attribute, ast.Call, ast.Subscript, ast.Await):
        node = node.func if type(node) is ast.Call else node.value
    return node.id if type(node) is ast.Name else ""


def _is_presence(test: Any) -> bool:
    """Whether a test only asks if something is there: ``not x``, ``x is None``, ``x``."""
    if type(test) is ast.UnaryOp and type(test.op) is ast.Not:
        test = test.operand
    if type(test) is ast.BoolOp:
        return all(_is_presence(each) for each in test.values)
    if type(test) in (ast.Name, ast.Await):
        return True
    if type(test) is ast.Attribute:
        return test.attr in _OUTCOMES
    if type(test) is ast.Compare and len(test.ops) == 1:
        return isinstance(test.ops[0], (ast.Is, ast.IsNot)) and (
            type(test.comparators[0]) is ast.Constant
        )
    if type(test) is ast.Call:
        verdict = type(test.func) is ast.Attribute and test.func.attr in _VERDICTS
        return verdict or _root(test.func) in ("isinstance", "hasattr", "len", "any", "all")
    return False


def _refuses(node: ast.If) -> bool:
    """Whether one side of a guard ends in "not found" or "not allowed"."""
    return any(_ends_in_refusal(side[-1]) for side in (node.body, node.orelse) if side)


def _ends_in_refusal(last: Any) -> bool:
    if not isinstance(last, (ast.Raise, ast.Return, ast.Expr)):
        return False
    value = last.exc if type(last) is ast.Raise else getattr(last, "value", None)
    if value is None:
        return False
    text = ast.dump(value).lower().replace("_", "")
    return any(word in text for word in _REFUSALS)


def _only_collects(body: list[Any]) -> bool:
    """Whether a loop maps each element to one of the answer."""
    return all(
        type(each) is ast.Expr
        and type(each.value) is ast.Call
        and type(each.value.func) is ast.Attribute
        and each.value.func.attr in _COLLECTING
        for each in body
    )
