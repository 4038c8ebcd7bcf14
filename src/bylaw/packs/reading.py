"""Reads the packs that are shipped, and says everything that is wrong with one at once.

A pack is tables of TOML: ``[EC-4]`` with a ``heading``, ``[EC-4.1]`` with a sentence under its
strength (``must``, ``should`` or ``may``), its ``line`` in the source, and what enforces it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from bylaw.errors import BylawError
from bylaw.packs.clause import KINDS, NOTHING, PEOPLE, STRENGTHS, Clause, Enforcer, Pack

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")
_OTHER_KEYS = frozenset({"line", "by", "parts", "why", "aliases"})
_NEEDS_REASON = frozenset({"manual", "unenforced"})


class PackError(BylawError):
    """A pack cannot be read as it is written."""

    code = "pack"


def load_packs(folder: str = DATA) -> tuple[Pack, ...]:
    """The packs listed by ``packs.toml`` of a folder, in its order.

    Args:
        folder: where the data lies; what is shipped, unless another is named.

    Raises:
        PackError: a file is missing, is not TOML, or holds what is not a clause; the message
            names every clause that is wrong.
    """
    packs = []
    for name, entry in read_table(folder, "packs.toml").items():
        if not isinstance(entry, dict) or not {"source", "files"} == set(entry):
            raise PackError(f"packs.toml: {name} needs a source and files, and nothing else")
        problems: list[str] = []
        clauses: list[Clause] = []
        for file in entry["files"]:
            clauses += _clauses(read_table(folder, file), problems)
        problems += _repeated(clauses)
        if problems:
            listed = "; ".join(problems)
            raise PackError(f"pack {name}: {listed}", hint="docs/packs.md describes the form")
        packs.append(Pack(name, entry["source"], tuple(clauses)))
    return tuple(packs)


def read_table(folder: str, file: str) -> dict[str, Any]:
    """One file of pack data.

    Raises:
        PackError: it is missing, or is not TOML.
    """
    import tomllib

    try:
        with open(os.path.join(folder, file), "rb") as stream:
            return tomllib.load(stream)
    except OSError as error:
        raise PackError(f"{file}: {error.strerror}", hint="install Bylaw again") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PackError(f"{file}: {error}", hint="docs/packs.md describes the form") from error


def _repeated(clauses: list[Clause]) -> list[str]:
    names = sorted(name for clause in clauses for name in (clause.id, *clause.aliases))
    twice = dict.fromkeys(one for one, next_one in pairwise(names) if one == next_one)
    return [f"{name} is there twice" for name in twice]


def _clauses(document: Mapping[str, Any], problems: list[str]) -> Iterator[Clause]:
    for handle, table in document.items():
        yield from _below(handle, table, "", problems)


def _below(handle: str, table: Any, heading: str, problems: list[str]) -> Iterator[Clause]:
    """The clauses of a handle and of the handles inside it."""
    if not isinstance(table, dict):
        problems.append(f"{handle} is not a table")
        return
    strengths = [each for each in STRENGTHS if each in table]
    if strengths:
        clause = _clause(handle, table, strengths, heading, problems)
        if clause is not None:
            yield clause
        return
    heading = table.get("heading", heading)
    number = last = 0
    for key, inner in table.items():
        if key == "heading":
            continue
        found = list(_below(f"{handle}.{key}", inner, heading, problems))
        number += key.isdigit()
        if key.isdigit() and int(key) != number:
            problems.append(f"{handle}.{key} should be {handle}.{number}")
        if found and found[0].line < last:
            problems.append(f"{found[0].id} stands before the clause above it in the source")
        last = found[-1].line if found else last
        yield from found


def _clause(
    name: str, table: dict[str, Any], strengths: list[str], heading: str, problems: list[str]
) -> Clause | None:
    text = table[strengths[0]]
    wrong = [
        f"unknown key {key}" for key in table if key not in _OTHER_KEYS and key != strengths[0]
    ]
    if not isinstance(text, str) or not text.endswith("."):
        wrong.append("the sentence does not end with a full stop")
    if not isinstance(table.get("line"), int):
        wrong.append("line is not a number")
    if not name.rpartition(".")[2].isdigit():
        wrong.append("a sentence is <handle>.<number>")
    if not heading:
        wrong.append("no heading")
    lists = {key: table.get(key, []) for key in ("by", "parts", "aliases")}
    for key, value in lists.items():
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            wrong.append(f"{key} is not a list of names")
            lists[key] = []
    by, parts = (tuple(_enforcers(lists[key], wrong)) for key in ("by", "parts"))
    why = table.get("why", "")
    if not by and not parts:
        wrong.append(f"nothing is named that enforces it; unenforced:{NOTHING} says so")
    if not why and any(each.kind in _NEEDS_REASON for each in (*by, *parts)):
        wrong.append("why is missing")
    problems += [f"{name}: {each}" for each in wrong]
    if wrong:
        return None
    aliases = tuple(lists["aliases"])
    return Clause(name, strengths[0], text, heading, table["line"], by, parts, why, aliases)


def _enforcers(names: list[str], wrong: list[str]) -> Iterator[Enforcer]:
    for each in names:
        kind, colon, name = each.partition(":")
        allowed = {"manual": PEOPLE, "unenforced": (NOTHING,)}.get(kind)
        if not colon or not name or kind not in KINDS or (allowed and name not in allowed):
            wrong.append(f"{each} is no <kind>:<name> of {', '.join(KINDS)}")
        else:
            yield Enforcer(kind, name)
