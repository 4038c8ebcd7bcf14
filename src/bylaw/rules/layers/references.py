"""Which classes a function names: in its signature, and in what it makes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.model.evaluate import evaluate
from bylaw.model.project import Project, Value

_MAKERS = frozenset(
    {
        "model_validate", "model_validate_json", "model_construct", "from_orm", "parse_obj",
        "parse_raw", "construct", "validate", "load",
    }
)  # fmt: skip


class ClassUse(NamedTuple):
    """One place where a function names a class.

    Attributes:
        number: of the class.
        how: ``takes``, ``returns`` or ``makes``.
        line: where.
        column: where.
    """

    number: int
    how: str
    line: int
    column: int


def signature_classes(project: Project, number: int) -> Iterator[ClassUse]:
    """First-party classes in the annotations of a function, those in containers included."""
    function = project.functions[number]
    module = project.function_home[number]
    annotations = [(each[F.P_ANNOTATION], "takes") for each in function[F.F_PARAMS]]
    for annotation, how in (*annotations, (function[F.F_RETURNS], "returns")):
        found = class_of(project, module, annotation) if annotation else -1
        if found >= 0:
            yield ClassUse(found, how, function[F.F_LINE], function[F.F_COL])


def made_classes(project: Project, number: int) -> Iterator[ClassUse]:
    """First-party classes that a function makes instances of."""
    module = project.function_home[number]
    for call in project.functions[number][F.F_CALLS]:
        path = call[F.C_PATH]
        if not path or path[0] in "=?":
            continue
        base, _, last = path.rpartition(".")
        value = evaluate(project, module, path)
        if last in _MAKERS and base and (value is None or value[0] != "C"):
            value = evaluate(project, module, base)
        if value is not None and value[0] == "F" and base:
            value = _made_by(project, module, base, path)
        if value is not None and value[0] == "C":
            yield ClassUse(value[1], "makes", call[F.C_LINE], call[F.C_COL])


def _made_by(project: Project, module: int, base: str, path: str) -> Value:
    """The class whose own method makes an instance of it: ``Orders.from_session(session)``."""
    owner = evaluate(project, module, base)
    made = evaluate(project, module, f"{path}()")
    same = owner is not None and owner[0] == "C" and made is not None and made[0] == "I"
    return (
        owner if same and owner is not None and made is not None and made[1] == owner[1] else None
    )


def class_of(project: Project, module: int, annotation: str) -> int:
    """First-party class of an annotation's path, that of its elements for a container; or -1."""
    value = evaluate(project, module, annotation.lstrip("["))
    return int(value[1]) if value is not None and value[0] in "CI" else -1
