"""Alembic: up, down and up again on a throwaway database, where SQLite is the project's own.

What a migration does on another database is not proven by SQLite: not verified then.
"""

from __future__ import annotations

import json
import os
import posixpath
import re

from bylaw.evidence.adapters.project import Asking, Project
from bylaw.evidence.adapters.pytest import AGENTS
from bylaw.evidence.adapters.usage import Usage, required
from bylaw.evidence.adapters.work import (
    HEAVY,
    ROOM,
    Refusal,
    Report,
    Seen,
    Step,
    Verdict,
    Work,
    broken_off,
    counted,
    unreadable,
)
from bylaw.evidence.item import FAIL, NOT_VERIFIED, PASS

CLAIM = "migrations-reversible"
_URL = re.compile(r"(?m)^sqlalchemy\.url\s*=\s*(\w[\w+]*):")
_DRIVERS = {
    "asyncpg": "postgresql", "psycopg": "postgresql", "psycopg2": "postgresql",
    "psycopg2-binary": "postgresql", "psycopg-binary": "postgresql", "pg8000": "postgresql",
    "pymysql": "mysql", "aiomysql": "mysql", "asyncmy": "mysql", "mysqlclient": "mysql",
    "mysql-connector-python": "mysql", "oracledb": "oracle", "pyodbc": "mssql",
}  # fmt: skip


def work(project: Project, asking: Asking) -> Work | Refusal:
    """Every migration, on a database that is made for it."""
    found = ini_files(project)
    if not found:
        return _without(project)
    ini = found[0]
    home = posixpath.dirname(ini)
    tool = required(project, CLAIM, "alembic", Usage((home,)))
    if isinstance(tool, Refusal):
        return tool
    other = _other_database(project, ini)
    plain = plain_command(project, home)
    if other:
        text = f"the project's database is {other}; nothing here proves its migrations without one"
        return Refusal(CLAIM, (f"database-other:{other}",), text, plain, "alembic")
    scheme = _scheme(project, ini)
    if scheme is None:
        command = project.install("aiosqlite")
        text = "its migrations connect asynchronously, and aiosqlite is not installed"
        return Refusal(CLAIM, ("tool-missing:aiosqlite",), text, command, "alembic")
    agent = (project.environment.interpreter.path, os.path.join(AGENTS, "run_alembic.py"))
    argv = (*agent, posixpath.basename(ini), f"{ROOM}/throwaway.db", scheme,
            f"{ROOM}/migrations.json")  # fmt: skip
    step = Step(argv, home, seconds=asking.seconds)

    def judge(seen: Seen) -> dict[str, Verdict]:
        return {CLAIM: _judged(seen._replace(shown=plain))}

    return Work((CLAIM,), tool, (step,), (Report("other", "migrations.json"),), judge, HEAVY)


def ini_files(project: Project) -> list[str]:
    """Every ``alembic.ini`` of a project, the nearest first."""
    found = [path for path in project.repository.names("project")
             if posixpath.basename(path) == "alembic.ini"]  # fmt: skip
    return sorted(found, key=lambda each: (each.count("/"), each))


def plain_command(project: Project, home: str) -> str:
    """What a person would type, on a database of their own."""
    words = project.typed(project.words("alembic"), home)
    program = " ".join(words)
    start = f"cd {home} && " if home else ""
    return f"{start}{program} upgrade head && {program} downgrade -1 && {program} upgrade head"


def _without(project: Project) -> Refusal:
    if project.repository.exists("manage.py"):
        text = "migrations of Django are not looked at yet"
        python = project.recorded((project.environment.interpreter.path,))[0]
        command = f"{python} manage.py makemigrations --check"
        return Refusal(CLAIM, ("not-built-yet",), text, command, "django")
    text = "there is no alembic.ini"
    command = "git ls-files '*alembic.ini'"
    return Refusal(CLAIM, ("tool-not-configured",), text, command, "alembic")


def _other_database(project: Project, ini: str) -> str:
    """The database that the project uses, where it is not SQLite."""
    url = _URL.search(project.repository.text(ini))
    if url is not None and url[1] != "driver":
        kind = url[1].partition("+")[0]
        return "" if kind == "sqlite" else kind.replace("postgres", "postgresql")[:10]
    named = [_DRIVERS[each.name] for each in project.declared if each.name in _DRIVERS]
    return named[0] if named else ""


def _scheme(project: Project, ini: str) -> str | None:
    """How the URL of the throwaway database begins; None where its driver is missing."""
    text = project.repository.text(ini)
    folder = re.search(r"(?m)^script_location\s*=\s*(.+?)\s*$", text)
    place = folder[1].replace("%(here)s/", "") if folder is not None else "alembic"
    script = posixpath.normpath(posixpath.join(posixpath.dirname(ini), place, "env.py"))
    if "async_engine" not in project.repository.text(script):
        return "sqlite"
    return "sqlite+aiosqlite" if project.tool("aiosqlite") is not None else None


def _judged(seen: Seen) -> Verdict:
    early = broken_off(seen, "alembic")
    if early is not None:
        return early
    try:
        said = json.loads(seen.report("migrations.json") or b"")
        stage, error, refused = said["stage"], said["error"], said["refused"]
    except (ValueError, KeyError, TypeError):
        return unreadable(seen, "alembic", "it ended without a word about its migrations")
    counts = counted(revisions=said.get("revisions", 0), heads=said.get("heads", 0))
    if refused:
        text = "its env.py takes the database from elsewhere; nothing was changed there"
        return Verdict(NOT_VERIFIED, ("database-not-given",), text, seen.shown, counts)
    if stage == "start" and error:
        return Verdict(NOT_VERIFIED, ("tool-broken",), error[:300], seen.shown, counts)
    if not said["revisions"]:
        return Verdict(NOT_VERIFIED, ("zero-collected",), "no migration was found", seen.shown)
    if said["heads"] > 1:
        text = f"the migrations end in {said['heads']} heads"
        return Verdict(FAIL, ("findings",), text, seen.shown, counts)
    if error:
        where = {"up": "going up", "down": "going down", "again": "going up again"}[stage]
        return Verdict(FAIL, ("findings",), f"{where} fails: {error}"[:300], seen.shown, counts)
    if not said["up"] and not said["down"]:
        text = "going up made nothing in the throwaway database"
        return Verdict(NOT_VERIFIED, ("database-not-given",), text, seen.shown, counts)
    if said["down"]:
        text = f"going down leaves {', '.join(sorted(said['down'])[:3])}"
        return Verdict(FAIL, ("findings",), text, seen.shown, counts)
    if said["up"] != said["again"]:
        text = "going up again makes another schema"
        return Verdict(FAIL, ("findings",), text, seen.shown, counts)
    text = f"{said['revisions']} migrations go up, down and up again on SQLite"
    return Verdict(PASS, (), text, "", counts)
