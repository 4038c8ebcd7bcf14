"""What a change can touch, and how much risk that carries (EVIDENCE.md, change and tier)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

LOW, MEDIUM, HIGH = "TIER-LOW", "TIER-MEDIUM", "TIER-HIGH"
TIERS = (LOW, MEDIUM, HIGH)
"""From the least to the most."""

UNRESOLVED = "WARN-RISK-TIER-UNRESOLVED"
"""The reason code of what could not be told: such a change is taken for the most."""

SURFACES: Mapping[str, str] = {
    "security": "who may do what: authentication, permissions, passwords and tokens",
    "contract": "what clients rely on: routes, their parameters and answers, schemas",
    "persistence": "tables, columns, and functions that write to the database",
    "migration": "steps that change a database that holds data",
    "messaging": "tasks and messages that run apart from who asked for them",
    "async": "what awaits, starts threads or tasks, or guards what they share",
    "deploy": "how the service is built and started",
    "settings": "variables and values the service is configured with",
    "dependency": "packages that run with the service",
    "generated": "files that a generator writes",
    "behaviour": "what users, clients or other modules see: reached code",
    "public": "functions and classes that several modules use",
    "data": "files the service reads or sends: templates, texts, fixtures",
    "local": "code of one module that no entry of the service is known to reach",
    "tooling": "how developers work: linters, tests, continuous integration",
    "test": "tests and what supports them",
    "style": "layout and comments: the code does the same",
    "docs": "texts for people",
    "unresolved": "what could not be told",
}
"""Every surface, from what is told first to what is told last."""

_ORDER = {surface: number for number, surface in enumerate(("unresolved", *SURFACES))}


class Touched(NamedTuple):
    """Why a change has its tier.

    Attributes:
        surface: what is touched, one of ``SURFACES``.
        path: file, relative to the root; empty for the change as a whole.
        symbol: dotted name in the code, route, table or variable; empty for the whole file.
        why: one sentence.
        tier: the least tier that this alone asks for.
    """

    surface: str
    path: str
    symbol: str
    why: str
    tier: str


def unresolved(path: str, why: str, symbol: str = "") -> Touched:
    """A reason that says what could not be told."""
    return Touched("unresolved", path, symbol, f"{UNRESOLVED}: {why}", HIGH)


def highest(reasons: Iterable[Touched]) -> str:
    """The tier that some reasons ask for together; ``TIER-LOW`` for none."""
    return max((each.tier for each in reasons), key=TIERS.index, default=LOW)


def in_order(reasons: Iterable[Touched]) -> tuple[Touched, ...]:
    """Reasons without repetitions, the most severe first, then by surface, file and symbol."""

    def place(each: Touched) -> tuple[object, ...]:
        return (-TIERS.index(each.tier), _ORDER[each.surface], each.path, each.symbol, each.why)

    return tuple(sorted(set(reasons), key=place))
