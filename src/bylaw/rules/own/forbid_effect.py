"""``forbid-effect``: a scope reaches an effect that a team's own document forbids it."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.model.call_graph import HERE, Edge, Seed
from bylaw.model.effects import Reach, Reached, describe, reach
from bylaw.rules.binding import Binding, of_kind, told
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.own.scope import functions_in, nothing_meant
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="forbid-effect",
    summary="A function reaches an effect that a document of the team forbids it, through any "
    "chain of calls.",
    clauses=(),
    severity="error",
    how="flow",
    family="own",
    mend="let the caller do it and pass in the result, or move the code out of the scope",
)
_WORDS = {
    "env-read": "reads the environment", "env-write": "sets the environment",
    "network": "uses the network", "database": "uses the database",
    "filesystem-read": "reads files", "filesystem-write": "writes files",
    "process": "starts a process", "thread": "starts a thread", "clock": "reads the clock",
    "random": "draws random values", "sleep": "sleeps", "blocking": "blocks",
    "log": "logs", "exit": "ends the process",
}  # fmt: skip
EFFECTS = tuple(_WORDS)
"""Kinds of effect a sentence may forbid."""


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per function of the scope and sink, where the road leaves the scope."""
    for binding in of_kind(context.bindings, INFO.name):
        sources = list(functions_in(context, binding.patterns("scope")))
        if not sources:
            nothing_meant(context, INFO, binding, "scope")
        yield from _of_binding(context, binding, sources)


def _of_binding(context: RuleContext, binding: Binding, sources: list[int]) -> Iterator[Finding]:
    kinds = frozenset(binding.patterns("effect"))

    def wanted(function: int, seed: Seed) -> bool:
        # What runs in another thread blocks that one.
        here = seed.kind != "blocking" or seed.mode == HERE
        return seed.kind in kinds and here and context.runs_at_import(function, seed)

    def follow(caller: int, edge: Edge) -> bool:
        here = kinds != {"blocking"} or edge.mode == HERE
        return here and context.runs_at_import(caller, edge)

    answer = reach(context.graph, sources, wanted, follow)
    inside = set(sources)
    for source in sources:
        shown = set()
        for reached in answer.of(source):
            if reached.edge is not None and reached.edge.callee in inside:
                continue
            place = (reached.edge or reached.seed).place
            what = (place, describe(reached.seed))
            if what not in shown:
                shown.add(what)
                yield _finding(context, binding, answer, (source, reached))


def _finding(
    context: RuleContext, binding: Binding, answer: Reach, arrival: tuple[int, Reached]
) -> Finding:
    source, reached = arrival
    project = context.project
    seed = reached.seed
    only_made = seed.qualifier == "constructed"
    remark = ", constructed only" if only_made else ""
    deep = f", {reached.distance} calls down" if reached.distance > 1 else ""
    return told(
        make_finding(
            INFO, project, source, (reached.edge or seed).place,
            f"{project.symbol(source)} {_WORDS[seed.kind]}: {describe(seed)}{deep}{remark}",
            confidence=reached.confidence, severity="warning" if only_made else "",
            sink=describe(seed), witness=answer.witness(source, reached),
        ),
        binding,
    )  # fmt: skip
