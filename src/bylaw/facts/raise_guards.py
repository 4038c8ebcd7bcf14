"""What decides whether a ``raise`` is reached: nothing, the arguments, or more than them."""

from __future__ import annotations

import ast
from typing import Any

from bylaw.facts import schema as F

_ALWAYS, _ARGUMENTS, _STATE = F.RAISED_ALWAYS, F.RAISED_FOR_ARGUMENTS, F.RAISED_FOR_STATE
_PURE_FUNCTIONS = frozenset(
    {
        "isinstance", "issubclass", "len", "callable", "hasattr", "getattr", "type", "str", "int",
        "float", "bool", "bytes", "any", "all", "set", "frozenset", "list", "tuple", "dict",
        "sorted", "reversed", "min", "max", "sum", "abs", "round", "range", "zip", "enumerate",
        "repr", "ord", "id",
    }
)  # fmt: skip
_PURE_METHODS = frozenset(
    {
        "lower", "upper", "casefold", "strip", "lstrip", "rstrip", "startswith", "endswith",
        "isdigit", "isalpha", "isalnum", "isidentifier", "isnumeric", "isupper", "islower", "split",
        "rsplit", "partition", "rpartition", "removeprefix", "removesuffix", "replace", "keys",
        "values", "items", "get", "count", "index", "find", "format", "join", "encode", "decode",
        "issubset", "issuperset", "isdisjoint", "difference", "intersection", "union",
    }
)  # fmt: skip
_LEAVES = (ast.Return, ast.Continue, ast.Break)
_NONE = -1


def mark_guards(node: Any, raises: list[tuple[Any, ...]]) -> None:
    """Fills in, for each ``raise`` of a function, what decides whether it is reached.

    Args:
        node: the function definition.
        raises: its records, replaced in place.
    """
    arguments = node.args
    names = {each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    names |= {each.arg for each in (arguments.vararg, arguments.kwarg) if each is not None}
    reader = _Reader(names - {"self", "cls"})
    reader.read(node.body, _ALWAYS)
    for index, record in enumerate(raises):
        guard = reader.found.get((record[F.R_LINE], record[F.R_END]), _STATE)
        raises[index] = (*record[: F.R_GUARD], guard)


class _Reader:
    """Follows the statements of one function with the condition they run under."""

    def __init__(self, given: set[str]) -> None:
        self.weigher = _Weigher(given)
        self.found: dict[tuple[int, int], int] = {}

    def read(self, body: list[Any], guard: int) -> int:
        """Reads statements; returns the gravest condition under which one leaves, or ``_NONE``."""
        gravest = _NONE
        for node in body:
            left = self._statement(node, guard)
            if left != _NONE:
                gravest = max(gravest, left)
                guard = max(guard, left)
        return gravest

    def _statement(self, node: Any, guard: int) -> int:
        if isinstance(node, ast.Raise):
            self.found[node.lineno, node.end_lineno or node.lineno] = guard
            return guard
        if isinstance(node, _LEAVES):
            return guard
        if isinstance(node, ast.If):
            inner = max(guard, self.weigher.deciding(node.test))
            return max(self.read(node.body, inner), self.read(node.orelse, inner))
        if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            return self._loop(node, guard)
        if isinstance(node, (ast.With, ast.AsyncWith)):
            return self.read(node.body, guard)
        if isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
            return self._try(node, guard)
        if isinstance(node, ast.Match):
            inner = max(guard, self.weigher.deciding(node.subject))
            return max((self.read(case.body, inner) for case in node.cases), default=_NONE)
        self._assignment(node, guard)
        return _NONE

    def _loop(self, node: Any, guard: int) -> int:
        source = node.test if isinstance(node, ast.While) else node.iter
        inner = max(guard, self.weigher.deciding(source))
        if not isinstance(node, ast.While):
            self.weigher.bind(node.target, inner <= _ARGUMENTS)
        return max(self.read(node.body, inner), self.read(node.orelse, guard))

    def _try(self, node: Any, guard: int) -> int:
        left = self.read(node.body, guard)
        if left != _NONE:
            left = _STATE
        failing = max(guard, self._failing(node.body))
        for handler in node.handlers:
            left = max(left, self.read(handler.body, failing))
        return max(left, self.read(node.orelse, guard), self.read(node.finalbody, guard))

    def _failing(self, body: list[Any]) -> int:
        """What a failure in a ``try`` body depends on: the arguments where it looks at no more."""
        values = [getattr(node, "value", None) for node in body]
        if any(value is None for value in values):
            return _STATE
        return _ARGUMENTS if all(self.weigher.weigh(each) != _STATE for each in values) else _STATE

    def _assignment(self, node: Any, guard: int) -> None:
        value = getattr(node, "value", None)
        if value is None:
            return
        given = max(guard, self.weigher.weigh(value)) != _STATE
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self.weigher.bind(target, given)
        elif isinstance(node, ast.AnnAssign) or (isinstance(node, ast.AugAssign) and not given):
            self.weigher.bind(node.target, given)


class _Weigher:
    """Knows which names the arguments alone decide, and weighs expressions by that."""

    def __init__(self, given: set[str]) -> None:
        self.given = given

    def bind(self, target: Any, given: bool) -> None:
        change = self.given.add if given else self.given.discard
        if isinstance(target, ast.Attribute):
            if _own(target):
                change(_own(target))
            return
        for each in ast.walk(target):
            if isinstance(each, ast.Name):
                change(each.id)

    def deciding(self, test: Any) -> int:
        """What a test depends on; a test of constants alone is a state nobody passed in."""
        return _STATE if self.weigh(test) != _ARGUMENTS else _ARGUMENTS

    def weigh(self, node: Any) -> int:
        """``_ALWAYS`` for constants, ``_ARGUMENTS`` when arguments decide, ``_STATE`` for more."""
        if isinstance(node, ast.Name):
            return _ARGUMENTS if node.id in self.given else self._constant(node.id)
        if isinstance(node, ast.Attribute) and _own(node) in self.given:
            return _ARGUMENTS
        if isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom)):
            return _STATE
        if isinstance(node, ast.Call):
            return self._weigh_call(node)
        if isinstance(node, ast.NamedExpr):
            weight = self.weigh(node.value)
            self.bind(node.target, weight != _STATE)
            return weight
        if isinstance(node, (ast.GeneratorExp, ast.ListComp, ast.SetComp, ast.DictComp)):
            for each in node.generators:
                self.bind(each.target, self.weigh(each.iter) != _STATE)
        weight = _ALWAYS
        for child in ast.iter_child_nodes(node):
            weight = max(weight, self.weigh(child))
        return weight

    def _weigh_call(self, node: ast.Call) -> int:
        target = node.func
        if isinstance(target, ast.Name):
            made = target.id.lstrip("_")[:1].isupper() and not target.id.isupper()
            weight = _ALWAYS if made or target.id in _PURE_FUNCTIONS else _STATE
        elif isinstance(target, ast.Attribute) and target.attr in _PURE_METHODS:
            weight = self.weigh(target.value)
        else:
            return _STATE
        for each in (*node.args, *(keyword.value for keyword in node.keywords)):
            weight = max(weight, self.weigh(each))
        return weight

    def _constant(self, name: str) -> int:
        """Classes and constants are written with a capital; a lower-case global may change."""
        return _ALWAYS if name.lstrip("_")[:1].isupper() or name in _PURE_FUNCTIONS else _STATE


def _own(node: ast.Attribute) -> str:
    """``self.name`` of an attribute of the object itself; empty for any other."""
    return f"self.{node.attr}" if getattr(node.value, "id", "") == "self" else ""
