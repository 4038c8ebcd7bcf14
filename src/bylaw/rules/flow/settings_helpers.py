"""Functions that belong to the settings, though another module holds them."""

from __future__ import annotations

from bylaw.model.roles import SETTINGS, TEST
from bylaw.rules.context import RuleContext

_DEEPEST = 4


class SettingsHelpers:
    """Answers whether nothing but the settings calls a function."""

    __slots__ = ("_callers", "_context")

    def __init__(self, context: RuleContext) -> None:
        self._context = context
        self._callers: dict[int, set[int]] | None = None

    def has(self, number: int, depth: int = _DEEPEST) -> bool:
        """Whether every call of a function, tests aside, stands in the settings or such a function.

        Args:
            number: the function.
            depth: calls to look up through.
        """
        roles, home = self._context.project.roles, self._context.project.function_home
        callers = [
            each
            for each in self._all().get(number, ())
            if each != number and roles[home[each]] != TEST
        ]
        return bool(callers) and all(
            roles[home[each]] == SETTINGS or (depth > 0 and self.has(each, depth - 1))
            for each in callers
        )

    def _all(self) -> dict[int, set[int]]:
        if self._callers is None:
            self._callers = {}
            for caller, edges in enumerate(self._context.graph.edges):
                for edge in edges:
                    self._callers.setdefault(edge.callee, set()).add(caller)
        return self._callers
