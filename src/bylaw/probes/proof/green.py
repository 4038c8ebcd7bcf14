"""Whether the tests of the head pass, and whether that says anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from bylaw.errors import Diagnostic
from bylaw.probes.outcome import Observation
from bylaw.probes.proof.part import Part, part_of
from bylaw.probes.proof.session import Collected, Ran, Session, Told, Uncollected

_RETRIES = ("pytest-rerunfailures", "pytest_rerunfailures", "flaky", "pytest-retry", "pytest_retry")
_KINDS = {"failed": "test-failed", "error": "fixture-error", "timeout": "test-time-limit"}
_UNANSWERED = frozenset({"ConnectionRefusedError", "gaierror"})
_SAYS_UNANSWERED = (
    "onnection refused", "ould not connect", "Can't connect to", "ame or service not known",
    "Temporary failure in name resolution", "ailed to resolve", "No servers found",
)  # fmt: skip
FAKE = "put a fake in the place of what the test connects to, or run the suite where it is"
TEST_SECONDS = "bylaw probe tests --test-seconds 600"


def judged_green(session: Session, install: Callable[[list[str]], str]) -> Part:
    """What the first run of the head says.

    Args:
        session: of the head.
        install: names to the command that installs what the project needs.
    """
    early = _unusable(session, install)
    if early is not None:
        return early
    first = session.runs["first"]
    observations = [*_counts(session, first), *_retrying(session, first)]
    broken: set[str] = set()
    questions: list[Diagnostic] = []
    for each in session.uncollected:
        observations.append(_uncollected(each))
        if is_missing_package(each, session):
            text = f"{each.path} needs a package: {each.failure.words if each.failure else ''}"
            names = [each.failure.missing[2].partition(".")[0]] if each.failure else []
            questions.append(Diagnostic("missing-package", text, each.path, 0, install(names)))
        elif not each.skipped:
            broken.add("collection-error")
    for test in session.tests:
        told = first.tests.get(test.identity)
        if told is None or told.outcome not in _KINDS:
            continue
        if lacks_service(told):
            observations.append(_failed(test, told)._replace(kind="needs-service"))
            text = f"{test.identity} needs what is not here: {_needed(told)}"
            questions.append(Diagnostic("needs-service", text[:400], test.path, test.line, FAKE))
            continue
        observations.append(_failed(test, told))
        if told.outcome == "timeout":
            text = f"{test.identity} takes longer than one test may"
            questions.append(Diagnostic("test-time-limit", text, test.path, test.line,
                                        TEST_SECONDS))  # fmt: skip
        else:
            broken.add(_KINDS[told.outcome] if told.outcome == "error" else "tests-failed")
    return part_of(observations, broken, [*questions, *_no_pass(session, first)])


def _unusable(session: Session, install: Callable[[list[str]], str]) -> Part | None:
    """The answer where nothing ran at all."""
    hint = install(["pytest"]) if not session.runner else "bylaw --debug probe tests"
    if not session.runner:
        text = session.problem or "no test runner began"
        return part_of(questions=[Diagnostic("agent-ended", text, hint=hint)])
    if "first" in session.late:
        text = "the time for the whole probe was over before a test ran"
        hint = "bylaw probe tests --seconds 7200"
        return part_of(questions=[Diagnostic("time-limit", text, hint=hint)])
    if "first" not in session.runs:
        text = session.problem or _last(session.said) or "the runner ended before it ran a test"
        code = "agent-ended" if session.problem else "runner-refused"
        hint = install(["pytest", "pytest-django"]) if "pytest-django" in text else hint
        return part_of(questions=[Diagnostic(code, text[:400], hint=hint)])
    if not session.tests and not session.uncollected:
        text = f"{session.runner} collected no test"
        hint = "give the directory of the tests: bylaw probe tests PATH"
        seen = Observation("zero-collected", "", 0, "", text, "")
        return part_of([seen], (), [Diagnostic("zero-collected", text, hint=hint)])
    return None


def _last(text: str) -> str:
    lines = [each for each in text.strip().splitlines() if each.strip()]
    return " / ".join(lines[-3:])


def is_missing_package(each: Uncollected, session: Session) -> bool:
    """Whether a file could not be collected for want of a package that is not the project's."""
    failure = each.failure
    if failure is None or not failure.missing or failure.type != "ModuleNotFoundError":
        return False
    top = failure.missing[2].partition(".")[0]
    ours = {path.split("/")[0] for path in session.imported} | {
        part for test in session.tests for part in test.path.split("/")[:1]
    }
    return bool(top) and f"{top}.py" not in ours and top not in ours


def is_refused(told: Told) -> bool:
    """Whether a test failed and had asked for another machine, which the room refuses."""
    return bool(told.refused) and told.outcome in _KINDS


def lacks_service(told: Told) -> bool:
    """Whether a test failed because nobody answers where it connects to: no fault of the code."""
    if is_refused(told):
        return True
    failure = told.failure
    if failure is None or failure.assertion:
        return False
    return failure.type in _UNANSWERED or any(each in failure.message for each in _SAYS_UNANSWERED)


def _needed(told: Told) -> str:
    if told.refused:
        return told.refused[0][0]
    return told.failure.words if told.failure else ""


def _counts(session: Session, first: Ran) -> Iterator[Observation]:
    counted = Counter(each.outcome for each in first.tests.values())
    words = [f"{number} {name}" for name, number in sorted(counted.items())]
    words += [f"{len(session.deselected)} deselected"] * bool(session.deselected)
    version = ".".join(map(str, session.python))
    yield Observation("tests", "", 0, "", ", ".join(words) + f"\nby: {session.runner}, Python "
                      f"{version}", "")  # fmt: skip


def _uncollected(each: Uncollected) -> Observation:
    if each.skipped:
        return Observation("skipped-file", each.path, 0, "", each.skipped, "")
    failure = each.failure
    line = (
        next((line for path, line, _ in failure.frames if path == each.path), 0) if failure else 0
    )
    return Observation("collection-error", each.path, line, "", failure.words if failure else "",
                       "")  # fmt: skip


def _failed(test: Collected, told: Told) -> Observation:
    what = told.failure.words if told.failure else told.outcome
    stack = reversed(told.failure.frames) if told.failure else ()
    at = [f"at: {path}:{line} {name}" for path, line, name in stack]
    detail = "\n".join([f"{told.phase}: {what}", *at])
    return Observation(_KINDS[told.outcome], test.path, test.line, test.identity, detail, "")


def _retrying(session: Session, first: Ran) -> Iterator[Observation]:
    for name in session.plugins:
        if name.split(" ")[0] in _RETRIES:
            state = "its option is on" if session.reruns else "loaded"
            yield Observation("retry-plugin", "", 0, name, f"{name}: {state}", "")
    for test in session.tests:
        told = first.tests.get(test.identity)
        if told is not None and told.reruns:
            text = f"failed {told.reruns} times before it ended as {told.outcome}"
            yield Observation("retried", test.path, test.line, test.identity, text, "")


def _no_pass(session: Session, first: Ran) -> Iterator[Diagnostic]:
    """What makes a green run no proof."""
    outcomes = {each.outcome for each in first.tests.values()}
    if outcomes == {"skipped"}:
        yield Diagnostic("all-skipped", f"all {len(first.tests)} tests are skipped",
                         hint="run the tests where they are not skipped")  # fmt: skip
    if session.deselected:
        text = f"the project's configuration deselects {len(session.deselected)} tests"
        yield Diagnostic("deselected", text, hint="take -k, -m and --deselect out of addopts")
    if session.reruns or any(each.reruns for each in first.tests.values()):
        yield Diagnostic("retries", "failing tests are tried again until they pass",
                         hint="take --reruns and the flaky marks away")  # fmt: skip
    if first.started or (session.problem and not first.files and not first.tests):
        text = session.problem or "the process ended in the middle of a test"
        yield Diagnostic("crashed", f"{first.started}: {text}"[:400],
                         hint="bylaw probe tests --only green")  # fmt: skip
