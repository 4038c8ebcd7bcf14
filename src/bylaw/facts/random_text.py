"""Random filler: draws whose values end in a joined text and nowhere else.

``words = choices(WORDS, k=count); shuffle(words); return " ".join(words)`` draws a text as
``"".join(choice(LETTERS) for _ in range(8))`` does, by way of local names. What is only handed on
as data, as in ``{"price": randint(1, 9)}``, decides nothing that can be seen either.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable
from typing import Any

DRAWS = frozenset({"choice", "choices", "randint", "randrange", "randbelow", "sample", "shuffle",
                   "random", "uniform"})  # fmt: skip
"""Last components of what draws a value."""
_GROWING = frozenset({"append", "extend", "insert", "sort", "reverse"})
_ROUNDS = 4
_COUNTS = frozenset(
    {"k", "n", "num", "count", "counts", "size", "length", "len", "times", "seed", "index",
     "repeat", "range", "start", "stop", "step", "end", "iterations", "rounds", "retries",
     "attempts", "limit", "offset", "timeout", "delay", "key", "max", "min", "weights"}
)  # fmt: skip
"""Words in the name of an argument that steers what the callee does."""
_MADE_OF = frozenset({"int", "float", "str", "round", "Decimal", "hex"})


def drawn_for_text(
    body: list[Any], joined: list[Any], bound: Callable[[str], list[Any]]
) -> list[Any]:
    """Draws that decide nothing but which words, or how many, a text is made of.

    Args:
        body: statements of a function.
        joined: what it hands to ``join``.
        bound: gives what a local name is assigned.

    Returns:
        The calls that draw, and those that shuffle what was drawn.
    """
    if not joined:
        return []
    nodes = [node for statement in body for node in ast.walk(statement)]
    uses = Counter(map(_loaded, nodes))
    harmless = Counter(_loaded(node) for each in joined for node in ast.walk(each))
    shuffles: dict[str, list[Any]] = {}
    for node in nodes:
        name = _kept(node)
        harmless[name] += 1
        if name and type(node) is ast.Call:
            shuffles.setdefault(name, []).append(node)
    found: list[Any] = []
    told: set[str] = set()
    for _ in range(_ROUNDS):
        names = {each for each in harmless if each and harmless[each] >= uses[each]} - told
        told |= names
        for name in sorted(names):
            draws = [each for each in bound(name) if _is_draw(each)]
            found += draws
            found += shuffles.get(name, []) if draws else []
            harmless.update(_loaded(node) for each in draws for node in ast.walk(each))
    return found


def drawn_for_data(nodes: list[Any], bound: Callable[[str], list[Any]]) -> list[Any]:
    """Draws that only fill a text, the entries of a dictionary, keyword arguments and attributes.

    Args:
        nodes: every node of a function that does something.
        bound: gives what a local name is assigned.

    Returns:
        The calls that draw.
    """
    leaves = [leaf for node in nodes for value in _data(node) for leaf in _made_of(value)]
    found = [leaf for leaf in leaves if _is_draw(leaf)]
    harmless = Counter(map(_loaded, leaves))
    drawn = {name: _drawn(bound(name)) for name in harmless if name}
    if not any(drawn.values()):
        return found
    uses = Counter(map(_loaded, nodes))
    for name, draws in drawn.items():
        if harmless[name] >= uses[name]:
            found += draws
    return found


def _drawn(values: list[Any]) -> list[Any]:
    return [leaf for value in values for leaf in _made_of(value) if _is_draw(leaf)]


def _data(node: Any) -> list[Any]:
    """Values that a node keeps under a name, for somebody else to read."""
    kind = type(node)
    if kind is ast.Dict:
        return [each for each in node.values if each is not None]
    if kind is ast.Call and not _is_draw(node):
        return [each.value for each in node.keywords if _is_plain_name(each.arg)]
    if kind is ast.JoinedStr:
        return [node]
    if kind is ast.Assign and isinstance(node.targets[0], (ast.Attribute, ast.Subscript)):
        return [node.value]
    return []


def _is_plain_name(name: str | None) -> bool:
    return name is not None and _COUNTS.isdisjoint(name.lower().split("_")) and "__" not in name


def _made_of(value: Any) -> list[Any]:
    """The names and calls that a value is made of by arithmetic, formatting and converting."""
    found = []
    pending = [value]
    while pending:
        node = pending.pop()
        kind = type(node)
        if kind is ast.BinOp:
            pending += (node.left, node.right)
        elif kind in (ast.List, ast.Tuple):
            pending += node.elts
        elif kind is ast.JoinedStr:
            pending += node.values
        elif kind is ast.FormattedValue:
            pending.append(node.value)
        elif kind is ast.IfExp:
            pending += (node.body, node.orelse)
        elif kind is ast.Call and _title(node.func) in _MADE_OF and not _is_draw(node):
            pending += node.args
        elif kind in (ast.Call, ast.Name):
            found.append(node)
    return found


def _loaded(node: Any) -> str:
    return node.id if type(node) is ast.Name and type(node.ctx) is ast.Load else ""


def _kept(node: Any) -> str:
    """A name that is only grown, shuffled or asked whether it is there."""
    if type(node) is ast.Compare:
        absent = isinstance(node.ops[0], (ast.Is, ast.IsNot))
        return _loaded(node.left) if absent else ""
    if type(node) is ast.Call and _title(node.func) == "shuffle" and node.args:
        return _loaded(node.args[0])
    if type(node) is ast.Expr and type(node.value) is ast.Call:
        func = node.value.func
        if type(func) is ast.Attribute and func.attr in _GROWING:
            return _loaded(func.value)
    return ""


def _is_draw(node: Any) -> bool:
    return type(node) is ast.Call and _title(node.func) in DRAWS


def _title(func: Any) -> str:
    return func.attr if type(func) is ast.Attribute else getattr(func, "id", "")
