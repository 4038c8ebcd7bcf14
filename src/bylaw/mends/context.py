"""What a mend may ask: the linked repository, the files' texts, what the run silenced."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from bylaw.finding import Suppressed
from bylaw.mends.source_text import SourceText, read_source
from bylaw.model.call_graph import CallGraph
from bylaw.model.project import Project

Read = Callable[[str], bytes | None]


class MendContext(NamedTuple):
    """Everything known when mends are made.

    Attributes:
        project: the linked project.
        graph: its call graph.
        read: bytes of an analysed file as it was analysed, None where it changed since.
        modules: number of each analysed file.
        silenced: findings that comments silence, of the whole root.
        comments: comment facts per path.
        known: every rule that exists.
        enabled: rules that ran.
        complete: every file of the root was understood.
        parsed: files parsed so far.
        memo: answers shared between mends.
    """

    project: Project
    graph: CallGraph
    read: Read
    modules: Mapping[str, int]
    silenced: Sequence[Suppressed]
    comments: Mapping[str, Sequence[tuple[int, int, str, bool]]]
    known: frozenset[str]
    enabled: frozenset[str]
    complete: bool
    parsed: dict[str, SourceText | None]
    memo: dict[str, Any]

    def source(self, path: str) -> SourceText | None:
        """A file, parsed once; None where it cannot be edited."""
        if path not in self.parsed:
            data = self.read(path)
            self.parsed[path] = None if data is None else read_source(path, data)
        return self.parsed[path]
