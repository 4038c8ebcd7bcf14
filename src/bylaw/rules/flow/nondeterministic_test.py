"""``nondeterministic-test``: a test whose outcome the clock, chance or the network may decide."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.finding import Finding, Step
from bylaw.model.call_graph import Edge, Seed
from bylaw.model.effects import Reach, Reached, describe, reach
from bylaw.model.roles import TEST
from bylaw.model.test_controls import Controls, TestControls, is_test
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="nondeterministic-test",
    summary="A test reaches the clock, a random source, a sleep or the network, and nothing holds "
    "it still.",
    clauses=("AP-PY02", "GOV-2", "PYPH2-FAIL-05", "FS-7.5"),
    severity="warning",
    how="flow",
    family="flow",
    mend="freeze it (freezegun, time-machine), seed it, mock it, or pass a clock in",
)

_KINDS = {"clock": "the clock", "random": "chance", "sleep": "a real sleep", "network": "the network"}


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per test and sink, anchored at the call in the test."""
    project = context.project
    tests = [number for number in range(len(project.functions)) if is_test(project, number)]
    if not tests:
        return
    answer = _test_reach(context, tests)
    controls = TestControls(context.graph)
    for test in tests:
        reached_here = answer.of(test)
        if not reached_here:
            continue
        held = controls.of_test(test)
        seen: set[tuple[int, str]] = set()
        for reached in reached_here:
            place = (reached.edge or reached.seed).place
            key = (place[0], reached.seed.sink)
            if key in seen or _is_held(context, controls, held, answer, test, reached):
                continue
            seen.add(key)
            yield _finding(context, answer, test, reached)


def _test_reach(context: RuleContext, tests: list[int]) -> Reach:
    def follow(caller: int, edge: Edge) -> bool:
        return True

    def wanted(function: int, seed: Seed) -> bool:
        return seed.kind in _KINDS

    return reach(context.graph, tests, wanted, follow)


def _is_held(
    context: RuleContext,
    controls: TestControls,
    held: Controls,
    answer: Reach,
    test: int,
    reached: Reached,
) -> bool:
    """Whether a control is in force anywhere on the road, or a name on it is replaced."""
    kind = reached.seed.kind
    if kind == "network" and _is_given_client(context, reached):
        return True
    step = reached.edge or reached.seed
    around = controls.in_force(test, step.situation)
    if kind in held.kinds or kind in around.kinds:
        return True
    if reached.edge is not None:
        last = controls.in_force(reached.holder, reached.seed.situation)
        if kind in last.kinds:
            return True
    names = held.names | around.names
    if not names:
        return False
    on_road = set(reached.seed.sink.split("."))
    for each in answer.witness(test, reached)[1:]:
        on_road.update(each.symbol.split(".")[-2:])
    return bool(names & on_road)


def _is_given_client(context: RuleContext, reached: Reached) -> bool:
    """Whether a request goes through a client the test was handed: the application's own."""
    project = context.project
    in_test = project.roles[project.function_home[reached.holder]] == TEST
    return in_test and reached.seed.confidence > 0


def _finding(context: RuleContext, answer: Reach, test: int, reached: Reached) -> Finding:
    project = context.project
    witness: tuple[Step, ...] = answer.witness(test, reached)
    production = project.roles[project.function_home[reached.holder]] != TEST
    confidence = max(reached.confidence, 1) if production else reached.confidence
    sink = describe(reached.seed)
    through = " through production code" if production else ""
    return make_finding(
        INFO,
        project,
        test,
        (reached.edge or reached.seed).place,
        f"this test depends on {_KINDS[reached.seed.kind]}{through}: {sink}",
        confidence=confidence,
        sink=sink,
        witness=witness,
    )
