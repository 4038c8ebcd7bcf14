"""What declarations say beyond their types: enum members, foreign keys, containers, decorators."""

from __future__ import annotations

from typing import Any

from bylaw.facts import schema as F
from bylaw.model.class_lookup import Evaluate, outside_bases
from bylaw.model.project import Project, Value

OPAQUE_TYPES = frozenset(
    {"typing.Any", "typing_extensions.Any", "Any", "object", "typing.Self",
     "typing_extensions.Self", "typing.Callable", "collections.abc.Callable", "typing.TypeVar",
     "typing.ParamSpec"}
)  # fmt: skip
"""Annotations that say nothing about the methods a value has."""

_BASE_MAKERS = {
    "sqlalchemy.orm.DeclarativeBase": "cls",
    "flask_sqlalchemy.SQLAlchemy": "model_class",
}
"""What makes a base of tables, by the argument that names the class it derives from."""

TYPE_MAKERS = frozenset(
    {"typing.NewType", "typing.TypeVar", "typing_extensions.TypeVar", *_BASE_MAKERS}
)

_ENUMS = frozenset(
    {"enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag", "enum.ReprEnum",
     "django.db.models.TextChoices", "django.db.models.IntegerChoices"}
)  # fmt: skip
_SINGLE_RELATIONS = frozenset({"django.db.models.ForeignKey", "django.db.models.OneToOneField"})
_GIVES_ELEMENT = frozenset({"get", "pop", "popleft", "setdefault", "__getitem__", "__next__"})
_GIVES_CONTAINER = frozenset({"values", "copy", "__iter__"})


def made_type(
    project: Project, module: int, binding: tuple[Any, ...], maker: str, evaluate: Evaluate
) -> Value:
    """What ``NewType`` or ``TypeVar`` made: a type that stands for its base or bound, if any.

    What ``declarative_base(cls=Own)`` made is the library's, with the class that stands behind it.
    """
    if maker in _BASE_MAKERS:
        encoded = _made_with(project, module, binding, _BASE_MAKERS[maker])
        behind = evaluate(project, module, encoded) if encoded else None
        own = (behind[1],) if behind is not None and behind[0] == "C" else ()
        return ("Y", maker, 0, *own)
    position = "1" if maker == "typing.NewType" else "bound"
    encoded = _made_with(project, module, binding, position)
    return ("T", evaluate(project, module, encoded) if encoded else None)


def _made_with(
    project: Project, module: int, binding: tuple[Any, ...], position: str
) -> str | None:
    """An argument of the call whose result a module-level name holds: a path, or None."""
    body = project.functions[project.module_body(module)]
    value, line = binding[F.B_VALUE], binding[F.B_LINE]
    for call in body[F.F_CALLS]:
        if call[F.C_LINE] == line and f"{call[F.C_PATH]}()" == value:
            encoded = argument(call[F.C_ARGS], position)
            if not encoded or encoded[0] in "?:*":
                return None
            text = encoded[1:] if encoded[0] == "'" else encoded
            return text if text.replace(".", "").isidentifier() else None
    return None


def argument(arguments: tuple[str, ...], position: str) -> str | None:
    """An encoded argument by position or keyword, None where it is not given."""
    if position.isdigit():
        plain = [each for each in arguments if "=" not in each[1:] or each[0] == "'"]
        index = int(position)
        return plain[index] if index < len(plain) else None
    prefix = f"{position}="
    return next((each[len(prefix) :] for each in arguments if each.startswith(prefix)), None)


def container_result(value: tuple[Any, ...]) -> Value:
    """What calling a method of a container gives: ``("G", element, method)``."""
    if value[2] in _GIVES_ELEMENT:
        element: Value = value[1]
        return element
    return ("L", value[1]) if value[2] in _GIVES_CONTAINER else None


def declared_value(
    project: Project, declaring: int, owner: int, name: str, kind: str, evaluate: Evaluate
) -> Value:
    """What an attribute stands for because of how a class body declares it.

    Args:
        project: the linked project.
        declaring: class whose body is looked at.
        owner: class the attribute is asked of.
        name: the attribute.
        kind: ``C`` asked of the class, ``I`` of an instance, ``S`` of ``super()``.
        evaluate: evaluates paths.

    Returns:
        An enum member, the instance a foreign key leads to, or None.
    """
    for attribute in project.classes[declaring][F.K_ATTRIBUTES]:
        if attribute[F.A_NAME] != name or attribute[F.A_SHAPE] == "none":
            continue
        bare = kind == "C" and not attribute[F.A_ANNOTATION]
        if bare and not _ENUMS.isdisjoint(outside_bases(project, owner, evaluate)):
            return ("I", owner, 0)
        if kind == "I" and attribute[F.A_VALUE] and attribute[F.A_ARGS]:
            return _related(project, declaring, attribute, evaluate)
        return None
    return None


def _related(
    project: Project, declaring: int, attribute: tuple[Any, ...], evaluate: Evaluate
) -> Value:
    home = project.class_home[declaring]
    field = evaluate(project, home, attribute[F.A_VALUE])
    if field is None or field[0] != "Y" or field[1] not in _SINGLE_RELATIONS:
        return None
    arguments = attribute[F.A_ARGS]
    encoded = argument(arguments, "0") or argument(arguments, "to")
    if not encoded or encoded[0] in "?:*":
        return None
    if encoded[0] != "'":
        target = evaluate(project, home, encoded)
    else:
        target = _named_class(project, declaring, encoded[1:], evaluate)
    return ("I", target[1], 1) if target is not None and target[0] == "C" else None


def _named_class(project: Project, declaring: int, text: str, evaluate: Evaluate) -> Value:
    """The model that Django finds for ``"self"``, ``"Name"`` or ``"label.Name"``."""
    if text == "self":
        return ("C", declaring)
    label, dot, name = text.rpartition(".")
    if not dot:
        return evaluate(project, project.class_home[declaring], name)
    if not project.classes_by_name:
        for number, record in enumerate(project.classes):
            project.classes_by_name.setdefault(record[F.K_NAME], []).append(number)
    found = [
        number
        for number in project.classes_by_name.get(name, ())
        if label in project.modules[project.class_home[number]].name.split(".")
    ]
    return ("C", found[0]) if len(found) == 1 else None


def decorated_member(project: Project, function: int, name: str, evaluate: Evaluate) -> str | None:
    """Method of the object that a decorator from outside makes of a function: ``task.delay``."""
    module = project.function_home[function]
    for path, _, _ in project.functions[function][F.F_DECORATORS]:
        value = evaluate(project, module, path) if path != "?" else None
        if value is None or value[0] not in "XB":
            continue
        made = project.stubs.returned_class(value[1])
        dotted = f"{made}.{name}"
        if made and project.stubs.effects(dotted) is not None:
            return dotted
    return None
