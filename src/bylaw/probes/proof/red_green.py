"""Whether a change's tests fail without it: each test's class, and the change's."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from bylaw.errors import Diagnostic
from bylaw.probes.outcome import Observation
from bylaw.probes.proof.change import Change, FileChange
from bylaw.probes.proof.changed_lines import changed_units
from bylaw.probes.proof.changed_tests import ChangedTest, functions, parsed
from bylaw.probes.proof.green import FAKE, lacks_service
from bylaw.probes.proof.part import Part, part_of
from bylaw.probes.proof.session import PASSED, Failure, Ran, Session, Told

ASSERTION, BEHAVIOUR, WEAK = "red-by-assertion", "red-by-missing-behaviour", "weak-red"
PASSES, NOT_GREEN = "passes-on-base", "not-green-on-head"
COLLECTION, FIXTURE, TIME, TEST_ERROR = (
    "collection-error-on-base", "fixture-error-on-base", "time-limit-on-base", "test-error-on-base",
)  # fmt: skip
SKIPPED, DESELECTED, ZERO = "skipped-on-base", "deselected", "not-collected"
SERVICE = "needs-service"
RED = (ASSERTION, BEHAVIOUR, WEAK)
_STRENGTH = (ASSERTION, BEHAVIOUR, WEAK, NOT_GREEN, SERVICE, TEST_ERROR, FIXTURE, COLLECTION, TIME,
             PASSES, SKIPPED, DESELECTED, ZERO)  # fmt: skip
RULE = "test-written-after"


class Judged(NamedTuple):
    """One changed test.

    Attributes:
        test: the test.
        kind: its class.
        why: what shows it.
    """

    test: ChangedTest
    kind: str
    why: str


class NewNames:
    """Names the sources of a change have and the base has not."""

    def __init__(self, change: Change) -> None:
        self.names: set[str] = set()
        self.modules: set[str] = set()
        for each in change.sources:
            before = _names(each.before)
            self.names |= _names(each.after) - before
            if each.before is None or each.path != each.old_path:
                stem = each.path.removesuffix(".py").removesuffix("/__init__")
                self.modules.add(stem.removeprefix("src/").replace("/", "."))

    def explains(self, failure: Failure) -> bool:
        """Whether a failure is one of a name or module that only the change brings."""
        if not failure.missing:
            return False
        kind, name, owner = failure.missing
        if kind == "import":
            last = owner.rpartition(".")[2]
            known = {each.rpartition(".")[2] for each in self.modules}
            return (
                name in self.names
                or name in known
                or (not name and last in known)
                or any(
                    owner == each or each.endswith(f".{owner}") or owner.endswith(f".{each}")
                    for each in self.modules
                )
            )
        return name in self.names


def _names(text: str | None) -> set[str]:
    """Every name a module binds: functions, classes, parameters, attributes, variables, imports."""
    tree = parsed(text)
    found: set[str] = set()
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
    return found


def judged_tests(
    tests: Sequence[ChangedTest], base: Session, head: Session, names: NewNames
) -> list[Judged]:
    """The class of each changed test.

    Args:
        tests: new and changed ones.
        base: the session of the base's sources with the head's tests.
        head: the session of the head.
        names: what only the change brings.
    """
    found = []
    ran = base.runs.get("base", Ran("base", {}, "", {}, {}))
    for test in tests:
        mine = [each.identity for each in head.tests if (each.path, each.name) == (test.path,
                test.name)]  # fmt: skip
        first = head.runs["first"]
        green = [first.tests[each] for each in mine if each in first.tests]
        if not mine:
            kind, why = _absent(test, head)
        elif any(each.outcome not in PASSED for each in green) or not green:
            kind, why = _not_green(green)
        else:
            kind, why = _on_base(test, base, ran, names)
        found.append(Judged(test, kind, why))
    return found


def _absent(test: ChangedTest, head: Session) -> tuple[str, str]:
    """A changed test that the head's session has not collected."""
    for each in head.deselected:
        if each.startswith(f"{test.path}::") and test.name.rpartition(".")[2] in each:
            return DESELECTED, "the project's configuration deselects it"
    return ZERO, "the runner does not collect it"


def _not_green(green: Sequence[Told]) -> tuple[str, str]:
    failing = [each for each in green if each.outcome not in PASSED]
    if not failing:
        return NOT_GREEN, "it did not run on the head"
    worst = next((each for each in failing if not lacks_service(each)), failing[0])
    words = worst.failure.words if worst.failure else worst.outcome
    kind = SERVICE if lacks_service(worst) else NOT_GREEN
    return kind, f"{worst.outcome} on the head: {words}"


def _on_base(test: ChangedTest, base: Session, ran: Ran, names: NewNames) -> tuple[str, str]:
    mine = [e.identity for e in base.tests if (e.path, e.name) == (test.path, test.name)]
    if not mine:
        return _uncollected_on_base(test, base, names)
    classes = [_class_of(ran.tests[each], names) for each in mine if each in ran.tests]
    if ran.started in mine:
        classes.append((TIME, base.problem or "the process ended in it"))
    if not classes:
        return ZERO, base.problem or "it did not run on the base"
    return min(classes, key=lambda each: _STRENGTH.index(each[0]))


def _uncollected_on_base(
    test: ChangedTest, base: Session, names: NewNames
) -> tuple[str, str]:  # fmt: skip
    for each in base.uncollected:
        if each.path not in (test.path, test.path.rpartition("/")[0]) and not each.path.endswith(
            "conftest.py"
        ):
            continue
        if each.failure is None:
            return SKIPPED, each.skipped
        kind = WEAK if names.explains(each.failure) else COLLECTION
        return kind, each.failure.words
    if any(each.startswith(f"{test.path}::") for each in base.deselected):
        return DESELECTED, "the project's configuration deselects it"
    return ZERO, "the runner does not collect it on the base"


def _class_of(told: Told, names: NewNames) -> tuple[str, str]:
    """The class of one run of one test on the base."""
    failure = told.failure
    if told.outcome in PASSED:
        return PASSES, f"{told.outcome} on the base"
    if lacks_service(told):
        return SERVICE, failure.words if failure else told.outcome
    if told.outcome == "skipped":
        return SKIPPED, "skipped on the base"
    if told.outcome == "timeout":
        return TIME, "it takes longer than one test may"
    if failure is None:
        return TEST_ERROR, told.outcome
    if names.explains(failure):
        return WEAK, failure.words
    if told.outcome == "error":
        return FIXTURE, f"{told.phase}: {failure.words}"
    if failure.assertion:
        return ASSERTION, failure.words
    reached = any(told.reached.get(path) for path in told.reached)
    inside = any(path in told.reached for path, _, _ in failure.frames)
    if inside or reached:
        return BEHAVIOUR, failure.words
    return TEST_ERROR, failure.words


def judged_change(
    change: Change, judged: Sequence[Judged], exemption: tuple[str, str] | None
) -> Part:
    """What the classes of the tests say of the whole change.

    Args:
        change: the change.
        judged: its tests.
        exemption: name and evidence, where the change needs no proof; None where it does.
    """
    kinds = [each.kind for each in judged]
    best = min(kinds, key=_STRENGTH.index) if kinds else "no-changed-test"
    red = best in RED
    if exemption is not None and not red:
        seen = [*_observations(judged, exemption[0])]
        seen.append(Observation("red-green", "", 0, "", "\n".join(exemption), ""))
        return part_of(seen, [NOT_GREEN] if NOT_GREEN in kinds else [])
    seen = list(_observations(judged, "other tests of the change are red on its base" * red))
    broken, questions = set(), []
    if red:
        seen.append(Observation("red-green", "", 0, "", f"{best}: {_tally(kinds)}", ""))
    if NOT_GREEN in kinds:
        broken.add(NOT_GREEN)
    if best in (PASSES, "no-changed-test"):
        seen.append(_written_after(change, judged))
        broken.add(RULE)
    elif not red:
        first = next(each for each in judged if each.kind == best)
        seen.append(Observation("red-green", "", 0, "", f"{best}: {_tally(kinds)}", ""))
        questions += [_question(first)] * (best != NOT_GREEN)
    return part_of(seen, broken, questions)


def _tally(kinds: Sequence[str]) -> str:
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in _STRENGTH if kind in kinds)


def _observations(judged: Sequence[Judged], aside: str) -> Iterator[Observation]:
    for each in judged:
        detail = each.why + (f"\naside: {aside}" if aside and each.kind == PASSES else "")
        yield Observation(each.kind, each.test.path, each.test.line, each.test.name, detail, "")


def _written_after(change: Change, judged: Sequence[Judged]) -> Observation:
    """The observation that the rule ``test-written-after`` reads."""
    if judged:
        test = judged[0].test
        text = "no changed test fails without the change: " + _tally([e.kind for e in judged])
        return Observation(RULE, test.path, test.line, test.name, text, "")
    first = change.sources[0]
    line = min((each.start for each in changed_units(first)), default=1)
    return Observation(RULE, first.path, line, "", "the change has no new or changed test", "")


def _question(judged: Judged) -> Diagnostic:
    mends = {
        SERVICE: FAKE,
        TIME: "bylaw probe tests --test-seconds 600",
        SKIPPED: "run the test where it is not skipped",
        DESELECTED: "take -k, -m and --deselect out of addopts",
        ZERO: "give the test a name and place the runner collects",
    }  # fmt: skip
    hint = mends.get(judged.kind, "let the test fail by an assertion, not before it")
    test = judged.test
    return Diagnostic(judged.kind, f"{test.name}: {judged.why}"[:400], test.path, test.line, hint)


def changed_functions(file: FileChange) -> dict[str, tuple[int, int]]:
    """Functions that differ from the base in what they do: name to first and last line."""
    from bylaw.probes.proof.changed_tests import plain_dump

    after, before = parsed(file.after), parsed(file.before)
    if after is None:
        return {}
    old = {name: plain_dump(node) for name, node in functions(before)} if before else {}
    found = {}
    for name, node in functions(after):
        if plain_dump(node) != old.get(name):
            body = node.body[0].lineno  # type: ignore[attr-defined]
            found[name] = (body, node.end_lineno)  # type: ignore[attr-defined]
    return found


def unconfirmed(change: Change, ran: Ran | None, identities: Mapping[str, str]) -> list[str]:
    """Sources that were not imported from the base although they should have been.

    Args:
        change: the change.
        ran: the run on the base.
        identities: what git has of each source at the base.
    """
    if ran is None:
        return []
    wrong = [path for path, found in ran.files.items() if identities.get(path, found) != found]
    gone = {each.path for each in change.sources if each.before is None}
    return sorted({*wrong, *(path for path in ran.files if path in gone), *ran.elsewhere})
