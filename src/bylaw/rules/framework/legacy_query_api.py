"""``legacy-query-api``: the query API of SQLAlchemy 1 in code written for version 2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.evaluate import evaluate
from bylaw.model.roles import MIGRATION
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="legacy-query-api",
    summary="session.query() is used where the project is on SQLAlchemy 2.",
    clauses=("FS-6.4",),
    severity="note",
    how="file",
    family="framework",
    mend="session.execute(select(Model)...) or session.scalars(select(Model)...)",
)
_NEW = frozenset({"DeclarativeBase", "Mapped", "mapped_column", "MappedAsDataclass",
                  "async_sessionmaker", "DeclarativeBaseNoMeta"})  # fmt: skip
_SESSIONS = ("session", "db", "dbsession", "db_session", "sess")


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per call, outside migrations."""
    project = context.project
    if not _is_version_two(context):
        return
    for number, function in enumerate(project.functions):
        module = project.function_home[number]
        if project.roles[module] == MIGRATION:
            continue
        for call in function[F.F_CALLS]:
            if not call[F.C_PATH].endswith(".query") or not call[F.C_ARGS]:
                confidence = -1
            else:
                confidence = _confidence(context, module, function, call[F.C_PATH][:-6])
            if confidence >= 0:
                place = (call[F.C_LINE], call[F.C_COL], call[F.C_END])
                message = "session.query() is the query API of SQLAlchemy 1"
                yield make_finding(
                    INFO, project, number, place, message, confidence=confidence, sink="query"
                )


def _is_version_two(context: RuleContext) -> bool:
    """Whether the project uses what only version 2 has."""
    return any(
        record[F.I_NAME] in _NEW and record[F.I_MODULE].startswith(("sqlalchemy", "sqlmodel"))
        for facts in context.project.facts
        for record in facts[F.IMPORTS]
    )


def _confidence(context: RuleContext, module: int, function: tuple[Any, ...], receiver: str) -> int:
    """How sure it is that the receiver is a session: 0 by its type, 1 by its name, -1 not."""
    value = evaluate(context.project, module, receiver)
    if value is not None:
        known = value[0] == "Y" and value[1].startswith(("sqlalchemy.orm", "sqlmodel"))
        ours = value[0] == "I" and "session" in context.project.class_name(value[1]).lower()
        if known or ours:
            return 0
        if value[0] in "FCILMS":
            return -1
    name = receiver.removesuffix("()").rpartition(".")[2].lstrip("=").rpartition("|")[2].lower()
    return 1 if name in _SESSIONS or name.endswith("session") else -1
