"""``write-outside-transaction``: writes that belong together are committed apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.finding import Finding, Step
from bylaw.model.call_graph import Edge, Place, Seed
from bylaw.model.roles import MIGRATION, SCRIPT, TEST
from bylaw.rules.command_folders import COMMAND_FOLDERS, is_in_commands
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.database.own_commits import written_alone
from bylaw.rules.rule import RuleInfo
from bylaw.rules.source_lines import source_lines

INFO = RuleInfo(
    name="write-outside-transaction",
    summary="One function commits several times, or writes several times without a transaction "
    "around them.",
    clauses=("FS-6.4", "CON-DB"),
    severity="warning",
    how="flow",
    family="database",
    default=False,
    mend="put the writes into one transaction: async with session.begin(), or transaction.atomic()",
    options=(("explicit-begin", False, "report every commit() that no begin() surrounds"),),
)

_ASIDE = frozenset({TEST, SCRIPT, MIGRATION})
_COMMANDS = COMMAND_FOLDERS | {"test"}
_SEEDS = re.compile(r"(?i)random_data|seed|fixture|populat|demo|sample|dummy|fake")
"""Modules that fill a database for a developer."""
_TRANSACTION = re.compile(r"(?i)atomic|transaction|^begin|savepoint|unit_of_work|^uow$")
_DJANGO_WRITES = frozenset({"save", "create", "delete", "bulk_create", "bulk_update", "update",
                            "get_or_create", "update_or_create"})  # fmt: skip
_SAME_BRANCH = F.IN_HANDLER | F.IN_FALLBACK


class _Write(NamedTuple):
    """A commit, or a statement that commits by itself."""

    place: Place
    sink: str
    situation: int
    through: str


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per function, at its second write."""
    project = context.project
    wrapped = _wrapped(context)
    for number, function in enumerate(project.functions):
        module = project.function_home[number]
        if project.roles[module] in _ASIDE or function[F.F_PARENT] < 0:
            continue
        path = project.paths[module]
        if is_in_commands(context, path, _COMMANDS) or _SEEDS.search(path.rpartition("/")[2]):
            continue
        commits = _commits(context, number)
        if context.option(INFO, "explicit-begin"):
            yield from (_finding(context, number, each, None) for each in commits)
        elif len(commits) > 1:
            pair = _in_a_row(context, number, commits)
            if pair is not None:
                yield _finding(context, number, pair[1], pair[0])
        writes = [] if number in wrapped else _own_writes(context, number)
        pair = _in_a_row(context, number, writes)
        if pair is not None:
            yield _finding(context, number, pair[1], pair[0])


def _commits(context: RuleContext, number: int) -> list[_Write]:
    """Commits of a function, its own and those of its helpers, in order."""
    found = []
    for seed in context.graph.seeds[number]:
        if _is_commit(seed):
            found.append(_Write(seed.place, seed.sink, seed.situation, ""))
    for edge in context.graph.edges[number]:
        if edge.mode or edge.confidence > 1 or not _always_commits(context, edge.callee):
            continue
        name = context.project.functions[edge.callee][F.F_NAME].rpartition(".")[2]
        found.append(_Write(edge.place, "commit", edge.situation, name))
    return sorted(found)


def _is_commit(seed: Seed) -> bool:
    sink = seed.sink.partition(" ")[0]
    return seed.kind == "database" and sink.endswith((".Session.commit", ".AsyncSession.commit"))


def _always_commits(context: RuleContext, number: int) -> bool:
    """Whether every way through a function ends in a commit of its own."""
    return any(
        _is_commit(seed) and not context.situation(number, seed.situation)[F.S_FLAGS] & F.BRANCHES
        for seed in context.graph.seeds[number]
    )


def _own_writes(context: RuleContext, number: int) -> list[_Write]:
    """Statements that commit by themselves: of Django's models, and under ``autocommit``.

    What is saved again says how far something is; it leaves nothing half written.
    """
    found: dict[Place, _Write] = {}
    saved = _saved_again(context, number)
    for seed in context.graph.seeds[number]:
        sink = seed.sink.partition(" ")[0]
        if seed.kind != "database" or not sink.startswith("django.db."):
            continue
        if seed.place in saved:
            continue
        if sink.rpartition(".")[2] in _DJANGO_WRITES and not _inside(context, number, seed):
            found[seed.place] = _Write(seed.place, sink, seed.situation, "")
    for edge in context.graph.edges[number]:
        name = _saves_itself(context, edge)
        if name and edge.place not in saved and not _inside(context, number, edge):
            found[edge.place] = _Write(edge.place, name, edge.situation, "")
    for call in written_alone(context.project.functions[number]):
        place = (call[F.C_LINE], call[F.C_COL], call[F.C_END])
        sink = str(call[F.C_PATH]).rpartition(".")[2]
        found[place] = _Write(place, sink, call[F.C_SITUATION], "")
    return sorted(found.values())


def _saves_itself(context: RuleContext, edge: Edge) -> str:
    """Name of a model's own ``save`` or ``delete`` that ends in Django's; empty for others."""
    function = context.project.functions[edge.callee]
    name = str(function[F.F_NAME].rpartition(".")[2])
    if name not in ("save", "delete") or function[F.F_CLASS] < 0 or edge.confidence > 1:
        return ""
    writes = any(
        seed.kind == "database" and seed.sink.startswith(f"django.db.models.Model.{name}")
        for seed in context.graph.seeds[edge.callee]
    )
    return name if writes and not edge.mode else ""


def _saved_again(context: RuleContext, number: int) -> set[Place]:
    """Calls that save an object which was saved before in the same function."""
    seen: set[str] = set()
    found: set[Place] = set()
    for call in context.project.functions[number][F.F_CALLS]:
        path = call[F.C_PATH]
        if path.endswith((".save", ".asave")):
            if path.endswith("!.save"):  # two parameters of one type have one path
                lines = source_lines(context, context.project.path_of(number))
                line = lines[call[F.C_LINE] - 1] if call[F.C_LINE] <= len(lines) else ""
                path = line[call[F.C_COL] - 1 :].partition(".save")[0]
            if path in seen:
                found.add((call[F.C_LINE], call[F.C_COL], call[F.C_END]))
            seen.add(path)
    return found


def _inside(context: RuleContext, number: int, step: Edge | Seed) -> bool:
    """Whether a transaction is open around a step."""
    entered = context.situation(number, step.situation)[F.S_WITH]
    return any(_opens(path) for path in entered)


def _opens(path: str) -> bool:
    return bool(_TRANSACTION.search(path.removesuffix("()").rpartition(".")[2]))


def _in_a_row(
    context: RuleContext, number: int, writes: list[_Write]
) -> tuple[_Write, _Write] | None:
    """Two writes, the second of which follows the first on one way through the function."""
    for index, first in enumerate(writes):
        before = context.situation(number, first.situation)
        for second in writes[index + 1 :]:
            after = context.situation(number, second.situation)
            if second.place[0] <= first.place[2] or before[F.S_EACH] or after[F.S_EACH]:
                continue
            if (before[F.S_FLAGS] | after[F.S_FLAGS]) & (_SAME_BRANCH | F.IN_CONDITION | F.IN_LOOP):
                continue
            if any(_opens(each) for each in (*before[F.S_WITH], *after[F.S_WITH])):
                continue
            return first, second
    return None


def _wrapped(context: RuleContext) -> set[int]:
    """Functions that run in a transaction: decorated, or only called inside of one."""
    project = context.project
    requests = any(
        binding[F.B_NAME] == "ATOMIC_REQUESTS" for facts in project.facts for binding in
        facts[F.BINDINGS]
    )  # fmt: skip
    if requests:
        return set(range(len(project.functions)))
    wrapped = {
        number
        for number, function in enumerate(project.functions)
        if any(_opens(path) for path, _, _ in function[F.F_DECORATORS])
    }
    open_calls: dict[int, list[bool]] = {}
    for _ in range(4):
        open_calls.clear()
        for caller, edges in enumerate(context.graph.edges):
            if project.roles[project.function_home[caller]] in (TEST, MIGRATION):
                continue
            for edge in edges:
                held = caller in wrapped or _inside(context, caller, edge)
                open_calls.setdefault(edge.callee, []).append(held)
        more = {number for number, calls in open_calls.items() if all(calls)}
        if more <= wrapped:
            break
        wrapped |= more
    return wrapped


def _finding(context: RuleContext, number: int, second: _Write, first: _Write | None) -> Finding:
    project = context.project
    path, symbol = project.path_of(number), project.symbol(number)
    name = second.sink.rpartition(".")[2]
    what = f"{second.through}() commits" if second.through else f"{name}() writes"
    steps = [Step(path, second.place[0], symbol, what)]
    message = "commits without begin()"
    if first is not None:
        steps.insert(0, Step(path, first.place[0], symbol, "the first is durable from here on"))
        message = f"a failure here leaves what line {first.place[0]} wrote: {what} on its own"
    return make_finding(
        INFO,
        project,
        number,
        second.place,
        message,
        confidence=2 if second.through or (first is not None and first.through) else 1,
        sink=second.sink,
        witness=tuple(steps),
    )
