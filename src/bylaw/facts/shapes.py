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
