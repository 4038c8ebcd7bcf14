"""Reads whether statements leave their block, so that the rest of it is not always reached."""

from __future__ import annotations

import ast
from typing import Any

from bylaw.facts.guards import guard_kind

_LEAVING = frozenset({ast.Return, ast.Raise, ast.Continue, ast.Break})
_EXITS = frozenset({"exit", "quit", "sys.exit", "os._exit", "os.abort"})


def always_leaves(body: list[Any]) -> bool:
    """Whether a block ends by leaving, so that what follows runs only when it did not."""
    last: Any = body[-1]
    kind = type(last)
    if kind in _LEAVING:
        return True
    if kind is ast.Expr:
        return type(last.value) is ast.Call and _is_exit(last.value.func)
    if kind is ast.If:
        return bool(last.orelse) and always_leaves(last.body) and always_leaves(last.orelse)
    return kind in (ast.With, ast.AsyncWith) and always_leaves(last.body)


def ways_out(node: ast.If) -> list[bool]:
    """The arms of an ``if`` that leave, each a branch before the rest; False where it raises."""
    found = [not _raises(node.body)] if always_leaves(node.body) else []
    other: list[Any] = node.orelse
    if not other:
        return found
    if len(other) == 1 and type(other[0]) is ast.If:
        return found + ways_out(other[0])
    return [*found, not _raises(other)] if always_leaves(other) else found


def leaves_process(node: Any) -> bool:
    """Whether a statement, or one of the arms of an ``if``, ends by leaving the process."""
    kind = type(node)
    if kind is ast.If:
        arms = [node.body, node.orelse] if guard_kind(node.test) != "main" else []
        return any(arm and leaves_process(arm[-1]) for arm in arms)
    if kind is not ast.Expr or type(node.value) is not ast.Call:
        return False
    return _is_exit(node.value.func)


def _raises(body: list[Any]) -> bool:
    """Whether a block that leaves ends everything that would follow it."""
    last: Any = body[-1]
    return type(last) in (ast.Raise, ast.Expr)


def _is_exit(func: Any) -> bool:
    if type(func) is ast.Attribute:
        return f"{getattr(func.value, 'id', '')}.{func.attr}" in _EXITS
    return getattr(func, "id", "") in _EXITS
