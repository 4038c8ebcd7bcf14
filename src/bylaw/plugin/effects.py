"""What functions do to the outside world, and the routes by which it reaches them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bylaw.finding import CONFIDENCES, Step
from bylaw.model.call_graph import HERE, Edge, Seed
from bylaw.model.effects import describe, reach
from bylaw.model.stub_table import KINDS
from bylaw.plugin.code import Function, number_of
from bylaw.plugin.values import Place
from bylaw.rules.context import RuleContext


class Effect(NamedTuple):
    """How one function reaches something outside.

    Attributes:
        scope: the function that was asked about.
        kind: kind of effect.
        name: dotted name of the outside call or value.
        text: the same in a few words: ``os.getenv("PORT")``.
        holder: function that has the effect itself.
        distance: calls in between; 0 where ``scope`` has it itself.
        confidence: that of the least certain step.
        place: where the road leaves ``scope``: the first call, or the effect itself.
        witness: the road, one step per call, the effect last.
    """

    scope: Function
    kind: str
    name: str
    text: str
    holder: Function
    distance: int
    confidence: str
    place: Place
    witness: tuple[Step, ...]

    @property
    def symbol(self) -> str:
        """Dotted name of the scope."""
        return self.scope.symbol


class Route(NamedTuple):
    """One way into the backend.

    Attributes:
        framework: ``fastapi starlette flask flask-restful django drf``.
        methods: HTTP methods, sorted; empty where every method is served.
        url: full path, ``${...}`` for parts that are computed.
        handler: function that serves it; None where it is not one of the project.
        dependencies: dotted names of what runs before it, outermost first.
        place: where it is registered.
        symbol: dotted name of the handler.
    """

    framework: str
    methods: tuple[str, ...]
    url: str
    handler: Function | None
    dependencies: tuple[str, ...]
    place: Place
    symbol: str


def routes_of(context: RuleContext) -> Iterator[Route]:
    """Every route of the backend, by path and line."""
    project = context.project
    for each in context.backend.routes:
        handler = Function(project, each.function) if each.function >= 0 else None
        names = tuple(dependency.name for dependency in each.dependencies)
        place = Place(each.path, each.line, each.column, each.line)
        yield Route(each.framework, each.methods, each.url, handler, names, place, each.handler)


def effects_of(
    context: RuleContext,
    scopes: Iterable[Function],
    kinds: frozenset[str],
    *,
    at_import: bool,
    across_threads: bool,
) -> Iterator[Effect]:
    """Effects that functions reach: the answer of ``Context.effects``."""
    unknown = sorted(kinds - KINDS)
    if unknown:
        raise ValueError(f"no kind of effect: {', '.join(unknown)}")

    def runs(function: int, step: Edge | Seed) -> bool:
        if not across_threads and step.mode != HERE:
            return False
        return not at_import or context.runs_at_import(function, step)

    def wanted(function: int, seed: Seed) -> bool:
        return seed.kind in kinds and runs(function, seed)

    project = context.project
    numbers = [number_of(scope) for scope in scopes]
    answer = reach(context.graph, numbers, wanted, runs)
    for number in numbers:
        for found in answer.of(number):
            place = (found.edge or found.seed).place
            yield Effect(
                Function(project, number), found.seed.kind, found.seed.sink, describe(found.seed),
                Function(project, found.holder), found.distance, CONFIDENCES[found.confidence],
                Place(project.path_of(number), *place), answer.witness(number, found),
            )  # fmt: skip
