"""Writes down calls and loads, once each, with everything later rooms may ask about them."""

from __future__ import annotations

import ast
from typing import Any

from bylaw.facts.scope import Extraction, column

_LONGEST_TEXT = 200
_ASKED_OF_REQUESTS = ("=request.POST", "=request.body", "=request.user")
"""What a view of Django reads from its parameter; of other parameters no reading is kept."""


def record_load(state: Extraction, node: Any, path: str, key: str | None) -> None:
    """Remembers that a value was read; once per path and key in a scope."""
    if path[0] == "=" and not path.startswith(_ASKED_OF_REQUESTS):
        return
    scope = state.scope
    seen = (path, key)
    if scope.index and seen in scope.loads_seen:
        return
    scope.loads_seen.add(seen)
    scope.loads.append(
        (
            path,
            node.lineno,
            column(state, node),
            node.end_lineno,
            key,
            state.situation,
            state.anchor,
        )
    )


def encode_argument(path: str | None, node: Any) -> str:
    """One argument as data: ``'text``, ``:constant``, a path, or ``?``.

    A list that only holds an asterisk is written as that asterisk.
    """
    if type(node) is ast.Constant:
        value = node.value
        if type(value) is str:
            return "'" + value[:_LONGEST_TEXT]
        if value is None or type(value) is bool:
            return f":{value!r}"
        if isinstance(value, (int, float)):
            return f":{value!r}" if abs(value) < 10**9 else "?"
        return "?"
    if type(node) in (ast.List, ast.Tuple) and len(node.elts) == 1:
        only = node.elts[0]
        if type(only) is ast.Constant and only.value == "*":
            return "'*"
    return path if path is not None else "?"


def record_call(
    state: Extraction, node: Any, path: str | None, arguments: tuple[str, ...], flags: int
) -> None:
    """Remembers a call with everything later rooms may ask about it; an unknown callee counts."""
    scope = state.scope
    if path is None:
        scope.unknown_calls += 1
        state.last_call = -1
        return
    state.last_call = len(scope.calls)
    scope.calls.append(
        (
            path,
            node.lineno,
            node.col_offset + 1 if state.lines is None else column(state, node),
            node.end_lineno,
            flags,
            state.situation,
            arguments,
            state.anchor,
        )
    )
