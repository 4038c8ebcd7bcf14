"""``untracked-task``: a task is started and its handle is dropped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.evaluate import evaluate
from bylaw.model.roles import SCRIPT, TEST
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.delegated.ruff_run import RuffFinding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="untracked-task",
    summary="asyncio.create_task or ensure_future is called and nobody keeps the task.",
    clauses=("FS-2.4",),
    severity="error",
    how="ruff",
    family="delegated",
    mend="keep it in a set until it is done, await it, use a TaskGroup, or a task queue",
)
RUFF_CODES = ("RUF006",)
_STARTERS = frozenset({"asyncio.create_task", "asyncio.ensure_future"})
_LOOPS = frozenset({"asyncio.get_event_loop", "asyncio.get_running_loop", "asyncio.new_event_loop"})


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per call whose result nobody takes, of asyncio or of a function that starts."""
    project = context.project
    starting = _functions_that_start(context)
    for number, function in enumerate(project.functions):
        module = project.function_home[number]
        if project.roles[module] == TEST:
            continue
        for call in function[F.F_CALLS]:
            if not call[F.C_FLAGS] & F.DISCARDED or call[F.C_FLAGS] & F.AWAITED:
                continue
            started = _started(context, module, call[F.C_PATH], starting)
            if started:
                place = (call[F.C_LINE], call[F.C_COL], call[F.C_END])
                yield make_finding(
                    INFO,
                    project,
                    number,
                    place,
                    f"nobody keeps the task that {started}() starts; it may be collected midway",
                    severity=_severity(project.roles[module]),
                    sink=started,
                )


def _functions_that_start(context: RuleContext) -> frozenset[int]:
    """Plain functions whose only value is a task they have just started and kept nowhere."""
    project = context.project
    found = set()
    for number, function in enumerate(project.functions):
        values = function[F.F_VALUES]
        if function[F.F_FLAGS] & (F.ASYNC | F.GENERATOR) or len(values) != 1:
            continue
        path = values[0]
        if not path.endswith("()") or ("task" not in path and "future" not in path):
            continue
        module = project.function_home[number]
        if _started(context, module, path[:-2], frozenset()) and not _keeps(function):
            found.add(number)
    return frozenset(found)


def _keeps(function: tuple[Any, ...]) -> bool:
    """Whether a function puts something away: ``tasks.add(task)``, ``self.task = task``."""
    if function[F.F_WRITES]:
        return True
    stored = (".add", ".append", ".add_done_callback", ".put", ".put_nowait", ".setdefault")
    return any(call[F.C_PATH].endswith(stored) for call in function[F.F_CALLS])


def _started(context: RuleContext, module: int, path: str, starting: frozenset[int]) -> str:
    """What a call starts a task with; empty where it starts none."""
    base, _, name = path.rpartition(".")
    if name == "create_task" and base.endswith("()"):
        made = evaluate(context.project, module, base[:-2])
        if made is not None and made[0] == "X" and made[1] in _LOOPS:
            return "loop.create_task"
    value = evaluate(context.project, module, path)
    if value is None:
        return ""
    if value[0] == "X":
        return value[1] if value[1] in _STARTERS else ""
    if value[0] == "F" and value[1] in starting:
        return str(context.project.functions[value[1]][F.F_NAME].rpartition(".")[2])
    return ""


def _severity(role: str) -> str:
    return "warning" if role == SCRIPT else INFO.severity


def judge(context: RuleContext, module: int, found: RuffFinding) -> str:
    """A test ends before anybody misses its tasks."""
    role = context.project.roles[module]
    return "" if role == TEST else _severity(role)
