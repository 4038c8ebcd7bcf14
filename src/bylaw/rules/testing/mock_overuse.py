"""``mock-overuse``: tests that show how mocks were called rather than what the code does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.evaluate import DEFINITE, POSSIBLE, PROBABLE, evaluate
from bylaw.model.roles import TEST
from bylaw.model.test_fixtures import is_test
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo
from bylaw.rules.testing.assertions import assertions_of

INFO = RuleInfo(
    name="mock-overuse",
    summary="A test module sets up more mocks than it asserts results, or a test only asserts how "
    "its mocks were called.",
    clauses=("AP-PY06",),
    severity="note",
    how="file",
    family="testing",
    mend="use the real object or a fake that behaves, and assert the outcome",
    options=(("allowed", 5, "mocks a test module may set up before they are counted against it"),),
)
_MADE = frozenset({"Mock", "MagicMock", "AsyncMock", "NonCallableMock", "PropertyMock",
                   "create_autospec", "mock_open", "NonCallableMagicMock"})  # fmt: skip
_PATCHES = (".patch", ".patch.object", ".patch.dict", ".patch.multiple", "mocker.spy")


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per module with too many mocks, else one per test that only asserts calls."""
    project = context.project
    for module, role in enumerate(project.roles):
        if role != TEST:
            continue
        facts = project.facts[module]
        offset = project.function_offset[module]
        numbers = range(offset, offset + len(facts[F.FUNCTIONS]))
        tests = [number for number in numbers if is_test(project, number)]
        if not tests or not _imports_mocks(facts):
            continue
        mocks = sum(_mocks(context, module, number) for number in numbers)
        results = 0
        if mocks > context.option(INFO, "allowed"):
            found = (each for number in numbers for each in assertions_of(project, number))
            results = sum(not each.about_calls for each in found)
        if mocks > max(results, context.option(INFO, "allowed")):
            message = (
                f"{_count(mocks, 'mock')} set up for {_count(results, 'assertion')} of results"
            )
            body = project.module_body(module)
            yield make_finding(INFO, project, body, (1, 1, 1), message, sink="mocks")
            continue
        for number in tests:
            if _asserts_only_calls(context, number):
                yield _only_calls(context, number)


def _imports_mocks(facts: tuple[Any, ...]) -> bool:
    """Whether a file can make mocks at all; most cannot, and need no counting."""
    for record in facts[F.IMPORTS]:
        if "mock" in record[F.I_MODULE] or "mock" in record[F.I_NAME]:
            return True
    return any(
        param[F.P_NAME] == "mocker"
        for function in facts[F.FUNCTIONS]
        for param in function[F.F_PARAMS]
    )


def _mocks(context: RuleContext, module: int, number: int) -> int:
    """Calls in a function that make a mock or put one in place."""
    places = set()
    for call in context.project.functions[number][F.F_CALLS]:
        path = call[F.C_PATH]
        if path.rpartition(".")[2] in _MADE or path == "patch" or path.endswith(_PATCHES):
            if _sets_a_value(call):
                continue
            value = evaluate(context.project, module, path)
            if value is None or (value[0] in "XY" and "mock" in value[1]):
                places.add((call[F.C_LINE], call[F.C_COL]))
    return len(places)


def _sets_a_value(call: tuple[Any, ...]) -> bool:
    """Whether a patch puts something given in place: a setting, or a mock that counts itself."""
    path = str(call[F.C_PATH])
    if path.endswith(".patch.dict") or path == "patch.dict":
        return True
    name = path.rpartition(".")[2]
    if name != "patch" and not path.endswith("patch.object"):
        return False
    given = [each for each in call[F.C_ARGS] if "=" not in each or each[0] == "'"]
    place = 2 if name == "object" else 1
    return len(given) > place or any(each.startswith("new=") for each in call[F.C_ARGS])


def _asserts_only_calls(context: RuleContext, number: int) -> bool:
    found = assertions_of(context.project, number)
    return bool(found) and all(each.about_calls for each in found)


def _only_calls(context: RuleContext, number: int) -> Finding:
    function = context.project.functions[number]
    name = function[F.F_NAME].rpartition(".")[2]
    place = (function[F.F_LINE], function[F.F_COL], function[F.F_LINE])
    message = f"{name} only asserts how its mocks were called"
    sure = PROBABLE if function[F.F_UNKNOWN] else DEFINITE
    if all(each.says_what for each in assertions_of(context.project, number)):
        sure = POSSIBLE
        if _calls_only_mocks(context, number):
            sure, message = PROBABLE, f"{name} calls its mocks itself, and nothing that is tested"
    return make_finding(
        INFO, context.project, number, place, message, confidence=sure, sink="assert_called"
    )


def _calls_only_mocks(context: RuleContext, number: int) -> bool:
    """Whether a test calls the mocks that it made, and nothing else that could be at work."""
    project = context.project
    function = project.functions[number]
    if function[F.F_UNKNOWN] or function[F.F_PARAMS]:
        return False
    for call in function[F.F_CALLS]:
        made, _, called = str(call[F.C_PATH]).partition("()")
        value = evaluate(project, project.function_home[number], made)
        if value is None or value[0] not in "XY" or "mock" not in value[1]:
            return False
        if not called and any(each[:1] not in "':?" for each in _positional(call)):
            return False
    return True


def _positional(call: tuple[Any, ...]) -> list[str]:
    """What a call is given, by position or by name."""
    return [str(each).rpartition("=")[2] for each in call[F.C_ARGS]]


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
