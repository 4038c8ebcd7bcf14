"""The words of a pack: a clause, what enforces it, and the document it comes from."""

from __future__ import annotations

from typing import NamedTuple

STRENGTHS = ("must", "should", "may")
STATUSES = ("enforced", "partial", "planned", "manual", "scaffold", "unenforced")
BUILT_KINDS = ("rule", "probe", "runtime", "gate", "claim", "option", "scaffold")
"""Kinds whose names stand for something that is built, or planned."""

PEOPLE = ("author", "maintainer", "operator", "reviewer")
"""Who decides where no check can."""

NOTHING = "nothing"
KINDS = (*BUILT_KINDS, "manual", "unenforced")


class Enforcer(NamedTuple):
    """What enforces a clause, or a part of it.

    Attributes:
        kind: one of ``KINDS``.
        name: name of the rule, probe, ...; of an option, ``<rule>.<option>``; who decides, for
            ``manual``; ``nothing``, for ``unenforced``.
    """

    kind: str
    name: str

    def __str__(self) -> str:
        """``rule:import-cycle``, as packs spell it."""
        return f"{self.kind}:{self.name}"


class Clause(NamedTuple):
    """One binding sentence of a document.

    Attributes:
        id: ``<handle>.<n>``, n in the order of the document.
        strength: ``must``, ``should`` or ``may``.
        text: the sentence in our own words.
        heading: heading of the source it stands under.
        line: its line in the source.
        by: enforcers each of which is enough.
        parts: enforcers that cover a part each, and are enough only together.
        why: what is left open, and why.
        aliases: further identifiers that name it.
    """

    id: str
    strength: str
    text: str
    heading: str
    line: int
    by: tuple[Enforcer, ...]
    parts: tuple[Enforcer, ...]
    why: str
    aliases: tuple[str, ...]

    @property
    def enforcers(self) -> tuple[Enforcer, ...]:
        """All of them: first those that are enough alone."""
        return (*self.by, *self.parts)

    @property
    def section(self) -> str:
        """Where the sentence stands in the source: heading and line."""
        return f"{self.heading}, line {self.line}"

    def is_covered_by(self, name: str) -> bool:
        """Whether an identifier names this clause: its id, an alias, or a handle above it.

        Args:
            name: a sentence (``EC-4.1``), or a handle for several (``EC-4``, ``CON-DB``, ``NC``).
        """
        if name == self.id or name in self.aliases:
            return True
        return any(self.id.startswith(f"{name}{joint}") for joint in ".-")


class Pack(NamedTuple):
    """One document as data.

    Attributes:
        name: name users write in ``[packs] enable``.
        source: number and title of the document.
        clauses: its sentences, in the order of its handles.
    """

    name: str
    source: str
    clauses: tuple[Clause, ...]
