"""``business-logic-in-repository``: a repository that decides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.backend.domain_exceptions import is_exception
from bylaw.model.evaluate import evaluate
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.layers.fetched import table_of
from bylaw.rules.layers.standing import REPOSITORY, Standing, standings
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="business-logic-in-repository",
    summary="A repository branches on what a record says, or raises an error of the business.",
    clauses=("FS-1.P3",),
    severity="warning",
    how="model",
    family="layers",
    mend="let the repository read and write, and the service decide",
    default=False,
)
_STORAGE = re.compile(
    r"(NotFound|Missing|NoResult|DoesNotExist|NotExist|Unknown|Conflict|Exists|Duplicate|Unique"
    r"|Integrity|Stale|Concurren|Locked|Database|Repository|Storage|Query|Connection|Timeout)"
)
_KEYS = frozenset({"id", "pk", "uuid"})


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per function for its branches, one for its raises."""
    project, places = context.project, standings(context)
    tables = {
        table.number: project.classes[table.number][F.K_NAME].rpartition(".")[2].lower()
        for table in context.backend.tables
        if table.number >= 0
    }
    for number, function in enumerate(project.functions):
        asks = function[F.F_ASKED] or function[F.F_CALLS] or function[F.F_RAISES]
        if function[F.F_PARENT] < 0 or not asks:
            continue
        standing = places.of_function(number)
        if standing.role != REPOSITORY or not standing.is_domain:
            continue
        asked = next(_branches(context, number, tables), None)
        if asked is not None:
            yield _finding(context, number, standing, asked[1], f"branches on {asked[0]}", asked[0])
        for place, name in _business_errors(context, number):
            yield _finding(context, number, standing, place, f"raises {name}", name)
            break


def _branches(
    context: RuleContext, number: int, tables: dict[int, str]
) -> Iterator[tuple[str, tuple[int, int, int]]]:
    """What conditions ask of records, their keys and absence apart."""
    project = context.project
    function = project.functions[number]
    asked = [(each[F.Q_PATH], each[F.Q_LINE :]) for each in function[F.F_ASKED]]
    asked += [
        (each[F.C_PATH], each[F.C_LINE : F.C_FLAGS])
        for each in function[F.F_CALLS]
        if each[F.C_FLAGS] & F.TESTED and each[F.C_PATH]
    ]
    for path, place in sorted(asked, key=lambda each: each[1]):
        base, _, name = path.rpartition(".")
        if not base or name in _KEYS or name.endswith("_id"):
            continue
        table = _record(context, number, base, place[0], tables)
        if table >= 0:
            record = project.classes[table][F.K_NAME].rpartition(".")[2]
            yield f"{record}.{name}", place


def _record(context: RuleContext, number: int, path: str, line: int, tables: dict[int, str]) -> int:
    """The table whose record a path leads to; -1 for none.

    By its type, by the call that read it, or, of a parameter without a type, by its name.
    """
    project = context.project
    if path[0] == "=" and path[1:].isidentifier():
        named = [table for table, name in tables.items() if name == path[1:].replace("_", "")]
        return named[0] if len(named) == 1 else -1
    value = None if path[0] == "$" else evaluate(project, project.function_home[number], path)
    if value is not None:
        return value[1] if value[0] == "I" and value[1] in tables else -1
    return table_of(context, number, path, line, tables)


def _business_errors(
    context: RuleContext, number: int
) -> Iterator[tuple[tuple[int, int, int], str]]:
    """Exceptions of the project that say more than that a record is missing or there already."""
    project = context.project
    for record in project.functions[number][F.F_RAISES]:
        path: Any = record[F.R_PATH]
        if not path or ":" in path:
            continue
        value = evaluate(project, project.function_home[number], path)
        if value is None or value[0] not in "CI":
            continue
        name = project.classes[value[1]][F.K_NAME]
        if not _STORAGE.search(name) and is_exception(context.backend.index, value[1]):
            yield record[F.R_LINE : F.R_SITUATION], name


def _finding(
    context: RuleContext, number: int, standing: Standing, place: tuple[int, int, int],
    what: str, sink: str,
) -> Finding:  # fmt: skip
    name = context.project.functions[number][F.F_NAME]
    return make_finding(
        INFO,
        context.project,
        number,
        place,
        f"{name}() of the repository layer {what}",
        confidence=standing.confidence,
        sink=sink,
    )
