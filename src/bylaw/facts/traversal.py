"""Goes through what lies below a node; ``ast.walk`` at a third of its price."""

from __future__ import annotations

import ast
from typing import Any

_PLAIN = frozenset({"ctx", "id", "attr", "arg", "kind", "type_comment", "level", "module"})
"""Fields that hold no node anybody looks for."""


def nodes_within(node: Any, barred: tuple[type, ...]) -> list[Any]:
    """A node and those below it.

    Args:
        node: where to begin; it is part of the answer whatever it is.
        barred: types that are left out with everything below them.

    Returns:
        The nodes, breadth first.
    """
    found = [node]
    for each in found:
        for field in each._fields:
            if field in _PLAIN:
                continue
            value = getattr(each, field)
            if type(value) is list:
                found += [
                    one for one in value if isinstance(one, ast.AST) and not isinstance(one, barred)
                ]
            elif isinstance(value, ast.AST) and not isinstance(value, barred):
                found.append(value)
    return found
