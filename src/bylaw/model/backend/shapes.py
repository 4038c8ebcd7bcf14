"""Reads the expressions that facts keep whole: calls, keywords, references, texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Expression = Any

UNKNOWN = "?"


def is_call(shape: Expression) -> bool:
    """Whether an expression is a call."""
    return type(shape) is tuple and shape[0] == "call"


def callee(shape: Expression) -> Expression:
    """What a call calls."""
    return shape[1]


def line_of(shape: Expression, default: int) -> int:
    """Line of a call, else the given one."""
    return int(shape[4]) if is_call(shape) else default


def keyword(shape: Expression, name: str) -> Expression | None:
    """A keyword argument of a call, None where it is not given."""
    return next((value for each, value in shape[3] if each == name), None)


def given(shape: Expression, position: int, name: str) -> Expression | None:
    """An argument of a call by position or by keyword, None where it is not given."""
    args = shape[2]
    if position < len(args) and not any(_is_star(each) for each in args[: position + 1]):
        return args[position]
    return keyword(shape, name)


def _is_star(shape: Expression) -> bool:
    return type(shape) is tuple and shape[0] == "star"


def words(shape: Expression) -> str:
    """A reference as it stands in the source, empty for what is none."""
    if type(shape) is str:
        return "" if shape[0] in "':?" else shape
    if shape is not None and shape[0] == "name":
        return str(shape[2])
    if shape is not None and shape[0] == "of":
        return f"{words(shape[1])}.{shape[2]}"
    if is_call(shape):
        return f"{words(shape[1])}()"
    return ""


def last_name(shape: Expression) -> str:
    """Last name of a reference or of what a call calls."""
    return words(shape[1] if is_call(shape) else shape).rpartition(".")[2]


def path_of(shape: Expression) -> str:
    """Path that ``evaluate`` takes, ``?`` for what has none."""
    if type(shape) is str:
        return UNKNOWN if shape[0] in "':" else shape
    if shape is None:
        return UNKNOWN
    if shape[0] == "name":
        return str(shape[1])
    if shape[0] == "of":
        inner = path_of(shape[1])
        return UNKNOWN if inner == UNKNOWN else f"{inner}.{shape[2]}"
    if shape[0] == "call":
        inner = path_of(shape[1])
        return UNKNOWN if inner == UNKNOWN else f"{inner}()"
    if shape[0] == "index":
        return path_of(shape[1])
    return UNKNOWN


def text(shape: Expression) -> str | None:
    """A string constant, None for anything else."""
    return shape[1:] if type(shape) is str and shape[0] == "'" else None


def is_true(shape: Expression) -> bool:
    """Whether an expression is the constant True."""
    return bool(shape == ":True")


def is_false(shape: Expression) -> bool:
    """Whether an expression is the constant False."""
    return bool(shape == ":False")


def is_none(shape: Expression) -> bool:
    """Whether an argument is missing or the constant None."""
    return shape is None or shape == ":None"


def items(shape: Expression) -> tuple[Expression, ...]:
    """Elements of a list, tuple or set, of both sides where such are added or chosen from."""
    if type(shape) is not tuple:
        return ()
    if shape[0] == "list":
        return tuple(shape[1])
    if shape[0] in ("add", "if"):
        return tuple(each for side in shape[1] for each in items(side))
    return ()


def texts(shape: Expression) -> tuple[str, ...]:
    """The string constants among the elements of a list."""
    return tuple(found for each in items(shape) if (found := text(each)) is not None)


def pairs(shape: Expression) -> tuple[tuple[Expression, Expression], ...]:
    """Keys and values of a dictionary."""
    return tuple(shape[1]) if type(shape) is tuple and shape[0] == "dict" else ()


def entry(shape: Expression, key: str) -> Expression | None:
    """Value of a constant key of a dictionary, None where there is none."""
    return next((value for each, value in pairs(shape) if each == f"'{key}"), None)


def base_name(shape: Expression) -> str:
    """Last name of what is subscripted: ``Annotated`` of ``Annotated[X, y]``, else empty."""
    indexed = type(shape) is tuple and shape[0] == "index"
    return last_name(shape[1]) if indexed else ""


def calls_in(shape: Expression) -> Iterator[Expression]:
    """Every call in an expression, outermost first."""
    if type(shape) is not tuple:
        return
    if shape[0] == "call":
        yield shape
        yield from calls_in(shape[1])
        for each in shape[2]:
            yield from calls_in(each)
        for _, each in shape[3]:
            yield from calls_in(each)
    elif shape[0] == "dict":
        for key, value in shape[1]:
            yield from calls_in(key)
            yield from calls_in(value)
    elif shape[0] in ("star", "of"):
        yield from calls_in(shape[1])
    elif shape[0] == "index":
        yield from calls_in(shape[1])
        for each in shape[2]:
            yield from calls_in(each)
    elif shape[0] in ("list", "or", "and", "add", "if", "text"):
        for each in shape[1]:
            yield from calls_in(each)


def receiver_of_as_view(shape: Expression) -> Expression:
    """The class in ``View.as_view()``, as words."""
    return words(shape).removesuffix(".as_view()")


_JOINTS = {"or": " | ", "and": " & ", "add": " + ", "if": " or "}


def render(shape: Expression) -> str:
    """An expression as text a reader recognises; not always the text of the source."""
    if shape is None:
        return ""
    if type(shape) is str:
        if shape[0] == "'":
            return repr(shape[1:])
        return shape[1:] if shape[0] == ":" else shape
    tag = shape[0]
    if tag in ("name", "of"):
        return words(shape) or UNKNOWN
    if tag == "call":
        inside = [render(each) for each in shape[2]]
        inside += [f"{name}={render(each)}" for name, each in shape[3]]
        return f"{render(shape[1])}({', '.join(inside)})"
    if tag == "index":
        return f"{render(shape[1])}[{', '.join(render(each) for each in shape[2])}]"
    if tag == "list":
        return f"[{', '.join(render(each) for each in shape[1])}]"
    if tag in _JOINTS:
        return _JOINTS[tag].join(render(each) for each in shape[1])
    if tag == "dict":
        return f"{{{', '.join(f'{render(k)}: {render(v)}' for k, v in shape[1])}}}"
    if tag == "star":
        return f"*{render(shape[1])}"
    return "".join(f"${{{render(each)}}}" if text(each) is None else each[1:] for each in shape[1])
