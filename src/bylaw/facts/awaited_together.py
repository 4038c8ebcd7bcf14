"""Calls whose results come back together: ``results = await gather(*[ask(each) for each in all])``.

What is asked of an element of the results is asked of every call that was gathered.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.facts.scope import Extraction, Scope, column

_TOGETHER = ("gather",)
_ASKING = frozenset({"any", "all", "filter"})
_COMPREHENSIONS = (ast.ListComp, ast.GeneratorExp, ast.SetComp)


def mark_gathered(state: Extraction, scope: Scope, body: list[Any]) -> None:
    """Adds ``TESTED`` to calls whose gathered results a function tests one by one.

    Args:
        state: the file that is read.
        scope: the function that was just read; its calls are replaced in place.
        body: its statements.
    """
    if not any(call[F.C_PATH].endswith(_TOGETHER) for call in scope.calls):
        return
    nodes = [node for statement in body for node in ast.walk(statement)]
    made: dict[str, list[Any]] = {}
    for node in nodes:
        if type(node) is ast.Assign and type(node.targets[0]) is ast.Name:
            made.setdefault(node.targets[0].id, []).append(node.value)
    tested = scope.tested | {_name_asked(node) for node in nodes}
    places: set[tuple[int, int]] = set()
    for node in nodes:
        if type(node) is ast.Call and _title(node).endswith(_TOGETHER):
            names = {
                name for name, values in made.items() if any(_plain(v) is node for v in values)
            }
            if any(_asks(each, node, names, tested) for each in nodes):
                places |= {(each.lineno, column(state, each)) for each in _elements(node, made)}
    for index, call in enumerate(scope.calls):
        if (call[F.C_LINE], call[F.C_COL]) in places:
            flags = call[F.C_FLAGS] | F.TESTED
            scope.calls[index] = (*call[: F.C_FLAGS], flags, *call[F.C_SITUATION :])


def _elements(gather: ast.Call, made: dict[str, list[Any]]) -> Iterator[ast.Call]:
    """Calls whose results a ``gather`` collects from a starred collection."""
    for argument in gather.args:
        if type(argument) is not ast.Starred:
            continue
        given: Any = argument.value
        values = made.get(given.id, []) if type(given) is ast.Name else [given]
        for value in values:
            if isinstance(value, _COMPREHENSIONS) and type(value.elt) is ast.Call:
                yield value.elt
            elif isinstance(value, (ast.List, ast.Tuple)):
                yield from (each for each in value.elts if type(each) is ast.Call)


def _asks(node: Any, gather: ast.Call, names: set[str], tested: set[str]) -> bool:
    """Whether a node asks about the elements of what was gathered."""
    if isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
        target = _element(node.target, node.iter, gather, names)
        return type(target) is ast.Name and target.id in tested
    if type(node) is ast.Call and _title(node) in _ASKING:
        return any(_is_results(each, gather, names) for each in node.args)
    return False


def _name_asked(node: Any) -> str:
    """The name that an ``if`` asks as it is; the conditions of a comprehension are known."""
    test = node.test if isinstance(node, (ast.If, ast.IfExp)) else None
    test = test.operand if type(test) is ast.UnaryOp else test
    return test.id if type(test) is ast.Name else ""


def _element(target: Any, source: Any, gather: ast.Call, names: set[str]) -> Any:
    """What a loop calls one result, also in step with other things: ``zip(nodes, results)``."""
    if _is_results(source, gather, names):
        return target
    if type(source) is ast.Call and _title(source) == "zip" and type(target) is ast.Tuple:
        for argument, part in zip(source.args, target.elts, strict=False):
            if _is_results(argument, gather, names):
                return part
    return None


def _is_results(node: Any, gather: ast.Call, names: set[str]) -> bool:
    return _plain(node) is gather or (type(node) is ast.Name and node.id in names)


def _plain(node: Any) -> Any:
    return node.value if type(node) is ast.Await else node


def _title(call: ast.Call) -> str:
    func: Any = call.func
    return str(getattr(func, "attr", getattr(func, "id", "")))
