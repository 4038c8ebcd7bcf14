"""Coroutines that have the event loop to themselves: those of a command that does one thing."""

from __future__ import annotations

from typing import Any

from bylaw.facts import schema as F
from bylaw.model.call_graph import Edge
from bylaw.model.class_lookup import outside_bases
from bylaw.model.evaluate import evaluate
from bylaw.model.project import Project
from bylaw.model.roles import SCRIPT, TEST
from bylaw.rules.context import RuleContext

_COMMAND_LIBRARIES = frozenset(
    {"click", "typer", "asyncclick", "rich_click", "cyclopts", "cappa", "asyncer"}
)
_COMMAND_DECORATORS = frozenset({"command", "callback", "default", "group"})
_COMMAND_BASES = ("django.core.management.BaseCommand", "django.core.management.base.BaseCommand")
_TOGETHER = frozenset(
    {
        "gather", "create_task", "ensure_future", "TaskGroup", "create_task_group", "start_soon",
        "as_completed", "run_forever", "serve", "serve_forever", "start_server", "wait",
        "run_coroutine_threadsafe", "call_soon", "call_later", "add_job",
    }
)  # fmt: skip
"""What makes several coroutines share a loop, by last component."""


class OwnLoops:
    """Answers whether a coroutine shares its event loop with anybody; each is asked once."""

    __slots__ = ("_callers", "_context", "_known")

    def __init__(self, context: RuleContext) -> None:
        self._context = context
        self._known: dict[int, bool] = {}
        self._callers: dict[int, list[tuple[int, Edge]]] | None = None

    def alone(self, number: int) -> bool:
        """Whether every way to a function starts at a command that runs nothing beside it.

        Args:
            number: a function; coroutines above it must do one thing at a time.
        """
        known = self._known.get(number)
        if known is not None:
            return known
        self._known[number] = True  # those that call each other ask the rest
        found = self._known[number] = self._find(number)
        return found

    def _find(self, number: int) -> bool:
        project = self._context.project
        function = project.functions[number]
        if _starts_others(function):
            return False
        if is_command(project, number):
            return True
        above = self.callers(number)
        if not above:
            return False
        for caller, edge in above:
            if project.functions[caller][F.F_PARENT] < 0:
                flags = self._context.situation(caller, edge.situation)[F.S_FLAGS]
                if not flags & F.IN_MAIN and _role(project, caller) != SCRIPT:
                    return False
            elif not self.alone(caller):
                return False
        return True

    def callers(self, number: int) -> list[tuple[int, Edge]]:
        """Who calls a function outside tests, and how."""
        if self._callers is None:
            self._callers = {}
            project = self._context.project
            for caller, edges in enumerate(self._context.graph.edges):
                if edges and _role(project, caller) != TEST:
                    for edge in edges:
                        self._callers.setdefault(edge.callee, []).append((caller, edge))
        return self._callers.get(number, [])


def _role(project: Project, number: int) -> str:
    return project.roles[project.function_home[number]]


def _starts_others(function: tuple[Any, ...]) -> bool:
    return any(call[F.C_PATH].rpartition(".")[2] in _TOGETHER for call in function[F.F_CALLS])


def is_command(project: Project, number: int) -> bool:
    """Whether a library for command lines calls a function: click, typer, Django and their kin.

    Args:
        project: the linked project.
        number: a function, or a method of a class that is a command.
    """
    function = project.functions[number]
    module = project.function_home[number]
    if any(_registers(project, module, path) for path, _, _ in function[F.F_DECORATORS]):
        return True
    if function[F.F_CLASS] < 0:
        return False
    owner = project.class_offset[module] + function[F.F_CLASS]
    name = function[F.F_NAME].rpartition(".")[2]
    if name == "__call__":
        decorators = project.classes[owner][F.K_DECORATORS]
        return any(_registers(project, module, path) for path, _, _ in decorators)
    if name != "handle":
        return False
    bases = outside_bases(project, owner, evaluate)
    return any(base.endswith(_COMMAND_BASES) for base in bases)


def _registers(project: Project, module: int, path: str) -> bool:
    if path.rpartition(".")[2] not in _COMMAND_DECORATORS:
        return False
    value = evaluate(project, module, path)
    if value is None or value[0] not in "XB":
        return False
    dotted: str = value[1]
    return dotted.partition(".")[0] in _COMMAND_LIBRARIES or dotted.endswith(".cli.command")
