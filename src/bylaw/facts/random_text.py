"""Random filler: draws whose values end in a joined text and nowhere else.

``words = choices(WORDS, k=count); shuffle(words); return " ".join(words)`` draws a text as
``"".join(choice(LETTERS) for _ in range(8))`` does, by way of local names.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable
from typing import Any

_DRAWS = frozenset({"choice", "choices", "randint", "randrange", "randbelow", "sample", "shuffle"})
_GROWING = frozenset({"append", "extend", "insert", "sort", "reverse"})
_ROUNDS = 4


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
    return type(node) is ast.Call and _title(node.func) in _DRAWS


def _title(func: Any) -> str:
    return func.attr if type(func) is ast.Attribute else getattr(func, "id", "")
