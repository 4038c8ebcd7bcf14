"""All calls of a project by what they are written as, so that a rule need not look at each."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from bylaw.facts import schema as F
from bylaw.model.project import Project

Call = tuple[int, tuple[Any, ...]]
"""Number of a function and one of its call facts."""


class CallIndex:
    """Calls by path and by the last name of the path.

    Args:
        project: the linked project; every call fact is looked at once.
    """

    __slots__ = ("_aliases", "_by_name", "_by_path")

    def __init__(self, project: Project) -> None:
        by_path: dict[str, list[Call]] = {}
        for number, function in enumerate(project.functions):
            for call in function[F.F_CALLS]:
                path = call[F.C_PATH]
                known = by_path.get(path)
                if known is None:
                    by_path[path] = [(number, call)]
                else:
                    known.append((number, call))
        by_name: dict[str, list[str]] = {}
        for path in by_path:
            name = path.rpartition(".")[2].rpartition("|")[2].lstrip("=~#")
            by_name.setdefault(name, []).append(path)
        aliases: dict[str, set[str]] = {}
        for facts in project.facts:
            for record in facts[F.IMPORTS]:
                if record[F.I_ALIAS] != record[F.I_NAME] and record[F.I_NAME]:
                    aliases.setdefault(record[F.I_NAME], set()).add(record[F.I_ALIAS])
        self._aliases = aliases
        self._by_path = by_path
        self._by_name = by_name

    def named(self, names: Collection[str]) -> list[Call]:
        """Calls whose path ends in one of some names, in the order of files and positions.

        A name that some file imports under another one is looked for under that as well.
        """
        wanted = set(names)
        for name in names:
            wanted |= self._aliases.get(name, set())
        found = [
            call
            for name in sorted(wanted)
            for path in self._by_name.get(name, ())
            for call in self._by_path[path]
        ]
        return sorted(found, key=_place)


def _place(each: Call) -> tuple[int, int, int]:
    number, call = each
    return (number, call[F.C_LINE], call[F.C_COL])


def call_index(project: Project) -> CallIndex:
    """The calls of a project by name; several rules ask, it is made once."""
    index: CallIndex | None = project.derived.get("calls")
    if index is None:
        index = project.derived["calls"] = CallIndex(project)
    return index
