"""Reads what an ``assert`` is about, as far as its first words tell."""

from __future__ import annotations

import ast
from typing import Any

_RECORDED = frozenset(
    {
        "called", "call_count", "call_args", "call_args_list", "mock_calls", "method_calls",
        "await_count", "await_args", "await_args_list", "awaited",
    }
)  # fmt: skip


def is_about_calls(test: Any) -> bool:
    """Whether a condition asks a mock how it was called: ``m.called``, ``m.call_count == 2``."""
    while True:
        kind = type(test)
        if kind is ast.Compare:
            test = test.left
        elif kind is ast.UnaryOp:
            test = test.operand
        elif kind is ast.Subscript:
            test = test.value
        elif kind is ast.Call and getattr(test.func, "id", "") == "len" and test.args:
            test = test.args[0]
        elif kind is ast.Attribute:
            if test.attr in _RECORDED:
                return True
            test = test.value
        else:
            return False
