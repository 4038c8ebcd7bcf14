"""Reads what an ``if`` asks: whether types are checked, whether this is the program started."""

from __future__ import annotations

import ast
from typing import Any


def guard_kind(test: Any) -> str:
    """``typing`` for TYPE_CHECKING, ``main`` for ``__main__``, ``not-typing``, or empty."""
    kind = type(test)
    if kind is ast.UnaryOp and type(test.op) is ast.Not:
        return "not-typing" if guard_kind(test.operand) == "typing" else ""
    name = test.attr if kind is ast.Attribute else getattr(test, "id", "")
    if name == "TYPE_CHECKING":
        return "typing"
    if kind is ast.BoolOp and type(test.op) is ast.And:
        kinds = [guard_kind(value) for value in test.values]
        return next((each for each in kinds if each in ("main", "typing")), "")
    if kind is ast.Compare and len(test.ops) == 1 and type(test.ops[0]) in (ast.Eq, ast.Is):
        if getattr(test.comparators[0], "value", None) is True:
            return guard_kind(test.left)
        sides = (test.left, test.comparators[0])
        names = {getattr(side, "id", getattr(side, "value", None)) for side in sides}
        if "__name__" in names and "__main__" in names:
            return "main"
    return ""


def is_sampled(test: Any) -> bool:
    """Whether a condition holds once in ten times at most: ``count % 100 == 0``."""
    kind = type(test)
    if kind is ast.UnaryOp:
        return is_sampled(test.operand)
    if kind is ast.BoolOp:
        return any(is_sampled(value) for value in test.values)
    if kind is ast.Compare:
        return is_sampled(test.left) and type(test.ops[0]) is ast.Eq
    if kind is not ast.BinOp or type(test.op) is not ast.Mod:
        return False
    every = getattr(test.right, "value", None)
    return type(every) is int and every >= _RARE


_RARE = 10
