"""Observation: asked for before a tool runs, told afterwards.

    observer = observation_for("pytest", tree, command, folder, variables)
    with observer:
        subprocess.run(command, env=observer.variables, ...)
    observed = observer.result()

It never adds to what a tool was given on its command line. Where it cannot see everything, it
says so, and the whole tree counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import NamedTuple, Protocol

from bylaw.evidence.inputs.manifest import Elsewhere
from bylaw.evidence.inputs.tree import Tree


class Observed(NamedTuple):
    """What a run looked at.

    Attributes:
        paths: files of the tree whose content may have been looked at; None for all, because
            something escaped.
        how: how they were found, or what escaped, in words.
        elsewhere: what was looked at beside the tree; it counts in either case.
    """

    paths: frozenset[str] | None
    how: str
    elsewhere: tuple[Elsewhere, ...] = ()


class Observer(Protocol):
    """Watches one run; a context manager around it."""

    @property
    def variables(self) -> dict[str, str]:
        """The variables to run the tool with: those given, and what observation adds."""

    def __enter__(self) -> Observer: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...  # fmt: skip

    def result(self) -> Observed:
        """What was seen; to be asked once, after the run."""


class _Blind:
    """Sees nothing, and says so."""

    def __init__(self, variables: Mapping[str, str], why: str) -> None:
        self.variables = dict(variables)
        self._why = why

    def __enter__(self) -> _Blind:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def result(self) -> Observed:
        """All of it."""
        return Observed(None, self._why)


def observation_for(
    tool: str, tree: Tree, command: Sequence[str], folder: str, variables: Mapping[str, str]
) -> Observer:
    """How a run of a tool is watched.

    Args:
        tool: its name, as ``Tool.name`` has it.
        tree: the tree, looked at before the run.
        command: the words it is started with.
        folder: directory below the root it is started in; empty for the root.
        variables: all variables it is started with.

    Returns:
        An observer; one that sees nothing where there is no way to see what this tool reads.
    """
    return _Blind(variables, f"nothing watches what {tool} reads")
