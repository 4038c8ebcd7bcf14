"""Indexes that SQL makes: schema files of the repository, and statements that migrations run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.model.roles import MIGRATION
from bylaw.rules.context import RuleContext

_NAME = r"(?:[\w$]+|\"[^\"]+\"|`[^`]+`|\[[^\]]+\])"
_TABLE = rf"(?:{_NAME}\.)*({_NAME})"
_INDEX = re.compile(
    rf"CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?"
    rf"(?:(?!ON\b){_TABLE}\s+)?ON\s+(?:ONLY\s+)?{_TABLE}\s*(?:USING\s+\w+\s*)?"
    rf"\(\s*({_NAME})[^;]*",
    re.IGNORECASE,
)
_DROP = re.compile(
    rf"DROP\s+INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+EXISTS\s+)?{_TABLE}", re.IGNORECASE
)
_CREATE = re.compile(rf"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_TABLE}\s*\(", re.IGNORECASE)
_ALTER = re.compile(
    rf"ALTER\s+TABLE\s+(?:ONLY\s+)?(?:IF\s+EXISTS\s+)?{_TABLE}([^;]*)", re.IGNORECASE
)
_KEY = re.compile(
    rf"(?:PRIMARY\s+KEY|UNIQUE(?:\s+(?:KEY|INDEX))?|^\s*(?:KEY|INDEX))\s*(?:{_NAME}\s*)?"
    rf"\(\s*({_NAME})",
    re.IGNORECASE,
)
_COLUMN = re.compile(rf"^\s*({_NAME})[^(]*(?:\([^)]*\))?.*?\b(?:PRIMARY\s+KEY|UNIQUE)\b(?!\s*\()",
                     re.IGNORECASE | re.DOTALL)  # fmt: skip
_RENAME = re.compile(rf"\s*RENAME\s+TO\s+({_NAME})", re.IGNORECASE)
_MAKES = re.compile(r"\b(?:CREATE|ALTER|DROP)\s", re.IGNORECASE)
_PARTIAL = re.compile(r"\bWHERE\b", re.IGNORECASE)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_ASIDE = frozenset({"test", "tests", "testing", "examples", "example", "docs"})

Key = tuple[str, str]


def indexed_by_sql(context: RuleContext) -> set[Key]:
    """Tables with a column that an index, key or unique constraint made in SQL begins with.

    Args:
        context: what the rule may ask.

    Returns:
        Pairs of table and column, in lower case.
    """
    known: dict[Key, set[str]] = {}
    for text in _texts(context):
        if _MAKES.search(text):
            _read(_COMMENT.sub(" ", text), known)
    return {key for key, names in known.items() if names}


def _texts(context: RuleContext) -> Iterator[str]:
    for path in sorted(context.repository.names("sql")):
        if _ASIDE.isdisjoint(path.split("/")[:-1]):
            yield context.repository.text(path)
    project = context.project
    for number, function in enumerate(project.functions):
        if project.roles[project.function_home[number]] == MIGRATION:
            short = function[F.F_NAME].rpartition(".")[2]
            for call in function[F.F_CALLS] if short != "downgrade" else ():
                yield from (each[1:] for each in call[F.C_ARGS] if each[0] == "'")


def _read(text: str, known: dict[Key, set[str]]) -> None:
    """Adds what a text makes to the names of indexes by table and column; takes drops away."""
    for found in _CREATE.finditer(text):
        table = _bare(found[1])
        for part in _parts(text, found.end()):
            column = _KEY.search(part) or _COLUMN.match(part)
            if column is not None:
                known.setdefault((table, _bare(column[1])), set()).add(f"{table} key")
    for found in _DROP.finditer(text):
        for names in known.values():
            names.discard(_bare(found[1]))
    for found in _INDEX.finditer(text):
        if not _PARTIAL.search(found[0]):
            known.setdefault((_bare(found[2]), _bare(found[3])), set()).add(_bare(found[1] or "?"))
    for found in _ALTER.finditer(text):
        table, renamed, key = _bare(found[1]), _RENAME.match(found[2]), _KEY.search(found[2])
        if renamed is not None:
            for owned in [each for each in known if each[0] == table]:
                known.setdefault((_bare(renamed[1]), owned[1]), set()).update(known[owned])
        elif key is not None and re.match(r"\s*ADD\b", found[2], re.IGNORECASE):
            known.setdefault((table, _bare(key[1])), set()).add(f"{table} key")


def _parts(text: str, start: int) -> list[str]:
    """What stands between the parentheses of a table, apart at its commas."""
    depth, parts, first = 1, [], start
    for place in range(start, len(text)):
        character = text[place]
        depth += (character == "(") - (character == ")")
        if not depth or (character == "," and depth == 1):
            parts.append(text[first:place])
            first = place + 1
        if not depth:
            break
    return parts


def _bare(name: str) -> str:
    return name.strip('"`[]').lower()
