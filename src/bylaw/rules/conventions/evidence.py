"""The words of a convention: a question, the answers found, and what proves each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

UNKNOWN = "unknown"
"""The answer where nothing proves one; it is written down, never guessed."""


class Evidence(NamedTuple):
    """One place that answers a question.

    Attributes:
        value: the answer (``fastapi``).
        path: file that proves it.
        line: 1-based line.
        why: a few words: what stands there.
        weight: how much it counts against other answers; files, where it is imports.
    """

    value: str
    path: str
    line: int
    why: str
    weight: int = 1

    @property
    def place(self) -> str:
        """``path:line``."""
        return f"{self.path}:{self.line}"


class Convention(NamedTuple):
    """One question about a repository, answered.

    Attributes:
        question: key in ``[decisions]`` (``web-framework``).
        asks: the question in words.
        value: the answer, ``unknown`` where nothing proves one.
        proof: what proves it; None where it is unknown.
        others: further answers with their first proof, the weightiest first.
    """

    question: str
    asks: str
    value: str
    proof: Evidence | None
    others: tuple[Evidence, ...]


def settled(question: str, asks: str, evidence: Iterable[Evidence], home: str = "") -> Convention:
    """The answer with the most weight; the first in the order of files among equals.

    Args:
        question: key in ``[decisions]``.
        asks: the question in words.
        evidence: everything that answers it.
        home: folder of the backend, empty for the root; what stands there counts tenfold.
    """
    weights: dict[str, int] = {}
    first: dict[str, Evidence] = {}
    inside = f"{home}/" if home else ""
    ordered = sorted(evidence, key=lambda each: not each.path.startswith(inside))
    for each in ordered:
        weight = each.weight * (10 if each.path.startswith(inside) else 1)
        weights[each.value] = weights.get(each.value, 0) + weight
        first.setdefault(each.value, each)
    ranked = sorted(first.values(), key=lambda each: (-weights[each.value], each.path, each.line))
    if not ranked:
        return Convention(question, asks, UNKNOWN, None, ())
    return Convention(question, asks, ranked[0].value, ranked[0], tuple(ranked[1:]))
