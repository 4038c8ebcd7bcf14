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
_DROP_TABLE = re.compile(rf"DROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?{_TABLE}", re.IGNORECASE)
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
    patterns = (_CREATE, _DROP, _DROP_TABLE, _INDEX, _ALTER)
    found = [(match.start(), match) for each in patterns for match in each.finditer(text)]
    for _, match in sorted(found, key=lambda each: each[0]):
        table = _bare(match[1] or "?")
        if match.re is _CREATE:
            for part in _parts(text, match.end()):
                column = _KEY.search(part) or _COLUMN.match(part)
                if column is not None:
                    known.setdefault((table, _bare(column[1])), set()).add("key")
        elif match.re is _DROP:
            for names in known.values():
                names.discard(table)
        elif match.re is _DROP_TABLE:
            _move(table, "", known)
        elif match.re is _ALTER:
            _alter(table, match[2], known)
        elif not _PARTIAL.search(match[0]):
            known.setdefault((_bare(match[2]), _bare(match[3])), set()).add(table)


def _alter(table: str, change: str, known: dict[Key, set[str]]) -> None:
    renamed, key = _RENAME.match(change), _KEY.search(change)
    if renamed is not None:
        _move(table, _bare(renamed[1]), known)
    elif key is not None and re.match(r"\s*ADD\b", change, re.IGNORECASE):
        known.setdefault((table, _bare(key[1])), set()).add("key")


def _move(table: str, name: str, known: dict[Key, set[str]]) -> None:
    """Gives what a table has to another one, or to none where it is dropped."""
    for owned in [each for each in known if each[0] == table]:
        names = known.pop(owned)
        if name:
            known[name, owned[1]] = names


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
