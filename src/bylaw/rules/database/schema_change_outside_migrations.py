"""``schema-change-outside-migrations``: application code creates, alters or drops tables."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.call_graph import Edge, Seed, argument
from bylaw.model.effects import Reach, Reached, describe, reach
from bylaw.model.evaluate import evaluate
from bylaw.model.roles import MIGRATION, SCRIPT, TEST
from bylaw.rules.command_folders import is_in_commands
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="schema-change-outside-migrations",
    summary="Application code creates, alters or drops tables while it runs: create_all, drop_all "
    "or DDL.",
    clauses=("CON-DB",),
    severity="error",
    how="flow",
    family="database",
    default=False,
    mend="write a migration, and run it as a step of the release instead of from the application",
)

_SCHEMA = re.compile(
    r"(?:MetaData\.(?:create_all|drop_all)|(?:Table|Index|Sequence)\.(?:create|drop)|"
    r"schema\.BaseDatabaseSchemaEditor\.\w+|SchemaEditor\.\w+)$"
)
_DDL = re.compile(
    r"(?is)^\s*(?:create\s+(?:or\s+replace\s+)?(?:unique\s+)?(?:materialized\s+)?"
    r"(?:table|index|type|schema|view|sequence)\b|alter\s+(?:table|type|schema)\b|"
    r"drop\s+(?:table|type|schema|column|view|index)\b|truncate\s+table\b)"
)
_CALLED = ("View", "ViewSet", "Resource", "Middleware", "MiddlewareMixin", "Admin", "Endpoint")
_ASIDE = frozenset({TEST, SCRIPT, MIGRATION})


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per place that changes the schema, with the road from what runs it."""
    project = context.project
    seeds = [_changes(context, number) for number in range(len(project.functions))]
    holders = [number for number, found in enumerate(seeds) if found]
    callers = _callers(context)
    for holder in holders:
        if project.roles[project.function_home[holder]] in _ASIDE or _migrates(context, holder):
            continue
        seeds[holder] = [each for each in seeds[holder] if not _is_own_file(context, each)]
        starts = _starts(context, holder, callers)
        served = [each for each in starts if not _is_command(context, each)]
        if not starts or not served:
            continue
        answer = _roads(context, served, holder, seeds)
        for place in sorted({seed.place for seed in seeds[holder]}):
            found = _nearest(answer, served, holder, place)
            if found is not None:
                yield _finding(context, answer, holder, *found)


def _roads(context: RuleContext, starts: list[int], holder: int, seeds: list[list[Seed]]) -> Reach:
    def wanted(function: int, seed: Seed) -> bool:
        return function == holder

    def follow(caller: int, edge: Edge) -> bool:
        return True

    return reach(context.graph, starts, wanted, follow, seeds=seeds)


def _changes(context: RuleContext, number: int) -> list[Seed]:
    """What a function does to the schema itself."""
    project = context.project
    found = {seed.place: seed for seed in context.graph.seeds[number]
             if seed.kind == "database" and _alters(seed)}  # fmt: skip
    module = project.function_home[number]
    for call in project.functions[number][F.F_CALLS]:
        given = argument(call, "0") or ""
        if given[:1] == "'" and _DDL.match(given[1:]):
            value = evaluate(project, module, call[F.C_PATH])
            name = project.stubs.canonical(value[1]) if value and value[0] in "XB" else ""
            if name in ("sqlalchemy.text", "sqlalchemy.DDL"):
                place = (call[F.C_LINE], call[F.C_COL], call[F.C_END])
                situation, anchor = call[F.C_SITUATION], call[F.C_ANCHOR]
                found[place] = Seed("database", "", name, place, 1, "", situation, anchor, given)
    return list(found.values())


def _alters(seed: Seed) -> bool:
    return bool(_SCHEMA.search(seed.sink.partition(" ")[0]) or _DDL.match(seed.key or ""))


def _callers(context: RuleContext) -> dict[int, list[int]]:
    """Who calls whom outside tests."""
    found: dict[int, list[int]] = {}
    project = context.project
    for caller, edges in enumerate(context.graph.edges):
        if project.roles[project.function_home[caller]] not in _ASIDE:
            for edge in edges:
                found.setdefault(edge.callee, []).append(caller)
    return found


def _starts(context: RuleContext, holder: int, callers: dict[int, list[int]]) -> list[int]:
    """Where the roads to a function begin in code that serves; none where only others call it."""
    project = context.project
    seen = {holder}
    pending = [holder]
    starts = []
    while pending:
        number = pending.pop()
        above = [each for each in callers.get(number, ()) if each not in seen]
        if not callers.get(number):
            function = project.functions[number]
            if (
                number != holder
                or function[F.F_DECORATORS]
                or function[F.F_PARENT] < 0
                or _is_called_from_outside(context, number)
            ):
                starts.append(number)
        seen.update(above)
        pending += above
    return sorted(starts)


def _is_called_from_outside(context: RuleContext, number: int) -> bool:
    """Whether Python or a framework calls a method: ``__call__``, those of a view or middleware."""
    project = context.project
    function = project.functions[number]
    name = function[F.F_NAME].rpartition(".")[2]
    if function[F.F_CLASS] < 0:
        return False
    if name.startswith("__") and name.endswith("__") and name != "__init__":
        return True
    owner = project.class_offset[project.function_home[number]] + function[F.F_CLASS]
    return not name.startswith("_") and any(
        base.rpartition(".")[2].endswith(_CALLED) for base in project.classes[owner][F.K_BASES]
    )


def _is_command(context: RuleContext, number: int) -> bool:
    """Whether somebody starts it by hand, from a terminal."""
    project = context.project
    if is_in_commands(context, project.path_of(number)):
        return True
    decorators = project.functions[number][F.F_DECORATORS]
    if any(path.endswith((".command", ".command()", ".group()")) for path, _, _ in decorators):
        return True
    is_body = project.functions[number][F.F_PARENT] < 0
    return is_body and not project.facts[project.function_home[number]][F.IMPORTS]


def _migrates(context: RuleContext, number: int) -> bool:
    """Whether a module is the project's own way to migrate."""
    return "migrat" in context.project.path_of(number).lower()


def _is_own_file(context: RuleContext, seed: Seed) -> bool:
    """Whether it changes a SQLite file of its own, beside the database that has the migrations."""
    return seed.sink.startswith(("sqlite3.", "aiosqlite.")) and (
        MIGRATION in context.project.roles or bool(context.backend.tables)
    )


def _nearest(
    answer: Reach, starts: list[int], holder: int, place: tuple[int, int, int]
) -> tuple[int, Reached] | None:
    found = [
        (reached.distance, start, reached)
        for start in starts
        for reached in answer.of(start)
        if reached.holder == holder and reached.seed.place == place
    ]
    if not found:
        return None
    _, start, reached = min(found, key=lambda each: (each[0], each[1]))
    return start, reached


def _finding(
    context: RuleContext, answer: Reach, holder: int, start: int, reached: Reached
) -> Finding:
    project = context.project
    seed = reached.seed
    what = " ".join((seed.key or "").lstrip("'").split()[:3]) if _DDL.match(
        (seed.key or "").lstrip("'")) else describe(seed)  # fmt: skip
    name = project.symbol(start) or project.path_of(start)
    by = "" if start == holder else f", run from {name}"
    return make_finding(
        INFO,
        project,
        holder,
        seed.place,
        f"the application changes the schema: {what}{by}",
        confidence=min(reached.confidence, 1),
        sink=what,
        witness=answer.witness(start, reached),
    )
