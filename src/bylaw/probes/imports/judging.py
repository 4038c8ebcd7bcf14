"""From what the agents said to the answer of the probe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bylaw.errors import Diagnostic
from bylaw.probes.environment import SCRUBBED
from bylaw.probes.imports.effects import RULES, Describer, counts
from bylaw.probes.imports.noting import Notes, elsewhere, role_aside
from bylaw.probes.imports.running import AFTER_ENTRY, DJANGO, PLAIN, Answer, Runs
from bylaw.probes.imports.targets import Targets
from bylaw.probes.outcome import Observation, Outcome, made_outcome

SLOWEST = 10
_BROKEN = frozenset(
    {"circular-import", "double-name", "needs-environment", "order-dependent",
     "second-import-differs"}
)  # fmt: skip
_UNSEEN = frozenset(
    {"missing-package", "package-failed", "time-limit", "crashed", "process-limit",
     "output-limit", "forged-output", "not-reached", "events-lost", "other-file"}
)  # fmt: skip
_NEXT = {
    "time-limit": "bylaw probe imports --module-seconds 300",
    "process-limit": "bylaw probe imports --processes 2048",
    "not-reached": "bylaw probe imports --seconds 7200",
}


class Judge:
    """Judges the runs over one project.

    Attributes:
        missing: top-level names of packages that are not installed.
    """

    def __init__(self, targets: Targets, describer: Describer, ours: Iterable[str]) -> None:
        self._targets = targets
        self._notes = Notes(targets, describer, ours)
        self.missing = self._notes.missing

    def outcome(self, runs: Runs, next_command: str, problems: list[Diagnostic]) -> Outcome:
        """The answer of the probe.

        Args:
            runs: what the agents said.
            next_command: what installs the packages that are missing.
            problems: what went wrong before.
        """
        django = [each for each in runs.preparations if each.state == DJANGO]
        starts = any(each.said["failure"] is None for each in django)
        for preparation in django:
            self._notes.take(preparation.said, preparation.environment, [])
            if not starts:
                self._notes.prepared(preparation.said, preparation.environment)
        for answer in runs.answers:
            if answer.state != AFTER_ENTRY:
                place = [[answer.target.path, 1, "<module>"]]
                self._notes.take(answer.said, answer.environment, place)
                self._notes.answered(answer, place)
        self._notes.observations.update(_order_dependent(runs.answers))
        self._notes.observations.update(_environment_dependent(runs.answers))
        self._notes.observations.update(_slowest(runs))
        self._notes.observations.update(self._asides(runs))
        errors = [*problems, *self._errors(runs, next_command)]
        return _outcome(self._notes.observations, errors)

    def _asides(self, runs: Runs) -> Iterator[Observation]:
        """What was not looked at, and what could not be denied."""
        describe = self._notes.describe.observation
        for target, reason in self._targets.skipped:
            name = target.name or target.path
            yield describe("skipped", f"{name}: {reason}", [[target.path, 1, "<module>"]], "")
        for target in runs.late:
            text = f"{target.name or target.path}: the time for the whole probe was over"
            yield describe("not-reached", text, [[target.path, 1, "<module>"]], "", "",
                           role_aside(target))  # fmt: skip
        for name in sorted({each for room in runs.rooms for each in room.open}):
            yield Observation("not-denied", "", 0, "", f"{name}: not denied by this kernel", "")
        for name in sorted(runs.threads):
            yield Observation("thread", "", 0, name, f"importing {name} starts a thread\n"
                              "by: the body of a third-party module\naside: third-party module",
                              "")  # fmt: skip

    def _errors(self, runs: Runs, next_command: str) -> Iterator[Diagnostic]:
        if self.missing:
            names = ", ".join(sorted(self.missing))
            lost = {
                each.target.path
                for each in runs.answers
                if each.said["failure"] is not None and each.said["failure"]["missing"]
            }
            text = f"packages that are not installed: {names}; {len(lost)} modules not imported"
            yield Diagnostic("missing-package", text, hint=next_command)
        for problem, path in runs.problems:
            hint = "" if self.missing else "bylaw --debug probe imports"
            yield Diagnostic("agent-ended", problem, path, hint=hint)


def _order_dependent(answers: Iterable[Answer]) -> Iterator[Observation]:
    """Modules that can be imported first and not after the entry module, or the reverse."""
    first: dict[tuple[str, str], Answer] = {}
    after: list[Answer] = []
    for answer in answers:
        if answer.state == AFTER_ENTRY:
            after.append(answer)
        elif answer.state == PLAIN:
            first[answer.target.path, answer.environment] = answer
    for answer in after:
        before = first.get((answer.target.path, answer.environment))
        if before is None or before.said["ended"] or answer.said["ended"]:
            continue
        early, late = before.said["failure"], answer.said["failure"]
        if (early is None) == (late is None):
            continue
        failure = early or late
        if failure["missing"] or failure["outside"]:
            continue
        when = "alone, not after the application" if early is None else "only after the application"
        text = (
            f"{answer.target.name} can be imported {when}: {failure['type']}: {failure['message']}"
        )
        path = answer.target.path
        detail = f"{text}\nat: {path}:1 <module>"
        yield Observation("order-dependent", path, 1, answer.target.name, detail,
                          answer.environment)  # fmt: skip


def _environment_dependent(answers: Iterable[Answer]) -> Iterator[Observation]:
    """Modules whose first import fails, without environment, and whose second one succeeds."""
    failed = {
        (each.target.path, each.state): each.said["failure"]
        for each in answers
        if each.environment == SCRUBBED and each.said["failure"] is not None
    }
    for each in answers:
        target, failure = each.target, failed.get((each.target.path, each.state))
        if each.environment == SCRUBBED or failure is None:
            continue
        if each.said["failure"] is None and not each.said["ended"]:
            name = target.name or target.path
            text = f"{name}: the import fails without the declared environment"
            why = role_aside(target) or elsewhere(failure, target)
            detail = "\n".join([text, *([f"aside: {why}"] if why else []),
                                f"at: {target.path}:1 <module>"])  # fmt: skip
            yield Observation("needs-environment", target.path, 1, target.name, detail, "")


def _slowest(runs: Runs) -> Iterator[Observation]:
    """The modules whose own body takes longest, their imports apart."""
    longest: dict[tuple[str, str], float] = {}
    prepared = [each.said for each in runs.preparations if each.state == DJANGO]
    plain = [each.said for each in runs.answers if each.state != AFTER_ENTRY]
    for said in [*prepared, *plain]:
        for name, path, seconds in said["times"]:
            if path:
                longest[name, path] = max(longest.get((name, path), 0.0), seconds)
    ranked = sorted(longest.items(), key=lambda each: (-each[1], each[0]))[:SLOWEST]
    for (name, path), seconds in ranked:
        text = f"{seconds * 1000:.1f} ms in its own body"
        yield Observation("slow-import", path, 1, name, text, "")


def _outcome(observations: Iterable[Observation], errors: list[Diagnostic]) -> Outcome:
    ordered = sorted(observations)
    broken = {RULES[each.kind] for each in ordered if counts(each)}
    open_questions = set()
    imported = False
    for each in ordered:
        aside = bool(each.remarks("aside"))
        imported = imported or each.kind == "imported"
        if each.kind in _BROKEN and not aside:
            broken.add(each.kind)
        elif each.kind in _UNSEEN and not aside:
            open_questions.add(each.kind)
    open_questions.update(each.code for each in errors)
    if not imported and not open_questions and not broken:
        open_questions.add("nothing-imported")
        errors.append(Diagnostic("nothing-imported", "no module was imported",
                                 hint="give the path of a Python backend"))  # fmt: skip
    errors = _one_command(errors, ordered, open_questions)
    return made_outcome("imports", broken, open_questions, ordered, errors)


def _one_command(
    errors: list[Diagnostic], observations: Iterable[Observation], questions: set[str]
) -> list[Diagnostic]:
    """What is not verified names exactly one command that would go on from there."""
    if questions and not errors:
        code = sorted(questions, key=lambda each: (each not in _NEXT, each))[0]
        first = next(each for each in observations if each.kind == code)
        hint = _NEXT.get(code, f"bylaw probe imports {first.path}")
        errors = [Diagnostic(code, first.what, first.path, first.line, hint)]
    named = next((each for each in errors if each.hint), None)
    return [each if each is named else each._replace(hint="") for each in errors]
