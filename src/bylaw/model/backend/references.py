"""What references in declarations mean: texts, receivers, callables, classes."""

from __future__ import annotations

import re

from bylaw.facts import schema as F
from bylaw.model.backend.declared_index import DeclaredIndex, locate
from bylaw.model.backend.shapes import Expression, is_call, path_of, render, text, words
from bylaw.model.class_lookup import resolution_order
from bylaw.model.evaluate import evaluate
from bylaw.model.project import Value

_STATUS = re.compile(r"(?:HTTP_)?([1-5]\d\d)(?:_\w+)?$")
_STATUS_NAMES = {
    "OK": 200, "CREATED": 201, "ACCEPTED": 202, "NO_CONTENT": 204, "MOVED_PERMANENTLY": 301,
    "FOUND": 302, "SEE_OTHER": 303, "NOT_MODIFIED": 304, "TEMPORARY_REDIRECT": 307,
    "PERMANENT_REDIRECT": 308, "BAD_REQUEST": 400, "UNAUTHORIZED": 401, "FORBIDDEN": 403,
    "NOT_FOUND": 404, "METHOD_NOT_ALLOWED": 405, "CONFLICT": 409, "GONE": 410,
    "UNPROCESSABLE_ENTITY": 422, "TOO_MANY_REQUESTS": 429, "INTERNAL_SERVER_ERROR": 500,
    "NOT_IMPLEMENTED": 501, "BAD_GATEWAY": 502, "SERVICE_UNAVAILABLE": 503,
}  # fmt: skip


def receiver(shape: Expression) -> Expression:
    """What the last attribute of a reference is asked of."""
    if type(shape) is str:
        return shape.rpartition(".")[0] or "?"
    if shape[0] == "name":
        base = str(shape[1]).rpartition(".")[0]
        return ("name", base or "?", str(shape[2]).rpartition(".")[0])
    if shape[0] == "of":
        rest = str(shape[2]).rpartition(".")[0]
        return ("of", shape[1], rest) if rest else shape[1]
    return "?"


def text_of(index: DeclaredIndex, module: int, shape: Expression) -> str:
    """A text as far as it is known: constants followed, ``${...}`` where it is computed."""
    if shape is None:
        return ""
    known = text(shape)
    if known is not None:
        return known
    if type(shape) is tuple and shape[0] in ("text", "add"):
        return "".join(text_of(index, module, each) for each in shape[1])
    found = constant(index, module, shape)
    if found is not None:
        return found
    if is_call(shape) and shape[2] and _hands_back(index, module, shape):
        return text_of(index, module, shape[2][0])
    return f"${{{render(shape)}}}"


def _hands_back(index: DeclaredIndex, module: int, call: Expression) -> bool:
    """Whether a function of ours may return its first argument as it is."""
    value = index.value(module, call[1])
    if value is None or value[0] != "F":
        return False
    facts = index.project.functions[value[1]]
    params = facts[F.F_PARAMS]
    return bool(params) and f"={params[0][F.P_NAME]}" in facts[F.F_VALUES]


def _constant_binding(index: DeclaredIndex, module: int, name: str) -> str | None:
    """The text a name of a module holds, unless all it holds is bound under conditions."""
    facts = index.project.facts[module]
    found = None
    for binding in facts[F.BINDINGS]:
        stored = binding[F.B_ANNOTATION]
        if binding[F.B_NAME] != name or not isinstance(stored, str) or stored[:1] != "'":
            continue
        flags = facts[F.SITUATIONS][binding[F.B_SITUATION]][F.S_FLAGS]
        if not flags & (F.IN_CONDITION | F.IN_FALLBACK) or found is None:
            found = stored[1:]
    return found


def constant(index: DeclaredIndex, module: int, shape: Expression) -> str | None:
    """The text a name, or a field with a default, holds; None where that is not told."""
    path = path_of(shape)
    if path == "?" or (type(shape) is tuple and shape[0] == "call"):
        return None
    project = index.project
    place = locate(project, module, path)
    if place is not None:
        known = _constant_binding(index, place[0], place[1])
        if known is not None:
            return known
        record = index.binding((place[0], 0, place[1]))
        if record is not None and record[F.E_VALUE] != shape:
            value = record[F.E_VALUE]
            if type(value) is tuple and value[0] in ("text", "add"):
                return _composed(index, place, value)
        return None
    base, dot, name = path.rpartition(".")
    holder = evaluate(project, module, base) if dot else None
    if holder is None or holder[0] not in "CI":
        return None
    for number in resolution_order(project, holder[1], evaluate):
        for attribute in project.classes[number][F.K_ATTRIBUTES]:
            if attribute[F.A_NAME] == name:
                args = attribute[F.A_ARGS]
                plain = attribute[F.A_SHAPE] == "Constant" and args and args[0][0] == "'"
                return str(args[0][1:]) if plain else None
    return None


def _composed(index: DeclaredIndex, place: tuple[int, str], value: Expression) -> str | None:
    """A text put together from other names; None where it leads back to its own."""
    if place in index.composing:
        return None
    index.composing.add(place)
    try:
        return text_of(index, place[0], value)
    finally:
        index.composing.discard(place)


def status_of(shape: Expression) -> int:
    """A status code: a number, ``status.HTTP_201_CREATED``, ``HTTPStatus.CREATED``; else 0."""
    if type(shape) is str and shape[0] == ":" and shape[1:].isdigit():
        return int(shape[1:])
    raw = words(shape) if shape is not None else ""
    raw = raw.removesuffix(".value")
    last = raw.rpartition(".")[2]
    found = _STATUS.match(last)
    return int(found[1]) if found else _STATUS_NAMES.get(last, 0)


def callable_name(index: DeclaredIndex, value: Value, shape: Expression) -> tuple[str, int]:
    """Dotted name of what is called and the number of the first-party function, or -1."""
    project = index.project
    if value is not None:
        if value[0] == "F":
            return project.symbol(value[1]), value[1]
        if value[0] in "CI":
            wanted = ("__init__",) if value[0] == "C" else ("__call__",)
            return project.class_name(value[1]), method_of(index, value[1], wanted)
        if value[0] in "XYB":
            return str(value[1]), -1
    return render(shape), -1


def method_of(index: DeclaredIndex, number: int, names: tuple[str, ...]) -> int:
    """Number of the first of these methods that a class has or inherits, or -1."""
    project = index.project
    for name in names:
        for each in resolution_order(project, number, evaluate):
            for method, inner in reversed(project.classes[each][F.K_METHODS]):
                if method == name:
                    return project.function_offset[project.class_home[each]] + int(inner)
    return -1


def classes_in(index: DeclaredIndex, module: int, shape: Expression) -> tuple[int, ...]:
    """First-party classes that an annotation names, at any depth."""
    found: dict[int, None] = {}
    pending = [shape]
    while pending:
        each = pending.pop(0)
        if each is None or each == "?":
            continue
        if type(each) is tuple and each[0] in ("index", "or", "list"):
            pending += each[2] if each[0] == "index" else each[1]
            if each[0] == "index":
                pending.append(each[1])
            continue
        if type(each) is str and each[0] == "'" and each[1:].replace(".", "").isidentifier():
            each = each[1:]
        value = index.value(module, each)
        if value is not None and value[0] == "C":
            found[value[1]] = None
        elif value is not None and value[0] == "T" and value[1] is not None:
            if value[1][0] == "C":
                found[value[1][1]] = None
        else:
            pending += _behind_alias(index, module, each)
    return tuple(found)


def _behind_alias(index: DeclaredIndex, module: int, shape: Expression) -> list[Expression]:
    """The type inside an ``Annotated`` alias of the same file."""
    path = path_of(shape)
    place = locate(index.project, module, path) if path != "?" else None
    record = index.binding((place[0], 0, place[1])) if place is not None else None
    if record is None or place is None or place[0] != module:
        return []
    value = record[F.E_VALUE]
    return [value[2][0]] if type(value) is tuple and value[0] == "index" else []
