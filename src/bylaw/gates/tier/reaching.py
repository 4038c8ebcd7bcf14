"""Which entries of a backend reach a function, and by which road."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.gates.tier.entries import Entry
from bylaw.model.backend.backend_model import BackendModel
from bylaw.model.class_lookup import resolution_order
from bylaw.model.evaluate import evaluate
from bylaw.model.project import Project, absolute_module, find_module
from bylaw.model.roles import TEST

_FARTHEST = 40


class Road(NamedTuple):
    """How an entry reaches a function.

    Attributes:
        entry: where it begins.
        through: numbers of the functions between, the entry's first and the function last.
    """

    entry: Entry
    through: tuple[int, ...]


class Imports:
    """Answers which modules import a name or a module; tests do not count.

    Args:
        project: the linked project.
    """

    def __init__(self, project: Project) -> None:
        self.project = project

    @cached_property
    def _users(self) -> dict[tuple[int, str], set[int]]:
        """Modules that import a name of a module; the name is empty for the module itself."""
        project, found = self.project, dict[tuple[int, str], set[int]]()
        for module, facts in enumerate(project.facts):
            if project.roles[module] == TEST:
                continue
            for level, dotted, name, *_ in facts[F.IMPORTS]:
                whole = absolute_module(project, module, level, dotted)
                inner = find_module(project, module, f"{whole}.{name}") if name else None
                if inner is not None:
                    found.setdefault((inner, ""), set()).add(module)
                    continue
                target = find_module(project, module, whole) if whole else None
                if target is not None and target != module:
                    found.setdefault((target, name if name != "*" else ""), set()).add(module)
        return found

    def users_of(self, module: int, name: str) -> list[str]:
        """Files, tests left out, that import a top-level name of a module; by path.

        Args:
            module: number of the module.
            name: the name; those that import the whole module count too where it is empty.
        """
        numbers = self._users.get((module, name), set())
        return sorted(self.project.paths[each] for each in numbers)

    def users(self, module: int) -> list[str]:
        """Files, tests left out, that import a module or anything of it; by path."""
        found = {
            self.project.paths[each]
            for (target, _), users in self._users.items()
            if target == module
            for each in users
        }
        return sorted(found)


class Reaching:
    """Answers who calls a function, nearest first; tests do not count.

    Args:
        backend: the model.
        entries: functions that are entered from outside.
    """

    def __init__(self, backend: BackendModel, entries: Mapping[int, Entry]) -> None:
        self.backend = backend
        self.project = backend.project
        self.entries = entries
        self.imports = Imports(self.project)

    @cached_property
    def _callers(self) -> dict[int, list[int]]:
        project, found = self.project, dict[int, dict[int, None]]()
        for caller, edges in enumerate(self.backend.graph.edges):
            if edges and project.roles[project.function_home[caller]] != TEST:
                for edge in edges:
                    found.setdefault(edge.callee, {})[caller] = None
        for number, function in enumerate(project.functions):
            # What runs within a function runs where that one is called.
            if function[F.F_PARENT] > 0:
                offset = project.function_offset[project.function_home[number]]
                found.setdefault(number, {})[offset + function[F.F_PARENT]] = None
        return {callee: list(callers) for callee, callers in found.items()}

    def callers(self, function: int) -> list[int]:
        """Functions that call a function or what it overrides."""
        return [
            caller
            for each in (function, *self._overridden(function))
            for caller in self._callers.get(each, ())
        ]

    def _overridden(self, function: int) -> Iterator[int]:
        """Methods of the project's own bases that a method stands in for."""
        project = self.project
        facts = project.functions[function]
        if facts[F.F_CLASS] < 0:
            return
        home = project.function_home[function]
        name = facts[F.F_NAME].rpartition(".")[2]
        owner = project.class_offset[home] + facts[F.F_CLASS]
        for base in resolution_order(project, owner, evaluate)[1:]:
            for method, inner in project.classes[base][F.K_METHODS]:
                if method == name:
                    yield project.function_offset[project.class_home[base]] + inner

    def roads(self, function: int) -> list[Road]:
        """Every entry that reaches a function, by the shortest road, the nearest first."""
        before: dict[int, int] = {function: -1}
        found: dict[str, Road] = {}
        level = [function]
        for _ in range(_FARTHEST):
            for each in level:
                entry = self.entries.get(each)
                if entry is not None and entry.label not in found:
                    found[entry.label] = Road(entry, self._way(each, before))
            following: list[int] = []
            for each in level:
                for caller in self.callers(each):
                    if caller not in before:
                        before[caller] = each
                        following.append(caller)
            if not following:
                break
            level = following
        return list(found.values())

    def _way(self, start: int, before: Mapping[int, int]) -> tuple[int, ...]:
        way = [start]
        while before[way[-1]] >= 0:
            way.append(before[way[-1]])
        return tuple(way)

    def using_modules(self, function: int) -> list[str]:
        """Other files, tests left out, that call a function or import it; by path."""
        project = self.project
        home = project.function_home[function]
        found = {project.function_home[each] for each in self.callers(function)} - {home}
        top = project.functions[function][F.F_NAME].partition(".")[0]
        return sorted({*(project.paths[each] for each in found), *self.imports.users_of(home, top)})
