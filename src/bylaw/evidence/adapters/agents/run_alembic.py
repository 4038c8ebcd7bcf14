"""Takes a throwaway database up, down and up again with the project's own Alembic.

Any connection to another database than the throwaway one is refused before it is made, and told.
Runs in the project's interpreter: what is there beside the standard library is Alembic's.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from typing import Any


class RefusedError(Exception):
    """Something wanted to connect elsewhere."""


def main() -> None:
    """Words: alembic.ini, the database file, the prefix of its URL, where to write the record."""
    ini, database, scheme, target = sys.argv[1:5]
    sys.path.insert(0, os.getcwd())
    record: dict[str, Any] = {"schema": "bylaw.migrations/1", "stage": "start", "refused": [],
                              "error": ""}  # fmt: skip
    try:
        _work(ini, database, scheme, record)
    except BaseException as error:  # noqa: BLE001 - whatever a migration raises is the answer
        record["error"] = f"{type(error).__name__}: {error}"[:800]
    with open(target, "w", encoding="utf-8") as file:
        json.dump(record, file)


def _work(ini: str, database: str, scheme: str, record: dict[str, Any]) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    _only(database, record["refused"])
    config = Config(ini)
    url = f"{scheme}:///{database}"
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    script = ScriptDirectory.from_config(config)
    record["heads"] = len(script.get_heads())
    record["revisions"] = sum(1 for _ in script.walk_revisions())
    if record["heads"] != 1:
        return
    for stage, act, aim in (("up", command.upgrade, "head"), ("down", command.downgrade, "base"),
                            ("again", command.upgrade, "head")):  # fmt: skip
        record["stage"] = stage
        act(config, aim)
        record[stage] = _schema(database)
    record["stage"] = "done"


def _only(database: str, refused: list[str]) -> None:
    """Lets nothing connect but to one file."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    def connecting(dialect: Any, record: object, words: Any, options: Any) -> None:
        place = str(words[0]) if words else str(options.get("host", ""))
        if dialect.name != "sqlite" or place != database:
            refused.append(dialect.name)
            raise RefusedError(f"another database than the throwaway one: {dialect.name}")

    event.listen(Engine, "do_connect", connecting)

    def heard(name: str, words: Any) -> None:
        if name in ("socket.connect", "socket.getaddrinfo"):
            refused.append(name)
            raise RefusedError(f"a connection to another machine: {name}")

    sys.addaudithook(heard)


def _schema(database: str) -> dict[str, list[str]]:
    """Columns by table; every index beside them; Alembic's own table left out."""
    connection = sqlite3.connect(database)
    try:
        rows = connection.execute("SELECT type, name FROM sqlite_master ORDER BY 1, 2").fetchall()
        found = {}
        for kind, name in rows:
            if name == "alembic_version" or name.startswith("sqlite_"):
                continue
            columns = connection.execute(f'PRAGMA table_info("{name}")').fetchall()
            found[f"{kind} {name}"] = sorted(repr(each[1:]) for each in columns)
        return found
    finally:
        connection.close()


if __name__ == "__main__":
    main()
