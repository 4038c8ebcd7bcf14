"""What ruff reads, as ruff itself tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType

from bylaw.evidence.inputs.observed import Observed
from bylaw.evidence.inputs.tree import Tree


class RuffObserver:
    """Asks ruff for its files while it runs.

    Attributes:
        variables: what to run it with.
    """

    def __init__(
        self, tree: Tree, command: Sequence[str], folder: str, variables: Mapping[str, str]
    ) -> None:
        self.variables = dict(variables)

    def __enter__(self) -> RuffObserver:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        return None

    def result(self) -> Observed:
        """What it reads."""
        return Observed(None, "nothing sees what ruff reads")
