"""What may keep a called function from doing something while a module is imported."""

from __future__ import annotations

from bylaw.facts import schema as F
from bylaw.model.call_graph import Edge, Seed
from bylaw.rules.context import RuleContext


def branches_before(context: RuleContext, function: int, step: Edge | Seed) -> int:
    """1 where branches of a called function may skip a step, 0 where it runs the first time.

    The branches of a module body do not count: which of them is taken is what the reader sees.
    A function that fills a variable where it finds it empty does so when it is called first.
    """
    record = context.project.functions[function]
    if record[F.F_PARENT] < 0:
        return 0
    flags = context.situation(function, step.situation)[F.S_FLAGS]
    count: int = (flags & F.SKIPS) // F.ONE_SKIP
    if count and any(write[F.W_LAZY] == F.FILLED_ONCE for write in record[F.F_WRITES]):
        count -= 1
    if count == 0:
        return 0
    if count == 1 and isinstance(step, Seed) and _is_done_both_ways(context, function, step):
        return 0
    return 1


def _is_done_both_ways(context: RuleContext, function: int, seed: Seed) -> bool:
    """Whether a function does the same in a branch that returns and after it."""
    inside = context.situation(function, seed.situation)[F.S_FLAGS] & F.IN_CONDITION
    for other in context.graph.seeds[function]:
        if other.kind == seed.kind and other.situation != seed.situation:
            flags = context.situation(function, other.situation)[F.S_FLAGS]
            if flags & F.SKIPS == F.ONE_SKIP and flags & F.IN_CONDITION != inside:
                return True
    return False
