"""Who calls whom, and who does what to the outside world: edges and seeds of the effect system."""

from __future__ import annotations

from typing import Any, NamedTuple

from bylaw.facts import schema as F
from bylaw.model.project import Project

HERE = ""
THREAD = "thread"

Place = tuple[int, int, int]


class Edge(NamedTuple):
    """One call of a first-party function.

    Attributes:
        callee: number of the function called.
        place: line, column, last line of the call.
        confidence: 0 definite, 1 probable, 2 possible.
        mode: where it runs: empty for here, ``thread`` for another thread or process.
        situation: what surrounds the call, in the caller's file.
        anchor: place of the statement, for calls outside functions.
        use: what becomes of the result, the flags of the call fact.
    """

    callee: int
    place: Place
    confidence: int
    mode: str
    situation: int
    anchor: Place | None
    use: int = 0


class Seed(NamedTuple):
    """One effect that a function has itself.

    Attributes:
        kind: effect kind.
        qualifier: narrows it, or empty.
        sink: dotted name of the outside call or value.
        place: line, column, last line.
        confidence: as for edges.
        mode: as for edges.
        situation: as for edges.
        anchor: as for edges.
        key: constant first argument or subscript (a variable's name), or None.
    """

    kind: str
    qualifier: str
    sink: str
    place: Place
    confidence: int
    mode: str
    situation: int
    anchor: Place | None
    key: str | None


Outside = tuple[bool, bool, str, bool]
"""Of an outside name: is it known, has it effects, what it invokes, does it consume."""


class CallGraph:
    """Edges and seeds of every function of a project.

    While it is built, ``outside`` and ``silent`` hold what the stubs say about outside names (the
    silent ones do nothing; True where no stub knows them), ``pending`` the calls on parameters
    that only their callers can explain, ``modes`` where decorators make functions run, ``drivers``
    which plain functions decorators put in the place of coroutine functions.
    """

    __slots__ = (
        "drivers",
        "edges",
        "modes",
        "outside",
        "pending",
        "project",
        "resolved",
        "seeds",
        "silent",
        "unresolved",
    )

    def __init__(self, project: Project) -> None:
        self.project = project
        self.edges: list[list[Edge]] = []
        self.seeds: list[list[Seed]] = []
        self.outside: dict[str, Outside] = {}
        self.modes: dict[int, str] = {}
        self.drivers: dict[int, int | None] = {}
        self.silent: dict[str, bool] = {}
        self.pending: list[tuple[int, tuple[Any, ...]]] = []
        self.resolved = 0
        self.unresolved = 0


def edge_of(call: tuple[Any, ...], callee: int, confidence: int, mode: str = HERE) -> Edge:
    """The edge a call fact stands for."""
    place = (call[F.C_LINE], call[F.C_COL], call[F.C_END])
    return Edge(
        callee, place, confidence, mode, call[F.C_SITUATION], call[F.C_ANCHOR], call[F.C_FLAGS]
    )


def argument(call: tuple[Any, ...], position: str) -> str | None:
    """An encoded argument of a call by position or keyword, None where it is not given."""
    arguments = call[F.C_ARGS]
    if position.isdigit():
        plain = [each for each in arguments if "=" not in each[1:] or each[0] in "'"]
        index = int(position)
        return plain[index] if index < len(plain) else None
    prefix = f"{position}="
    return next((each[len(prefix) :] for each in arguments if each.startswith(prefix)), None)
