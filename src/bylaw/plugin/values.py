"""Plain values that a rule is answered with, and what a finding can be about."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Place(NamedTuple):
    """Where something stands.

    Attributes:
        path: file relative to the root, with ``/``.
        line: 1-based first line.
        column: 1-based column, in characters.
        end_line: last line, inclusive.
    """

    path: str
    line: int
    column: int
    end_line: int


class Located(Protocol):
    """What a finding can be about: everything in this module, routes and effects."""

    @property
    def place(self) -> Place:
        """Where it stands."""

    @property
    def symbol(self) -> str:
        """Dotted name of the scope it stands in."""


class Parameter(NamedTuple):
    """One parameter of a function.

    Attributes:
        name: its name.
        annotation: dotted name of the class it is annotated with, empty where that is not known.
        has_default: whether a call may leave it out.
    """

    name: str
    annotation: str
    has_default: bool


class Argument(NamedTuple):
    """One argument of a call.

    Attributes:
        constant: whether it is a text, an integer, a truth value or None written on the spot.
        value: that constant; long texts are cut at 200 characters.
        name: dotted name it resolves to where it is a name, empty where that is not known.
    """

    constant: bool
    value: str | int | bool | None
    name: str
