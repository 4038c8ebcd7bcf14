"""Reads return annotations that leave the fields of a record untyped."""

from __future__ import annotations

import ast
from typing import Any

from bylaw.facts import schema as F

_WRAPPERS = frozenset(
    {
        "Optional", "list", "List", "Sequence", "Iterable", "Iterator", "set", "Set", "frozenset",
        "AsyncIterator", "AsyncIterable", "Collection", "Generator", "AsyncGenerator", "Awaitable",
    }
)  # fmt: skip
_PLAIN = frozenset(
    {"str", "int", "float", "bool", "bytes", "UUID", "date", "datetime", "time", "Decimal", "Any"}
)
_MAPPINGS = frozenset({"dict", "Dict", "Mapping", "MutableMapping"})


def loose_flags(node: Any) -> int:
    """Flags of a function whose signature leaves something untyped.

    Args:
        node: the function.

    Returns:
        A combination of ``UNTYPED_KEYWORDS`` and one of the ``RETURNS_...`` flags.
    """
    rest = node.args.kwarg
    flags = F.UNTYPED_KEYWORDS if rest is not None and rest.annotation is None else 0
    returned = node.returns
    return flags if returned is None else flags | _returned(returned)


def _returned(node: Any) -> int:
    kind = type(node)
    if kind is ast.BinOp:
        return _returned(node.left) | _returned(node.right)
    if kind is not ast.Subscript:
        name = _last_name(node)
        if name in _MAPPINGS:
            return F.RETURNS_DICT
        return F.RETURNS_TUPLE if name in ("tuple", "Tuple") else 0
    name = _last_name(node.value)
    inside = node.slice.elts if type(node.slice) is ast.Tuple else [node.slice]
    if not inside:
        return 0
    if name in _WRAPPERS:
        return _returned(inside[0])
    if name in _MAPPINGS:
        return F.RETURNS_ANY_DICT if _last_name(inside[-1]) in ("Any", "object") else 0
    if name in ("tuple", "Tuple"):
        return F.RETURNS_TUPLE if _is_record(inside) else 0
    return 0


def _is_record(fields: list[Any]) -> bool:
    """Whether a tuple is one record: plain values side by side, not two results."""
    return len(fields) > 1 and all(_is_plain(each) for each in fields)


def _is_plain(node: Any) -> bool:
    if type(node) is ast.BinOp:
        return _is_plain(node.left)
    return _last_name(node) in _PLAIN


def _last_name(node: Any) -> str:
    return str(getattr(node, "attr", getattr(node, "id", "")))
