"""``sleep-in-test``: a test waits for real."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.evaluate import evaluate
from bylaw.model.project import Project
from bylaw.model.roles import TEST
from bylaw.model.test_fixtures import is_fixture, is_set_up, is_test
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.delegated.ruff_run import RuffFinding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="sleep-in-test",
    summary="A test, or what sets it up, calls time.sleep or waits in asyncio.sleep for real.",
    clauses=("FS-7.5",),
    severity="warning",
    how="ruff",
    family="testing",
    mend="wait for the event itself (an Event, a poll with a limit), or pass in a clock that a "
    "test can move",
)
RUFF_CODES = ("ASYNC251",)
_NOTHING = 0.01
"""Seconds below which a sleep only lets others run."""
_MOMENT = 0.1
"""Seconds below which nobody feels how long a test takes."""
_LIMITS = frozenset({"monotonic", "time", "perf_counter", "wait_for", "timeout", "fail_after",
                     "move_on_after", "now", "timeout_at"})  # fmt: skip
_SLEEPS = frozenset({"time.sleep", "asyncio.sleep", "anyio.sleep", "trio.sleep", "gevent.sleep"})


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per call in a test, a fixture or a set-up method."""
    project = context.project
    for number, function in enumerate(project.functions):
        module = project.function_home[number]
        if project.roles[module] != TEST:
            continue
        for call in function[F.F_CALLS]:
            sink = _sleep(project, module, call)
            if sink and not _is_legal(context, number, call, sink):
                yield _finding(context, number, call, sink)


def _sleep(project: Project, module: int, call: tuple[Any, ...]) -> str:
    """Which sleep a call is; empty for any other call."""
    value = evaluate(project, module, call[F.C_PATH])
    if value is None or value[0] != "X" or value[1] not in _SLEEPS:
        return ""
    return str(value[1])


def _is_legal(context: RuleContext, number: int, call: tuple[Any, ...], sink: str) -> bool:
    """Whether a sleep waits for nothing: too short, replaced, or in a poll with a limit."""
    if _seconds(call) < _NOTHING or _is_replaced(context, number, sink):
        return True
    return _polls_with_limit(context, number, call)


def _seconds(call: tuple[Any, ...]) -> float:
    """How long a call waits; infinite where the code does not say."""
    text = call[F.C_ARGS][0] if call[F.C_ARGS] else ""
    number = text.removeprefix("delay=").removeprefix("seconds=")
    try:
        return float(number[1:]) if number.startswith(":") else inf
    except ValueError:
        return inf


def _polls_with_limit(context: RuleContext, number: int, call: tuple[Any, ...]) -> bool:
    """Whether a call pauses in a ``while`` loop that a clock ends."""
    situation = context.situation(number, call[F.C_SITUATION])
    if not situation[F.S_FLAGS] & F.IN_LOOP or situation[F.S_EACH]:
        return False
    project = context.project
    function = project.functions[number]
    calls = (*function[F.F_CALLS], *(c for n in _around(context, number) for c in n[F.F_CALLS]))
    return any(each[F.C_PATH].rpartition(".")[2] in _LIMITS for each in calls)


def _around(context: RuleContext, number: int) -> Iterator[tuple[Any, ...]]:
    """The functions a function stands in: who waits for it may give it a limit."""
    project = context.project
    offset = project.function_offset[project.function_home[number]]
    parent = project.functions[number][F.F_PARENT]
    while parent > 0:
        yield project.functions[offset + parent]
        parent = project.functions[offset + parent][F.F_PARENT]


def _is_replaced(context: RuleContext, number: int, sink: str) -> bool:
    """Whether the test, or its file, puts something else in the place of the function."""
    project = context.project
    module = project.function_home[number]
    for function in project.facts[module][F.FUNCTIONS]:
        for call in function[F.F_CALLS]:
            if any(each.startswith("'") and each.endswith(sink) for each in call[F.C_ARGS][:1]):
                return True
    return False


def _finding(context: RuleContext, number: int, call: tuple[Any, ...], sink: str) -> Finding:
    project = context.project
    function = project.functions[number]
    runs = is_test(project, number) or is_set_up(project, number) or is_fixture(function)
    what = "this test" if is_test(project, number) else "test code"
    place = (call[F.C_LINE], call[F.C_COL], call[F.C_END])
    # A poll waits no longer than it must; what a test defines may be there to be cancelled, and
    # is slow to show that something else is not; a coroutine handed on stands for a task.
    polls = context.situation(number, call[F.C_SITUATION])[F.S_FLAGS] & F.IN_LOOP
    handed = sink != "time.sleep" and call[F.C_FLAGS] & F.ARGUMENT
    helps = sink == "time.sleep" and not _is_fake(function)
    lasts = _seconds(call) >= _MOMENT and not polls and not handed
    severity = INFO.severity if lasts and (runs or helps) else "note"
    message = f"{what} waits for real: {sink}"
    return make_finding(INFO, project, number, place, message, severity=severity, sink=sink)


def _is_fake(function: tuple[Any, ...]) -> bool:
    """Whether a function stands in for a slow one: defined in a test, or a method of an object."""
    return bool(function[F.F_PARENT] > 0 or function[F.F_CLASS] >= 0)


def judge(context: RuleContext, module: int, found: RuffFinding) -> str:
    """Outside tests it is ``blocking-call-in-async`` that speaks."""
    project = context.project
    if project.roles[module] != TEST:
        return ""
    for function in project.facts[module][F.FUNCTIONS]:
        for call in function[F.F_CALLS]:
            if call[F.C_LINE] == found.line and _sleep(project, module, call):
                return ""  # ``find`` knows more of it.
    return INFO.severity
