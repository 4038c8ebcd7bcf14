"""Whether a handler compares a secret of the request with one that is stored, and stops."""

from __future__ import annotations

import ast
import re
from typing import Any

from bylaw.facts.traversal import nodes_within

_NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_SECRET = re.compile(r"token|secret|signature|hmac|api_?-?key", re.I)
_SENT = frozenset({"headers", "query_params", "args", "GET", "META", "form", "json", "POST",
                   "cookies", "params", "data"})  # fmt: skip
_STOPS = (ast.Return, ast.Raise)


def compares_secret(node: Any) -> int:
    """Line of the test that turns away a caller who does not know the secret.

    Args:
        node: the definition of a handler.

    Returns:
        The line of ``if given != stored: return``; 0 where there is none. What is given is a
        parameter, or a part of the request, whose name says that it is a secret, or a part of the
        request where the name of what is stored says so; that is anything but a constant.
    """
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    given = {each.arg for each in every if _SECRET.search(each.arg)}
    callers = {each.arg for each in every if each.arg != "self"}
    tests: list[ast.If] = []
    for each in nodes_within(node, _NESTED):
        if type(each) is ast.Assign and _is_sent(each.value):
            given |= {target.id for target in each.targets if type(target) is ast.Name}
        elif type(each) is ast.If and isinstance(each.body[-1], _STOPS):
            tests.append(each)
    return next((test.lineno for test in tests if _differs(test.test, given, callers)), 0)


def _is_sent(value: Any) -> bool:
    """Whether a value is a part of the request that is named as a secret."""
    key = _part(value)
    named = key.value if type(key) is ast.Constant else None
    return isinstance(named, str) and _SECRET.search(named) is not None


def _is_part(value: Any) -> bool:
    return _part(value) is not None


def _part(value: Any) -> Any:
    """The key of a part of the request: ``X`` in ``request.headers.get(X)``; None for no part."""
    if type(value) is ast.Call and type(value.func) is ast.Attribute and value.args:
        base, key = value.func.value, value.args[0]
    elif type(value) is ast.Subscript:
        base, key = value.value, value.slice
    else:
        return None
    return key if type(base) is ast.Attribute and base.attr in _SENT else None


def _differs(test: Any, given: set[str], callers: set[str]) -> bool:
    """Whether a test holds where the secret is another one than one that is stored."""
    if type(test) is ast.BoolOp and type(test.op) is ast.Or:
        return any(_differs(each, given, callers) for each in test.values)
    if type(test) is not ast.Compare or type(test.ops[0]) is not ast.NotEq:
        return False
    sides = (test.left, test.comparators[0])
    for one, other in (sides, sides[::-1]):
        is_given = _is_sent(one) or (type(one) is ast.Name and one.id in given)
        stored = type(other) in (ast.Name, ast.Attribute, ast.Call, ast.Subscript)
        own = _is_sent(other) or (type(other) is ast.Name and other.id in callers | given)
        named = getattr(other, "attr", getattr(other, "id", ""))
        is_given = is_given or (_is_part(one) and _SECRET.search(named) is not None)
        if is_given and stored and not own:
            return True
    return False
