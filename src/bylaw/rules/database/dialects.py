"""Which databases a repository speaks to, by what it names: URLs, drivers, deploy files."""

from __future__ import annotations

import re

from bylaw.facts import schema as F
from bylaw.model.roles import TEST
from bylaw.rules.context import RuleContext
from bylaw.rules.dependencies.declared import units

_DRIVERS = frozenset(
    {"psycopg", "psycopg2", "asyncpg", "pg8000", "aiopg", "mysqldb", "mysqlclient", "pymysql",
     "aiomysql", "asyncmy", "mysql", "mariadb", "pyodbc", "aioodbc", "pymssql", "oracledb",
     "cx-oracle", "pymongo", "motor", "snowflake", "clickhouse-driver", "clickhouse-connect"}
)  # fmt: skip
_DRIVER_STARTS = ("psycopg", "mysql-connector", "snowflake-", "sqlalchemy-redshift", "django-mssql")
_DIALECTS = ("sqlalchemy.dialects.", "django.contrib.postgres")
_ELSEWHERE = re.compile(
    r"(?im)^[^#\n]*(?:\b(?:postgres|mysql|mariadb|mssql|oracle|cockroachdb)\w*(?:\+\w+)?://"
    r"|\bimage:\s*[\"']?(?:[\w.\-]+/)*(?:postgres|postgis|mysql|mariadb|percona)\b)"
)


def is_sqlite_only(context: RuleContext) -> bool:
    """Whether SQLite is the only database a repository names, and it does name it.

    A URL or engine in code that is no test names SQLite. Another URL, a driver that is imported or
    declared, a server among the deploy files: each is another database. Answered once per run.
    """
    known: bool | None = context.memo.get("sqlite only")
    if known is None:
        known = context.memo["sqlite only"] = _names_only_sqlite(context)
    return known


def _names_only_sqlite(context: RuleContext) -> bool:
    project = context.project
    named = set()
    for module, facts in enumerate(project.facts):
        if project.roles[module] == TEST:
            continue
        for literal in facts[F.LITERALS]:
            if literal[F.Q_KIND] == "dialect":
                named.add(literal[F.Q_TEXT])
        if any(_is_other(record[F.I_MODULE]) for record in facts[F.IMPORTS]):
            return False
    if named != {"sqlite"}:
        return False
    declared = {each.name for unit in units(context).values() for each in unit.all()}
    if any(each in _DRIVERS or each.startswith(_DRIVER_STARTS) for each in declared):
        return False
    texts = [*context.companions.values()]
    texts += [context.repository.text(path) for path in context.repository.names("compose")]
    return not any(_ELSEWHERE.search(text) for text in texts)


def _is_other(imported: str) -> bool:
    """Whether what is imported speaks to a database that is not SQLite."""
    top = imported.partition(".")[0].lower().replace("_", "-")
    return top in _DRIVERS or (imported.startswith(_DIALECTS) and "sqlite" not in imported)
