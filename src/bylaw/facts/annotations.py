"""Reads annotations: the path of the type a value has, without wrappers that do not matter."""

from __future__ import annotations

import ast
from typing import Any

from bylaw.facts.scope import Extraction, lookup

_TRANSPARENT = frozenset(
    {
        "Optional", "Annotated", "Final", "ClassVar", "Required", "NotRequired", "ReadOnly",
        "Awaitable", "Coroutine", "AsyncContextManager", "ContextManager",
        "AbstractContextManager", "AbstractAsyncContextManager", "type", "Type", "Mapped",
        "FromDishka",
    }
)  # fmt: skip
_CONTAINERS = frozenset(
    {
        "list", "List", "set", "Set", "frozenset", "FrozenSet", "tuple", "Tuple", "Sequence",
        "Iterable", "Iterator", "AsyncIterator", "AsyncIterable", "Generator", "AsyncGenerator",
        "Collection", "deque", "MutableSequence",
    }
)  # fmt: skip
_SCALARS = frozenset(
    {"str", "bytes", "int", "float", "bool", "complex", "object", "Any", "typing.Any", "None"}
)
_MAPPINGS = frozenset({"dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "OrderedDict"})


def annotation_path(state: Extraction, node: Any) -> str | None:
    """Path of the annotated type; ``[`` in front for containers, ``type[X]`` and Mapped[X] give X.

    Args:
        state: the extraction; names resolve in its scope.
        node: the annotation, an expression or a string holding one.

    Returns:
        The path without the final ``!``, or None when it says nothing usable.
    """
    kind = type(node)
    if kind is ast.Name:
        return lookup(state, node.id)
    if kind is ast.Attribute:
        base = annotation_path(state, node.value)
        return f"{base}.{node.attr}" if base else None
    if kind is ast.Constant:
        return _text_annotation(state, node.value)
    if kind is ast.BinOp and type(node.op) is ast.BitOr:
        return _one_of(state, _alternatives(node))
    if kind is ast.Subscript:
        return _subscript_annotation(state, node)
    return None


def cast_type(state: Extraction, node: ast.Call) -> str | None:
    """Path of an instance of the type that ``cast(Type, value)`` names; None for other casts.

    SQLAlchemy's ``cast`` has the type second; columns are written in lower case.
    """
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    path = annotation_path(state, node.args[0]) if name == "cast" else None
    last = (path or "").rpartition(".")[2].rpartition("|")[2].lstrip("_")
    return f"{path}!" if last[:1].isupper() and not (path or "").startswith("[") else None


def _alternatives(node: Any) -> list[Any]:
    """The types of ``A | B | C``."""
    if type(node) is ast.BinOp and type(node.op) is ast.BitOr:
        return [*_alternatives(node.left), *_alternatives(node.right)]
    return [node]


def _one_of(state: Extraction, nodes: list[Any]) -> str | None:
    """The one type among alternatives that has behaviour of its own; None where there are more."""
    paths = (annotation_path(state, node) for node in nodes)
    found = {path for path in paths if path is not None and path not in _SCALARS}
    return found.pop() if len(found) == 1 else None


def _text_annotation(state: Extraction, value: Any) -> str | None:
    if type(value) is not str or len(value) > 200:
        return None
    if value.isidentifier():
        return lookup(state, value)
    try:
        return annotation_path(state, ast.parse(value.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _subscript_annotation(state: Extraction, node: ast.Subscript) -> str | None:
    name = node.value.attr if type(node.value) is ast.Attribute else getattr(node.value, "id", "")
    arguments = node.slice.elts if type(node.slice) is ast.Tuple else [node.slice]
    if not arguments:
        return None
    if name == "Annotated":
        dependency = depends_path(state, arguments[1:])
        declared = annotation_path(state, arguments[0])
        return declared if declared is not None or dependency is None else dependency
    if name == "Union":
        return _one_of(state, arguments)
    if name in _TRANSPARENT:
        return annotation_path(state, arguments[-1] if name == "Coroutine" else arguments[0])
    if name in _CONTAINERS or name in _MAPPINGS:
        element = annotation_path(state, arguments[-1] if name in _MAPPINGS else arguments[0])
        return f"[{element}" if element else None
    return annotation_path(state, node.value)


def depends_path(state: Extraction, nodes: list[Any]) -> str | None:
    """Path of the function in the first ``Depends(f)`` or ``Security(f)`` among ``nodes``."""
    for node in nodes:
        if type(node) is not ast.Call or not node.args:
            continue
        func = node.func
        name = func.attr if type(func) is ast.Attribute else getattr(func, "id", "")
        if name in ("Depends", "Security"):
            return annotation_path(state, node.args[0])
    return None
