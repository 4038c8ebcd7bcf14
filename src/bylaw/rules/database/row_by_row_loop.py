"""``row-by-row-loop``: rows of a frame one by one, or one query for each turn of a loop."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.facts.watched import LOG_CALLS
from bylaw.finding import Finding, Step
from bylaw.model.call_graph import HERE, Edge, Place, Seed
from bylaw.model.class_lookup import resolution_order
from bylaw.model.effects import Reach, Reached, describe, reach
from bylaw.model.evaluate import evaluate
from bylaw.model.roles import MIGRATION, SCRIPT, TEST
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.database.dialects import is_sqlite_only
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="row-by-row-loop",
    summary="The rows of a DataFrame are gone through one by one, or a loop asks the database once "
    "for each element.",
    clauses=("CON-DB", "CON-PERF"),
    severity="warning",
    how="flow",
    family="database",
    mend="ask once for all of them (IN, a join, selectinload), or use the frame's own operations",
    needs=frozenset({"manifests"}),
    options=(
        ("units", False, "also report loops that commit or use the network for each element"),
    ),
)

_ROWS = frozenset({"iterrows", "itertuples", "iter_rows"})
_READS = frozenset(
    {"execute", "scalar", "scalars", "get", "get_one", "exec", "all", "first", "one",
     "one_or_none", "count", "__iter__", "fetch_all", "fetch_one", "fetch_val", "fetch",
     "fetchrow", "fetchval", "exists", "last", "latest", "earliest", "aggregate", "in_bulk",
     "find_one", "find", "count_documents", "aexists", "afirst", "aget", "acount"}
)  # fmt: skip
_RELATIONAL = (
    "sqlalchemy.", "sqlmodel.", "django.db.", "flask_sqlalchemy.", "psycopg", "asyncpg.",
    "databases.", "pymongo.", "motor.", "peewee.", "tortoise.", "pymysql.",
)  # fmt: skip
"""Not SQLite: a query of it goes through no network, and many small ones are how it is used."""
_UNIT_ENDS = frozenset({"commit", "begin_nested", "rollback", "save", "create", "atomic", "begin"})
_NOT_ROWS = re.compile(
    r"(?i)batch|chunk|page|attempt|retr|partition|shard|slice|window|range\(\)|count\(\)|repeat|"
    r"tenant|schema|engine|provider|plugin|handler|backend|listener|queue|field|column|argv|"
    r"migrat|setting|config|option|kind|type|status|state|locale|language|currenc|month|week|"
    r"interval|step|stage|model|table|listen|stream|"
    r"subscri|consum|message|fixture|"
    r"^(?:items|keys|split)\(\)$|filters?$|^\[\]$|^\?$"
)
_SWITCHES = re.compile(r"(?i)(?:tenant|schema|shard|database|use_db)\w*\(\)$")
_CONSTANT = re.compile(r"(?:^|\.)[A-Z][A-Z0-9_]*(?:$|\.|\[)|^[A-Z]\w+$")
_PICKED = re.compile(r"\(\)\.\w+\(\)\*\.\w+$")
"""A method of each of what a method of something called gave."""
_NEAR = 3
"""Calls down to which a query is surely asked each time; further down, caches lie in between."""
_CACHES = ("lru_cache", "cache", "cached", "memoize", "cached_property", "alru_cache")
_COMMANDS = frozenset({"cli", "commands", "management", "command", "populate", "fixtures",
                       "seed", "seeds", "seeding"})  # fmt: skip
_LAZY = ("__iter__", ".all")


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per call in a loop."""
    yield from _frames(context)
    project = context.project
    sources = [number for number in range(len(project.functions)) if _may_hold(context, number)]

    def follow(caller: int, edge: Edge) -> bool:
        return edge.mode == HERE and not _is_cached(context, edge.callee)

    queries = reach(context.graph, sources, lambda _, seed: _is_query(seed), follow)
    units = reach(context.graph, sources, lambda _, seed: _ends_unit(seed), follow)
    whole = context.option(INFO, "units")
    for number in sources:
        busy = set() if whole else _loops_of(context, number, units)
        seen: set[Place] = set()
        for reached in queries.of(number):
            step = reached.edge or reached.seed
            loops = context.situation(number, step.situation)[F.S_EACH]
            if not loops or step.place in seen or not _goes_through_rows(context, number, loops):
                continue
            if any(loops[: len(each)] == each or each[: len(loops)] == loops for each in busy):
                continue
            if _switches(context.situation(number, step.situation)[F.S_WITH]):
                continue
            if reached.edge is None and _is_header(context, number, reached.seed):
                continue
            if is_sqlite_only(context):
                return
            seen.add(step.place)
            yield _finding(context, queries, number, reached, loops)


def _may_hold(context: RuleContext, number: int) -> bool:
    """Whether a function serves, and has a loop that calls something."""
    project = context.project
    module = project.function_home[number]
    if project.roles[module] in (TEST, SCRIPT, MIGRATION):
        return False
    if not _COMMANDS.isdisjoint(project.paths[module].removesuffix(".py").split("/")):
        return False
    situations = project.facts[module][F.SITUATIONS]
    steps = {edge.situation for edge in context.graph.edges[number]}
    steps |= {seed.situation for seed in context.graph.seeds[number]}
    return any(situations[step][F.S_EACH] for step in steps)


def _is_query(seed: Seed) -> bool:
    sink = seed.sink.partition(" ")[0]
    return (
        seed.kind == "database"
        and sink.startswith(_RELATIONAL)
        and sink.rpartition(".")[2] in _READS
    )


def _ends_unit(seed: Seed) -> bool:
    """Whether an element is a unit of work of its own: it is committed, or sent somewhere."""
    if seed.kind in ("network", "sleep", "process"):
        return True
    return seed.kind == "database" and seed.sink.partition(" ")[0].rpartition(".")[2] in _UNIT_ENDS


def _loops_of(context: RuleContext, number: int, units: Reach) -> set[tuple[str, ...]]:
    """Loops whose turns are units of work, by any call in them and not only by the nearest."""
    steps: list[Edge | Seed] = [each.seed for each in units.of(number) if each.edge is None]
    steps += [
        edge
        for edge in context.graph.edges[number]
        if edge.mode == HERE
        and context.situation(number, edge.situation)[F.S_EACH]
        and units.through(number, edge)
    ]
    around = (context.situation(number, step.situation)[F.S_EACH] for step in steps)
    return {loops for loops in around if loops}


def _goes_through_rows(context: RuleContext, number: int, loops: tuple[str, ...]) -> bool:
    """Whether the loops go through data, which grows, and not through what the code lists."""
    inner = loops[-1]
    if _NOT_ROWS.search(inner) or _CONSTANT.search(inner):
        return False
    if inner.isidentifier():
        project = context.project
        binding = project.bindings[project.function_home[number]].get(inner)
        if binding is not None and binding[F.B_KIND] != "i":
            return binding[F.B_SHAPE] not in ("const", "list", "tuple", "dict", "set")
    return not _is_listed_by_class(context, number, inner)


def _is_listed_by_class(context: RuleContext, number: int, path: str) -> bool:
    """Whether a class lists the elements in its body: ``Search.params``, ``self.params``.

    What is annotated is a field of each object, unless it is a ``ClassVar``; what an object sets
    is its own.
    """
    project = context.project
    base, dot, name = path.rpartition(".")
    if not dot or not path.replace(".", "").isidentifier():
        return False
    if base in ("self", "cls"):
        home = project.function_home[number]
        inside = project.functions[number][F.F_CLASS]
        owner = project.class_offset[home] + inside if inside >= 0 else -1
    else:
        value = evaluate(project, project.function_home[number], base)
        owner = value[1] if value is not None and value[0] in "CI" else -1
    for each in resolution_order(project, owner, evaluate) if owner >= 0 else ():
        if any(name == own for own, _ in project.classes[each][F.K_SELF]):
            return False
        home = project.class_home[each]
        for declared in project.facts[home][F.DECLARED]:
            key = (declared[F.E_KIND], declared[F.E_OWNER] + project.class_offset[home])
            if key == ("a", each) and declared[F.E_NAME] == name:
                annotation, listed = declared[F.E_VALUE]
                shared = annotation is None or "ClassVar" in str(annotation)
                return shared and listed is not None and listed[0] == "list" and bool(listed[1])
    return False


def _switches(entered: tuple[str, ...]) -> bool:
    """Whether each turn asks another database or schema: no query can ask them all."""
    return any(_SWITCHES.search(each) for each in entered)


def _is_header(context: RuleContext, number: int, seed: Seed) -> bool:
    """Whether it is the query whose rows are gone through, not one asked for each of them."""
    return (
        seed.sink.endswith("__iter__")
        and not context.situation(number, seed.situation)[F.S_EACH][1:]
    )


def _is_cached(context: RuleContext, number: int) -> bool:
    decorators = context.project.functions[number][F.F_DECORATORS]
    return any(path.removesuffix("()").rpartition(".")[2] in _CACHES for path, _, _ in decorators)


def _finding(
    context: RuleContext, answer: Reach, number: int, reached: Reached, loops: tuple[str, ...]
) -> Finding:
    project = context.project
    step = reached.edge or reached.seed
    sink = describe(reached.seed)
    deep = "" if reached.edge is None else f" through {_name(context, reached.edge.callee)}()"
    unsure = _may_be_kept(reached) or _is_handed_on(context, number, reached, loops)
    return make_finding(
        INFO,
        project,
        number,
        step.place,
        f"one query for each of {loops[-1]}: {sink}{deep}",
        confidence=2 if unsure else max(reached.confidence, 1),
        sink=sink,
        witness=answer.witness(number, reached),
    )


def _may_be_kept(reached: Reached) -> bool:
    """Whether the rows may be there already: behind many calls, or fetched ahead for all.

    What a helper asks a row for, ``prefetch_related`` and ``selectinload`` have often brought.
    """
    sink = reached.seed.sink.partition(" ")[0]
    return reached.distance > _NEAR or (reached.edge is not None and sink.endswith(_LAZY))


def _is_handed_on(
    context: RuleContext, number: int, reached: Reached, loops: tuple[str, ...]
) -> bool:
    """Whether a turn may be a unit of work: nobody knows what it is handed on to in the end.

    ``for host in repo.host_class().for_repo(repo): host.tell(repo)`` has the class picked at run
    time, and what such a loop does for one element is that one call.
    """
    if reached.edge is None:
        return _hands_on(context, number, loops)
    return any(_hands_on(context, each, ()) for each in {reached.edge.callee, reached.holder})


def _hands_on(context: RuleContext, number: int, outer: tuple[str, ...]) -> bool:
    """Whether a loop of a function does nothing but call what a picked class gave, logs aside."""
    project = context.project
    turns: dict[tuple[str, ...], list[str]] = {}
    for call in project.functions[number][F.F_CALLS]:
        path = call[F.C_PATH]
        loops = context.situation(number, call[F.C_SITUATION])[F.S_EACH]
        inner = len(loops) > len(outer) and loops[: len(outer)] == outer
        if inner and path.rpartition(".")[2] not in LOG_CALLS:
            turns.setdefault(loops, []).append(path)
    home = project.function_home[number]
    return any(
        len(paths) == 1
        and _PICKED.search(paths[0]) is not None
        and evaluate(project, home, paths[0]) is None
        for paths in turns.values()
    )


def _name(context: RuleContext, number: int) -> str:
    name: str = context.project.functions[number][F.F_NAME]
    return name.rpartition(".")[2]


def _frames(context: RuleContext) -> Iterator[Finding]:
    """Frames whose rows are handed out one by one."""
    project = context.project
    for number, function in enumerate(project.functions):
        module = project.function_home[number]
        if project.roles[module] in (TEST, MIGRATION):
            continue
        for call in function[F.F_CALLS]:
            title = call[F.C_PATH].rpartition(".")[2]
            by_row = title == "apply" and "axis=:1" in call[F.C_ARGS]
            if title not in _ROWS and not by_row:
                continue
            value = evaluate(project, module, call[F.C_PATH])
            sure = value is not None and value[0] == "B" and value[1].startswith("pandas.")
            if by_row and not sure:
                continue
            place = (call[F.C_LINE], call[F.C_COL], call[F.C_END])
            note = f"goes through the rows with {title}()"
            yield make_finding(
                INFO,
                project,
                number,
                place,
                f"the rows of a frame are handed out one by one: {title}()",
                confidence=0 if sure and value is not None and value[2] == 0 else 1,
                sink=title,
                mend="use the frame's own operations on whole columns",
                witness=(Step(project.path_of(number), place[0], project.symbol(number), note),),
            )
