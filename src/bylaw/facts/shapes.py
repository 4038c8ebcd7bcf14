"""Names the kind of expression that a name is bound to."""

from __future__ import annotations

import ast
from typing import Any

_SHAPES: dict[type, str] = {
    ast.List: "list",
    ast.ListComp: "list",
    ast.Dict: "dict",
    ast.DictComp: "dict",
    ast.Set: "set",
    ast.SetComp: "set",
    ast.Tuple: "tuple",
    ast.Constant: "const",
    ast.JoinedStr: "const",
    ast.UnaryOp: "const",
    ast.BinOp: "const",
    ast.Call: "call",
    ast.Lambda: "lambda",
}


def shape_of(node: Any) -> str:
    """Shape of a bound value, as ``B_SHAPE`` of the schema lists them."""
    return _SHAPES.get(type(node), "other")


def chosen_from(value: Any) -> list[Any]:
    """What a table spelled out on the spot may give: ``{"a": one, "b": other}[kind]``."""
    if type(value) is ast.Call and getattr(value.func, "attr", "") == "get":
        value = value.func
    table = getattr(value, "value", None)
    if type(value) not in (ast.Subscript, ast.Attribute) or type(table) is not ast.Dict:
        return []
    return [each for each in table.values if type(each) in (ast.Name, ast.Attribute)]


_GENERIC = frozenset({"dict", "list", "tuple", "set", "frozenset", "type", "deque", "defaultdict"})
"""Generic classes that are not written like classes."""


def aliased(value: Any) -> Any:
    """The type that a module-level assignment gives a second name, None for anything else.

    ``os.environ["URL"]`` is no type: its base is not written like a class.
    """
    if type(value) is ast.Subscript:
        base: Any = value.value
        name = getattr(base, "attr", getattr(base, "id", ""))
        return value if name in _GENERIC or name.lstrip("_")[:1].isupper() else None
    if type(value) is ast.Call and len(value.args) == 2:
        name = getattr(value.func, "attr", getattr(value.func, "id", ""))
        return value.args[1] if name == "NewType" else None
    return None
