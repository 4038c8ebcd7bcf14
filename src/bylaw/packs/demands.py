"""What enabling a pack asks for: its rules, with the options that make them as strict as it is.

``bylaw check`` must not read hundreds of clauses to know this, so it stands in two small files;
the tests hold them to the clauses.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

_DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")
NAMES = (
    "execution-contract", "deployment-contract", "backend-python", "constitution",
    "fastapi-strict",
)  # fmt: skip
"""Packs that are shipped, in the order they are shown."""


class Answer(NamedTuple):
    """What one clause answers to a question that packs disagree about.

    Attributes:
        value: the answer.
        pack: pack of the clause.
        clause: its id.
        off: rules that do not run where this answer holds.
    """

    value: str
    pack: str
    clause: str
    off: tuple[str, ...]


class Question(NamedTuple):
    """Something that packs disagree about.

    Attributes:
        key: key in ``[decisions]``.
        asks: the question in words.
        stricter: the answer that holds until somebody decides.
        answers: one for each clause.
    """

    key: str
    asks: str
    stricter: str
    answers: tuple[Answer, ...]


@lru_cache(maxsize=1)
def rules_by_pack() -> Mapping[str, Sequence[str]]:
    """Rules that enforce some clause of each pack today."""
    found: dict[str, list[str]] = _index()["rules"]
    return found


@lru_cache(maxsize=1)
def bound_clauses() -> frozenset[str]:
    """Clauses of ``questions`` that something checks today; free prose is not compared."""
    return frozenset(_index()["bound"])


@lru_cache(maxsize=1)
def _index() -> dict[str, Any]:
    import json

    with open(os.path.join(_DATA, "rules.json"), encoding="utf-8") as file:
        found: dict[str, Any] = json.load(file)
    return found


@lru_cache(maxsize=1)
def options_by_pack() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """Pack -> rule -> options that it sets."""
    from bylaw.packs.reading import read_table

    return read_table(_DATA, "options.toml")


@lru_cache(maxsize=1)
def questions() -> tuple[Question, ...]:
    """Questions that the shipped packs answer differently.

    Raises:
        PackError: the table is not as it must be.
    """
    from bylaw.packs.reading import PackError, read_table

    found = []
    for key, entry in read_table(_DATA, "conflicts.toml").items():
        answers = tuple(
            Answer(each["value"], each["pack"], each["clause"], tuple(each.get("off", ())))
            for each in entry["answers"]
        )
        if entry["stricter"] not in {each.value for each in answers}:
            raise PackError(f"conflicts.toml: no clause answers {key} with {entry['stricter']}")
        found.append(Question(key, entry["asks"], entry["stricter"], answers))
    return tuple(found)
