"""Reads what a condition says about names being empty: the guard of a value made on first use."""

from __future__ import annotations

import ast
from typing import Any


def names_found_empty(test: Any) -> frozenset[str]:
    """Names that are None or falsy wherever a condition holds: ``x is None``, ``not x``."""
    kind = type(test)
    if kind is ast.UnaryOp and type(test.op) is ast.Not:
        return names_found_filled(test.operand)
    if kind is ast.BoolOp:
        return _combined([names_found_empty(each) for each in test.values], type(test.op))
    return _compared_with_none(test, (ast.Is, ast.Eq))


def names_found_filled(test: Any) -> frozenset[str]:
    """Names that are None or falsy wherever a condition does not hold: ``x``, ``x is not None``."""
    kind = type(test)
    if kind is ast.Name:
        return frozenset((test.id,))
    if kind is ast.UnaryOp and type(test.op) is ast.Not:
        return names_found_empty(test.operand)
    if kind is ast.BoolOp:
        other = ast.Or if type(test.op) is ast.And else ast.And
        return _combined([names_found_filled(each) for each in test.values], other)
    return _compared_with_none(test, (ast.IsNot, ast.NotEq))


def _combined(parts: list[frozenset[str]], op: type) -> frozenset[str]:
    """Of an ``or`` every part must speak of emptiness, else the value is not made only once."""
    if op is ast.Or and not all(parts):
        return frozenset()
    return frozenset().union(*parts)


def _compared_with_none(test: Any, ops: tuple[type, ...]) -> frozenset[str]:
    if type(test) is not ast.Compare or len(test.ops) != 1 or type(test.ops[0]) not in ops:
        return frozenset()
    other = test.comparators[0]
    if type(test.left) is ast.Name and type(other) is ast.Constant and other.value is None:
        return frozenset((test.left.id,))
    return frozenset()
