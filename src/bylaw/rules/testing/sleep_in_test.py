"""``sleep-in-test``: a test waits for real."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.evaluate import evaluate
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
_SLEEPS = frozenset({"time.sleep", "asyncio.sleep", "anyio.sleep", "trio.sleep", "gevent.sleep"})


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per call in a test, a fixture or a set-up method."""
    project = context.project
    for number, function in enumerate(project.functions):
        module = project.function_home[number]
        if project.roles[module] != TEST:
            continue
        for call in function[F.F_CALLS]:
            value = evaluate(project, module, call[F.C_PATH])
            if value is None or value[0] != "X" or value[1] not in _SLEEPS:
                continue
            if _waits(call) and not _is_replaced(context, number, value[1]):
                yield _finding(context, number, call, value[1])


def _waits(call: tuple[Any, ...]) -> bool:
    """Whether a call may wait: ``sleep(0)`` only lets others run."""
    arguments = call[F.C_ARGS]
    return not arguments or arguments[0] not in (":0", "delay=:0", "seconds=:0")


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
    # A poll waits no longer than it must; what a test defines may be there to be cancelled.
    polls = context.situation(number, call[F.C_SITUATION])[F.S_FLAGS] & F.IN_LOOP
    severity = "note" if polls or not (runs or sink == "time.sleep") else INFO.severity
    message = f"{what} waits for real: {sink}"
    return make_finding(INFO, project, number, place, message, severity=severity, sink=sink)


def judge(context: RuleContext, module: int, found: RuffFinding) -> str:
    """Outside tests it is ``blocking-call-in-async`` that speaks."""
    return INFO.severity if context.project.roles[module] == TEST else ""
