"""Small linked projects for tests: sources in, answers about calls and effects out."""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Mapping, Sequence

from bylaw.facts.extract import extract
from bylaw.model.call_graph import CallGraph
from bylaw.model.effects import Reach, reach
from bylaw.model.graph_building import build_call_graph
from bylaw.model.project import Project, link
from bylaw.model.stub_table import StubTable, empty_tables, load_stubs, merge_tables

_MARKS = ("", "?", "??")


@functools.cache
def shipped_stubs() -> StubTable:
    return load_stubs("", "")


def own_stubs(**tables: dict[str, str]) -> StubTable:
    """Stubs of nothing but the given lines."""
    result = empty_tables()
    merge_tables(result, tables, "test")
    return StubTable(result)


class Linked:
    """A project linked from sources.

    Functions are named by their dotted symbol; a module by its own name. A confidence is written
    as ``""`` definite, ``"?"`` probable, ``"??"`` possible, a thread as ``"|"``.
    """

    def __init__(
        self,
        files: Mapping[str, str] | str,
        roots: Sequence[str] = (),
        stubs: StubTable | None = None,
    ) -> None:
        if isinstance(files, str):
            files = {"app.py": files}
        paths = sorted(files)
        facts = [extract(textwrap.dedent(files[path]).encode()) for path in paths]
        self.project: Project = link(paths, facts, stubs or shipped_stubs(), roots)
        self.graph: CallGraph = build_call_graph(self.project)

    def function(self, symbol: str) -> int:
        numbers = [
            number
            for number in range(len(self.project.functions))
            if self.project.symbol(number) == symbol
        ]
        assert numbers, f"no function {symbol}"
        return numbers[-1]

    def calls(self, symbol: str) -> set[str]:
        """First-party functions a function calls, each with its confidence."""
        found = set()
        for edge in self.graph.edges[self.function(symbol)]:
            mode = "|" if edge.mode else ""
            found.add(self.project.symbol(edge.callee) + mode + _MARKS[edge.confidence])
        return found

    def sinks(self, symbol: str) -> set[str]:
        """Outside names that a function itself calls or reads with an effect."""
        return {
            seed.sink + ("|" if seed.mode else "") + _MARKS[seed.confidence]
            for seed in self.graph.seeds[self.function(symbol)]
        }

    def reach(self, symbol: str) -> Reach:
        start = self.function(symbol)
        return reach(self.graph, [start], lambda _, seed: True, lambda _, edge: True)

    def effects(self, symbol: str) -> set[str]:
        """Kinds of effects a function reaches, each with the best confidence."""
        best: dict[str, int] = {}
        for each in self.reach(symbol).of(self.function(symbol)):
            kind = each.seed.kind
            best[kind] = min(best.get(kind, 9), each.confidence)
        return {kind + _MARKS[confidence] for kind, confidence in best.items()}

    def witness(self, symbol: str, kind: str) -> list[str]:
        """Symbols on the road from a function to its nearest effect of a kind."""
        answer = self.reach(symbol)
        start = self.function(symbol)
        first = next(each for each in answer.of(start) if each.seed.kind == kind)
        return [step.symbol for step in answer.witness(start, first)]


def callees(text: str) -> set[str]:
    """A written list of callees as a set."""
    return set(text.split())
