"""Sentences of documents that cannot both be kept: only what is bound is compared, never prose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from bylaw.rules.binding import Binding
from bylaw.rules.own.naming import NAMED

_SAME = ("id", "severity")


class Contradiction(NamedTuple):
    """Two sentences that ask for different things.

    Attributes:
        first: the sentence that takes precedence.
        second: the other one.
        about: what they decide differently: ``function-too-long.limit``.
        says: what the first asks for.
        other: what the second asks for.
    """

    first: Binding
    second: Binding
    about: str
    says: str
    other: str


def contradictions(bindings: Sequence[Binding]) -> tuple[Contradiction, ...]:
    """Pairs of bindings that contradict each other.

    Args:
        bindings: of all enabled documents, in order of precedence.
    """
    found = []
    for first, second in combinations(bindings, 2):
        if first.kind == second.kind:
            found += [
                Contradiction(first, second, about, one, two)
                for about, one, two in _differences(first, second)
            ]
    return tuple(found)


def _differences(first: Binding, second: Binding) -> Iterator[tuple[str, str, str]]:
    if first.kind == "rule" and first.get("name") == second.get("name"):
        one, two = dict(first.get("options", ())), dict(second.get("options", ()))
        for option in one.keys() & two.keys() - {*_SAME}:
            if one[option] != two[option]:
                yield f"{first.get('name')}.{option}", _shown(one[option]), _shown(two[option])
        if one.get("enabled", True) != two.get("enabled", True):
            yield f"{first.get('name')}.enabled", _on(one), _on(two)
    elif first.kind == "naming" and set(first.patterns("in")) == set(second.patterns("in")):
        for name in NAMED:
            one_form, two_form = first.get(name), second.get(name)
            if one_form and two_form and one_form != two_form:
                yield f"naming.{name}", str(one_form), str(two_form)
    elif first.kind == "layers":
        yield from _orders(first, second)


def _orders(first: Binding, second: Binding) -> Iterator[tuple[str, str, str]]:
    """Two layers that each of two declarations puts above the other, by what is in them."""
    one, two = _positions(first), _positions(second)
    shared = sorted(one.keys() & two.keys())
    for upper, lower in combinations(shared, 2):
        if (one[upper] - one[lower]) * (two[upper] - two[lower]) < 0:
            high, low = (upper, lower) if one[upper] < one[lower] else (lower, upper)
            yield "layers", f"{high} above {low}", f"{low} above {high}"


def _positions(binding: Binding) -> dict[str, int]:
    positions: dict[str, int] = {}
    for number, entry in enumerate(binding.get("layers", ())):
        modules = dict(entry).get("modules", ())
        for module in (modules,) if isinstance(modules, str) else modules:
            positions[str(module)] = number
    return positions


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _on(options: dict[str, object]) -> str:
    return "on" if options.get("enabled", True) else "off"
