"""``unindexed-foreign-key``: a foreign key that no index begins with."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.backend.items import Column, Table
from bylaw.model.roles import MIGRATION
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.database.sql_indexes import indexed_by_sql
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="unindexed-foreign-key",
    summary="A foreign key column has no index that begins with it.",
    clauses=("CON-DB",),
    severity="warning",
    how="model",
    family="database",
    needs=frozenset({"manifests"}),
    mend="declare index=True on the column, or an Index that begins with it, and migrate",
    options=(("link-tables", False, "also warn about the second key of a pure link table"),),
)


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per column, where it is declared; an inherited one is told once."""
    paths = {path: module for module, path in enumerate(context.project.paths)}
    migrated = _migrated(context)
    made: set[tuple[str, str]] | None = None
    seen: set[tuple[str, int, str]] = set()
    for table in context.backend.tables:
        for column in table.columns:
            key = (column.path, column.line, column.name)
            if not column.foreign_key or key in seen or table.is_indexed(column):
                continue
            made = indexed_by_sql(context) if made is None else made
            if (table.name.rpartition(".")[2].lower(), column.name.lower()) in made:
                continue
            seen.add(key)
            yield _finding(context, paths[column.path], table, column, migrated)


def _finding(
    context: RuleContext, module: int, table: Table, column: Column, migrated: dict[str, set[str]]
) -> Finding:
    elsewhere = migrated.get(table.name, set())
    by_name = any(column.name in each for each in elsewhere)
    confidence = 2 if by_name or "?" in elsewhere or _is_partly_indexed(table, column) else 0
    severity = INFO.severity
    if _is_link(table) and not context.option(INFO, "link-tables"):
        severity = "note"
    return make_finding(
        INFO,
        context.project,
        context.project.module_body(module),
        (column.line, 1, column.line),
        f"{table.name}.{column.name} refers to {column.foreign_key} and no index begins with it",
        confidence=confidence,
        severity=severity,
        sink=f"{table.name}.{column.name}",
    )


def _is_link(table: Table) -> bool:
    """Whether a table only joins two others: nothing but foreign keys, together its key."""
    return all(each.foreign_key and (each.primary_key or each.nullable is False)
               for each in table.columns)  # fmt: skip


def _is_partly_indexed(table: Table, column: Column) -> bool:
    """Whether an index with a condition begins with a column; mostly that it is not null."""
    names = (column.name, column.attribute)
    return any(each.partial and each.columns[:1] and each.columns[0] in names
               for each in table.indexes)  # fmt: skip


def _migrated(context: RuleContext) -> dict[str, set[str]]:
    """Names of indexes that migrations make for tables, ``?`` where the name is computed."""
    project = context.project
    found: dict[str, set[str]] = {}
    for number, function in enumerate(project.functions):
        if project.roles[project.function_home[number]] != MIGRATION:
            continue
        for call in function[F.F_CALLS]:
            if call[F.C_PATH].rpartition(".")[2] != "create_index" or not call[F.C_ARGS]:
                continue
            given = call[F.C_ARGS]
            table = next((each.removeprefix("table_name=") for each in given[1:]
                          if each.startswith(("'", "table_name='"))), "'")  # fmt: skip
            found.setdefault(table[1:], set()).add(given[0].removeprefix("index_name=")[1:] or "?")
    return found
