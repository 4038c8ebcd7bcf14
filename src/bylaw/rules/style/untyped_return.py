"""``untyped-return``: a record is handed on as a dict, a row or a tuple."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.evaluate import evaluate
from bylaw.model.project import Project
from bylaw.model.roles import CODE
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.layers.providers import is_started
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="untyped-return",
    summary="A repository hands on records as dict, Row or tuple, or a typed signature leaves a "
    "dict or **kwargs open.",
    clauses=("FS-3.3", "FS-3.5"),
    severity="warning",
    how="file",
    family="style",
    default=False,
    mend="return a dataclass, a model or a TypedDict; name the keyword arguments",
)
_WORDS = frozenset({"repository", "repositories", "repo", "repos", "dao", "daos", "crud"})
_DRIVERS = frozenset(
    {
        "sqlalchemy", "sqlmodel", "asyncpg", "psycopg", "psycopg2", "pymongo", "motor",
        "databases", "aiosqlite", "sqlite3", "django", "tortoise", "peewee",
    }
)  # fmt: skip
_ROWS = frozenset({"sqlalchemy.Row", "sqlalchemy.engine.Row", "sqlalchemy.RowMapping",
                   "sqlalchemy.engine.RowMapping", "asyncpg.Record", "sqlite3.Row",
                   "sqlalchemy.engine.row.Row", "databases.interfaces.Record"})  # fmt: skip
_DUMPS = ("dict", "json", "dump", "serialize", "serialise", "payload", "headers", "kwargs",
          "params", "schema", "config", "context", "mapping", "data")  # fmt: skip


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per function and reason, at its ``def`` line."""
    project = context.project
    for number, function in enumerate(project.functions):
        flags = function[F.F_FLAGS]
        if flags & F.LAMBDA or project.roles[project.function_home[number]] != CODE:
            continue
        if is_repository(project, number):
            returned = _record(project, number, function)
            if returned:
                yield _finding(context, number, f"returns {returned} for a record", "")
                continue
        name = function[F.F_NAME].rpartition(".")[2]
        if flags & F.RETURNS_DICT and not name.startswith("_") and not _dumps(name):
            yield _finding(context, number, "returns a dict of nobody knows what", "note")
        elif flags & F.UNTYPED_KEYWORDS and _is_typed(function) and _is_own(project, number):
            yield _finding(context, number, "takes **kwargs without a type", "note")


def is_repository(project: Project, number: int) -> bool:
    """Whether a function belongs to the code that talks to the database: names and imports.

    A repository of version control, or of packages, is called the same and imports no driver.
    """
    function = project.functions[number]
    module = project.function_home[number]
    owner = function[F.F_NAME].partition(".")[0]
    words = set(project.modules[module].name.lower().split(".")[-2:])
    words.update(project.paths[module].rpartition("/")[2].partition(".")[0].lower().split("_"))
    placed = not words.isdisjoint(_WORDS)
    named = owner.endswith(("Repository", "DAO")) and function[F.F_CLASS] >= 0
    if placed and named:
        return True
    return (placed or named) and any(
        record[F.I_MODULE].partition(".")[0] in _DRIVERS
        for record in project.facts[module][F.IMPORTS]
    )


def _record(project: Project, number: int, function: tuple[Any, ...]) -> str:
    flags = function[F.F_FLAGS]
    if function[F.F_NAME].rpartition(".")[2].startswith("_"):
        return ""
    if flags & (F.RETURNS_DICT | F.RETURNS_ANY_DICT):
        return "a dict"
    returned = (function[F.F_RETURNS] or "").lstrip("[")
    value = evaluate(project, project.function_home[number], returned) if returned else None
    if value is not None and value[0] == "X" and value[1] in _ROWS:
        return "a row"
    return "a tuple" if flags & F.RETURNS_TUPLE else ""


def _dumps(name: str) -> bool:
    """Whether a name says that a mapping is what is asked for."""
    return any(word in name.lower() for word in _DUMPS)


def _is_typed(function: tuple[Any, ...]) -> bool:
    """Whether the rest of the signature is annotated: an untyped one is another rule's."""
    return function[F.F_RETURNS] is not None or any(
        param[F.P_ANNOTATION] is not None for param in function[F.F_PARAMS]
    )


def _is_own(project: Project, number: int) -> bool:
    """Whether a function chose its signature: no method of a base class, no wrapper, no sink."""
    function = project.functions[number]
    home = project.function_home[number]
    name = function[F.F_NAME].rpartition(".")[2]
    if name.startswith("_") or function[F.F_FLAGS] & F.NESTED or is_started(function):
        return False
    if function[F.F_PARAMS][-1][F.P_NAME].startswith("_"):
        return False
    owner = function[F.F_CLASS]
    return owner < 0 or not project.facts[home][F.CLASSES][owner][F.K_BASES]


def _finding(context: RuleContext, number: int, what: str, severity: str) -> Finding:
    function = context.project.functions[number]
    name = function[F.F_NAME].rpartition(".")[2]
    place = (function[F.F_LINE], function[F.F_COL], function[F.F_LINE])
    message = f"{name}() {what}"
    return make_finding(INFO, context.project, number, place, message, severity=severity, sink=what)
