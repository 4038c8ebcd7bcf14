"""What class bodies declare, inherited parts included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.model.backend.declared_index import DeclaredIndex
from bylaw.model.backend.shapes import Expression
from bylaw.model.class_lookup import outside_bases, resolution_order
from bylaw.model.evaluate import evaluate
from bylaw.model.roles import MIGRATION, TEST

_CAMEL = re.compile(r"((?<=[a-z0-9])[A-Z]|(?!^)[A-Z](?=[a-z]))")


class Attribute(NamedTuple):
    """One attribute of a class body.

    Attributes:
        name: the attribute.
        annotation: its shape, or None.
        value: its shape, or None.
        module: file it stands in.
        line: where.
        owner: class whose body it is.
    """

    name: str
    annotation: Expression
    value: Expression
    module: int
    line: int
    owner: int


def is_production(index: DeclaredIndex, number: int) -> bool:
    """Whether a class is neither of tests nor of migrations."""
    return index.project.roles[index.project.class_home[number]] not in (TEST, MIGRATION)


def own_attributes(index: DeclaredIndex, number: int) -> Iterator[Attribute]:
    """Attributes a class body declares itself, in order; ``declared_attr`` methods last."""
    project = index.project
    module = project.class_home[number]
    whole = {
        (each[F.E_NAME], each[F.E_LINE]): each[F.E_VALUE]
        for each in index.attributes.get(number, ())
    }
    for record in project.classes[number][F.K_ATTRIBUTES]:
        name, line = record[F.A_NAME], record[F.A_LINE]
        shapes = whole.get((name, line))
        if shapes is None:
            value = record[F.A_VALUE]
            if record[F.A_SHAPE] == "Constant" and record[F.A_ARGS]:
                value = record[F.A_ARGS][0]
            elif value is None and record[F.A_SHAPE] != "none":
                # There is one, of a shape that says nothing more.
                value = "?"
            shapes = (record[F.A_ANNOTATION], value)
        yield Attribute(name, shapes[0], shapes[1], module, line, number)
    offset = project.function_offset[module]
    for name, inner in project.classes[number][F.K_METHODS]:
        for record in index.returned.get(offset + inner, ()):
            yield Attribute(name, None, record[F.E_VALUE], module, record[F.E_LINE], number)


def inherited(index: DeclaredIndex, number: int, stops: frozenset[int]) -> list[Attribute]:
    """Attributes of a class and of its bases but those in ``stops``; the nearest one counts."""
    found: dict[str, Attribute] = {}
    order = [
        each
        for each in resolution_order(index.project, number, evaluate)
        if each == number or each not in stops
    ]
    for each in reversed(order):
        for attribute in own_attributes(index, each):
            found[attribute.name] = attribute
    return list(found.values())


def inner_class(index: DeclaredIndex, number: int, name: str) -> int:
    """Number of a class defined in a class body, or -1."""
    project = index.project
    module = project.class_home[number]
    wanted = f"{project.classes[number][F.K_NAME]}.{name}"
    offset = project.class_offset[module]
    for position, record in enumerate(project.facts[module][F.CLASSES]):
        if record[F.K_NAME] == wanted:
            inside = project.classes[number]
            if inside[F.K_LINE] <= record[F.K_LINE] <= inside[F.K_END]:
                return offset + position
    return -1


def outside_names(index: DeclaredIndex, number: int) -> list[str]:
    """Canonical names of the classes from outside that a class derives from."""
    stubs = index.project.stubs
    return [stubs.canonical(each) for each in outside_bases(index.project, number, evaluate)]


def snake_case(name: str) -> str:
    """``OrderItem`` as ``order_item``."""
    return _CAMEL.sub(lambda match: "_" + match[1], name).lower()


def short_name(index: DeclaredIndex, number: int) -> str:
    """Last name of a class."""
    name: str = index.project.classes[number][F.K_NAME]
    return name.rpartition(".")[2]
