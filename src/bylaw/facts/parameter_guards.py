"""Reads which lines of a function run only for some values of a parameter.

``if required:`` keeps its body from a call with ``required=False``, and ``if not required: return``
keeps the rest of the function from it. What ``if is_literal(host):`` asks is noted as well: a
caller that asked the same of the same value has decided it. A name that was bound anew is no
parameter any more.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.facts.branches import always_leaves
from bylaw.facts.records import encode_argument
from bylaw.facts.scope import Extraction

_SAME = frozenset({ast.Is, ast.Eq})
_OTHER = frozenset({ast.IsNot, ast.NotEq})
_ENDS = frozenset({ast.Return, ast.Raise})
_AROUND = F.IN_CONDITION | F.IN_LOOP | F.IN_HANDLER

_Condition = tuple[str, bool, str]
"""A parameter, whether the condition holds, and the constant it is compared with, if any."""


def note_guards(state: Extraction, node: ast.If) -> None:
    """Notes what an ``if`` asks of parameters, for its arms and for the rest of the function.

    Args:
        state: the reader, standing at the ``if``.
        node: the statement.
    """
    holding = list(_conditions(state, node.test, True))
    failing = list(_conditions(state, node.test, False))
    if not holding and not failing:
        return
    guards = state.scope.guards
    _note(guards, holding, node.body)
    if node.orelse:
        _note(guards, failing, node.orelse)
    if state.situations[state.situation][F.S_FLAGS] & _AROUND:
        return
    after = (node.end_lineno or node.lineno) + 1
    if _ends(node.body):
        guards += [(*each, after, 0) for each in failing]
    elif node.orelse and _ends(node.orelse):
        guards += [(*each, after, 0) for each in holding]


def _note(guards: list[Any], conditions: list[_Condition], body: list[Any]) -> None:
    guards += [(*each, body[0].lineno, body[-1].end_lineno) for each in conditions]


def _ends(body: list[Any]) -> bool:
    """Whether a block ends the function."""
    return always_leaves(body) and type(body[-1]) in _ENDS


def _conditions(state: Extraction, test: Any, truth: bool) -> Iterator[_Condition]:
    """What holds of parameters where a test is true, or where it is false."""
    kind = type(test)
    if kind is ast.BoolOp:
        if (type(test.op) is ast.And) is truth:
            for value in test.values:
                yield from _conditions(state, value, truth)
    elif kind is ast.UnaryOp and type(test.op) is ast.Not:
        yield from _conditions(state, test.operand, not truth)
    else:
        for name, holds, value in _single(state, test):
            yield name, holds is truth, value


def _single(state: Extraction, test: Any) -> Iterator[_Condition]:
    if type(test) is ast.Name:
        if test.id in state.scope.given:
            yield test.id, True, ""
    elif type(test) is ast.Compare and type(test.left) is ast.Name and len(test.ops) == 1:
        operator = type(test.ops[0])
        constant = test.comparators[0]
        if type(constant) is ast.Constant and test.left.id in state.scope.given:
            encoded = encode_argument(None, constant)
            if encoded != "?" and (operator in _SAME or operator in _OTHER):
                yield test.left.id, operator in _SAME, encoded
    elif type(test) is ast.Call and type(test.func) is ast.Name:
        asked = test.args[0] if len(test.args) == 1 and not test.keywords else None
        if type(asked) is ast.Name and asked.id in state.scope.given:
            yield asked.id, True, f"({test.func.id}"
