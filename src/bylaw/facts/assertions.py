"""Reads what an ``assert`` is about, as far as its first words tell."""

from __future__ import annotations

import ast
from typing import Any

_RECORDED = frozenset({"called", "call_count", "await_count", "awaited"})


def is_about_calls(test: Any) -> bool:
    """Whether a condition asks a mock how it was called: ``m.called``, ``m.call_count == 2``."""
    while True:
        kind = type(test)
        if kind is ast.Compare:
            test = test.left
        elif kind is ast.UnaryOp:
            test = test.operand
        elif kind is ast.Attribute:
            if test.attr in _RECORDED:
                return True
            test = test.value
        else:
            return False
