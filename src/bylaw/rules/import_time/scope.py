"""What happens while a module is imported: one query for all import-time rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.call_graph import Edge, Place, Seed
from bylaw.model.effects import Reach, Reached, describe, reach
from bylaw.model.remembered import Warmed
from bylaw.model.roles import ENTRY, GUNICORN, MIGRATION, SCRIPT, SETTINGS, TEST
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.developer_scripts import standing_of
from bylaw.rules.import_time.branches import branches_before
from bylaw.rules.rule import RuleInfo

KINDS = frozenset(
    {"env-read", "database", "network", "filesystem-read", "filesystem-write", "process",
     "thread", "exit"}
)  # fmt: skip

_INSIDE = 8
"""What stands in a block is shown after what enters it."""
LENIENT_OPTION = (
    "strict-settings",
    False,
    "report settings modules, Alembic env.py and gunicorn configuration as errors",
)


class Arrival(NamedTuple):
    """One road from a module body to an effect.

    Attributes:
        body: function number of the module body.
        reached: the sink and how it is reached.
        anchor: statement of the module whose execution leads there.
        more: further sinks of the same kind behind the same statement.
    """

    body: int
    reached: Reached
    anchor: Place
    more: int


def import_reach(context: RuleContext, *, remembered: bool = False) -> Reach:
    """Effects reached from every module body; computed once per run.

    Args:
        context: what the rule may ask.
        remembered: also over calls that only look up what was read before.
    """
    name = "import-reach-remembered" if remembered else "import-reach"
    found = context.memo.get(name)
    if found is None and remembered:
        plain = import_reach(context)
        if not _warmed(context).any_answered:
            return plain
    if found is None:
        bodies = [context.project.module_body(m) for m in range(len(context.project.paths))]

        def follow(caller: int, edge: Edge) -> bool:
            if not context.runs_at_import(caller, edge):
                return False
            return remembered or not is_looked_up(context, caller, edge)

        def wanted(function: int, seed: Seed) -> bool:
            return seed.kind in KINDS and context.runs_at_import(function, seed)

        def branches(function: int, step: Edge | Seed) -> int:
            return branches_before(context, function, step)

        found = reach(context.graph, bodies, wanted, follow, branches=branches)
        context.memo[name] = found
    assert isinstance(found, Reach)
    return found


def is_looked_up(context: RuleContext, caller: int, edge: Edge) -> bool:
    """Whether a call finds the answer that the callee's module had it remember at import."""
    return _warmed(context).answers(caller, edge)


def _warmed(context: RuleContext) -> Warmed:
    warmed = context.memo.get("warmed")
    if warmed is None:
        warmed = context.memo["warmed"] = Warmed(context.graph)
    assert isinstance(warmed, Warmed)
    return warmed


def arrivals(
    context: RuleContext,
    kinds: frozenset[str],
    *,
    rank: Callable[[int, Reached], int] | None = None,
    by_variable: bool = False,
    by_block: bool = False,
) -> Iterator[Arrival]:
    """Roads from module bodies to effects of some kinds: one per statement.

    Args:
        context: what the rule may ask.
        kinds: effect kinds that count.
        rank: given the module body, how grave a sink is, smallest first; negative ones are left
            out. The gravest of a statement stands for all.
        by_variable: keep what the statement does itself apart, by name.
        by_block: what stands in a ``with`` block counts as part of it, where entering the block is
            at least as grave.

    Yields:
        The road to the gravest, then nearest sink of each statement.
    """
    answer = import_reach(context)
    project = context.project
    for module in range(len(project.paths)):
        body = project.module_body(module)
        grouped: dict[tuple[Place, str, str | None], list[tuple[int, Reached]]] = {}
        for reached in answer.of(body):
            seed = reached.seed
            grade = rank(body, reached) if rank is not None else 0
            if seed.kind not in kinds or grade < 0:
                continue
            step = reached.edge or seed
            anchor = step.anchor or step.place
            own = by_variable and reached.distance == 0
            key = (anchor, seed.sink if own else "", seed.key if own else None)
            grouped.setdefault(key, []).append((grade, reached))
        if by_block:
            _join_blocks(context, body, grouped)
        for (anchor, _, _), group in grouped.items():
            group.sort(key=lambda each: (each[0], each[1].branches > 0))
            yield Arrival(body, group[0][1], anchor, len(group) - 1)


def _join_blocks(context: RuleContext, body: int, grouped: dict[Any, Any]) -> None:
    """Moves what stands in a ``with`` block to the statement that enters it."""
    calls = {
        (call[F.C_LINE], call[F.C_COL], call[F.C_END]): f"{call[F.C_PATH]}()"
        for call in context.project.functions[body][F.F_CALLS]
        if call[F.C_FLAGS] & F.ENTERED
    }
    entered: dict[str, Any] = {}
    for key in sorted(grouped, key=lambda key: key[0]):
        group = grouped[key]
        steps = [each.edge or each.seed for _, each in group]
        gravest = min(grade for grade, _ in group)
        around = {
            path for step in steps for path in context.situation(body, step.situation)[F.S_WITH]
        }
        block = next((entered[path] for path in entered if path in around), None)
        if block is not None and min(grade for grade, _ in grouped[block]) <= gravest:
            grouped[block] += [(grade + _INSIDE, each) for grade, each in grouped.pop(key)]
            continue
        for step in steps:
            if step.place in calls:
                entered[calls[step.place]] = key


def is_alembic_environment(context: RuleContext, body: int) -> bool:
    """Whether a module is Alembic's ``env.py``, which Alembic runs and nothing imports."""
    path = context.project.path_of(body)
    return path.rpartition("/")[2] == "env.py" and role(context, body) == MIGRATION


def is_lenient(role: str) -> bool:
    """Whether a module's role makes reading the environment its job."""
    return role in (SETTINGS, MIGRATION, GUNICORN)


def eased(severity: str, role: str, branches: int) -> str:
    """An error is a warning in a file that is only ever run, and where a branch may prevent it."""
    return "warning" if severity == "error" and (role == ENTRY or branches) else severity


def behind(reached: Reached) -> str:
    """How a message says that not every import gets there."""
    return ", behind a branch" if reached.branches else ""


def is_aside(role: str) -> bool:
    """Whether a module is not part of the service that is imported: tests, scripts."""
    return role in (TEST, SCRIPT)


def role(context: RuleContext, body: int) -> str:
    """Role of the module a body belongs to."""
    return standing_of(context, context.project.function_home[body])


def arrival_finding(
    context: RuleContext, info: RuleInfo, arrival: Arrival, what: str, severity: str
) -> Finding:
    """The finding for one arrival: ``what`` says what happens, the witness how."""
    reached = arrival.reached
    sink = describe(reached.seed)
    more = f", and {arrival.more} more behind the same statement" if arrival.more else ""
    through = f" through {_through(context, reached)}" if reached.edge else ""
    return make_finding(
        info,
        context.project,
        arrival.body,
        arrival.anchor,
        f"importing this module {what}: {sink}{through}{behind(reached)}{more}",
        confidence=reached.confidence,
        severity=eased(severity, role(context, arrival.body), reached.branches),
        sink=sink,
        witness=import_reach(context).witness(arrival.body, reached),
    )


def _through(context: RuleContext, reached: Reached) -> str:
    assert reached.edge is not None
    name = context.project.functions[reached.edge.callee][F.F_NAME]
    steps = reached.distance
    return f"{name}()" if steps == 1 else f"{name}() ({steps} calls deep)"
