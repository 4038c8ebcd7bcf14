"""``bylaw verify`` and ``bylaw run``: from claims to items of evidence."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bylaw.errors import Diagnostic, exit_code_of
from bylaw.evidence.adapters.answers import RULES
from bylaw.evidence.adapters.project import Project
from bylaw.evidence.adapters.work import CODES, Refusal, Seen, Step, Verdict, Work, broken_off
from bylaw.evidence.claim import Claim, claim_named, is_excused
from bylaw.evidence.inputs.freshness import Plan
from bylaw.evidence.inputs.tree import Tree, take_tree
from bylaw.evidence.item import ASSERTED, NOT_VERIFIED, PASS, Output, Scope, Tool
from bylaw.evidence.ledger.store import open_ledger
from bylaw.evidence.performing import (
    Performed,
    kept,
    perform,
    recorded_command,
    recorded_variables,
)
from bylaw.evidence.recorder import NOW, OF_CHANGE, Entry, Recorder
from bylaw.evidence.recording import LOOSENS, draft_of, environment_for, plan_for
from bylaw.evidence.recording import Seen as Observed
from bylaw.evidence.running import Runs, utc_now, written_time
from bylaw.evidence.scheduling import Schedule
from bylaw.gates.tier.obligations import ORDER
from bylaw.linking import Progress, configuration_of, silent
from bylaw.planning import IN_PROCESS, Planned, bound_of, planned
from bylaw.probes.outcome import Observation
from bylaw.proving import Answer, Prover
from bylaw.report.verify_report import Row, Shown
from bylaw.rules.repository import Repository
from bylaw.rules.selection import Options
from bylaw.source.discovery import discover
from bylaw.source.git import GitError, find_git
from bylaw.source.workers import available_processes
from bylaw.tiering import Tiering, tier_of

EVERY = (
    "lint-clean", "format-clean", "types-clean", "import-hygiene", "generated-untouched",
    "conventions-kept", "manifests-agree", "secrets-clean", "dependencies-audited",
    "changed-tests-green", "tests-green", "coverage-floor", "migrations-reversible",
    "contract-compatible", "database-reachable", "imports-pure", "boot-proven", "negative-path",
    "resilience", "red-green", "determinism", "image-builds",
)  # fmt: skip
"""All claims, in the order of source 002: lint and format, types, targeted tests, the whole suite,
migrations; what only reads stands with the linters, what measures comes last."""


class Asked(NamedTuple):
    """What is asked for.

    Attributes:
        root: absolute path of the root.
        base: revision the change is compared with; empty for the default.
        claims: words for claims; empty for those that the tier obliges.
        every: all claims, whatever the tier obliges.
        jobs: processes beside each other; None for as many as there are processors.
        reuse: whether fresh items are used again.
        use_cache: of the analysis.
    """

    root: str
    base: str = ""
    claims: tuple[str, ...] = ()
    every: bool = False
    jobs: int | None = None
    reuse: bool = True
    use_cache: bool = True


class Verified(NamedTuple):
    """What came of it.

    Attributes:
        tier: of the change; empty where nobody asked.
        entries: one for each claim, in the order they are proven.
        errors: what could not be told.
        milliseconds: the tools' own time.
        is_empty: whether nothing changed.
    """

    tier: str
    entries: tuple[Entry, ...]
    errors: tuple[Diagnostic, ...] = ()
    milliseconds: int = 0
    is_empty: bool = False

    @property
    def _asked_for(self) -> list[Entry]:
        """Entries of claims that count: not those of a tool the repository does not have."""
        return [each for each in self.entries
                if not is_excused(each.item.claim, each.item.draft.reason_codes)]  # fmt: skip

    @property
    def next_command(self) -> str:
        """The one command that moves on the first claim that does not pass."""
        left = [each.item.draft for each in self._asked_for if each.item.result != PASS]
        return next((each.next_command for each in left if each.next_command), "")

    @property
    def exit_code(self) -> int:
        """0, 1 or 3: 3 beats 1."""
        codes = {CODES[each.item.result] for each in self._asked_for}
        return max(max(codes, default=0), exit_code_of(self.errors))


def verify(asked: Asked, progress: Progress = silent) -> Verified:
    """Proves claims: runs what is not proven on this tree yet, and records it.

    Args:
        asked: what is asked for.
        progress: told what is under way.

    Returns:
        Each claim with its item.

    Raises:
        UsageError: there is no such claim, or the base is none.
        ConfigProblemsError: the configuration cannot be used.
        LedgerError: nothing can be recorded.
    """
    config = configuration_of(asked.root)
    bound = bound_of(config, asked.root)
    own = {slug: each.claim for slug, each in bound.items()}
    named = [claim_named(each, own).slug for each in asked.claims]
    options = Options(use_cache=asked.use_cache, base=asked.base)
    tiering = tier_of(asked.root, asked.base, options, progress)
    wanted = named or _wanted(asked, tiering, own)
    if not wanted:
        return Verified(tiering.tier, (), tiering.errors, is_empty=tiering.is_empty)
    found = discover(asked.root, exclude=config.project.exclude)
    project = Project(asked.root, config, Repository(asked.root, found.manifests, asked.base))
    prover = Prover(project, options, progress)
    with open_ledger(asked.root, create=True) as ledger:
        scope = Scope("" if named else tiering.tier, "", tiering.base)
        recorder = Recorder(asked.root, ledger, scope, loosened_by(asked.root, tiering.base))
        work = _Verification(asked, project, prover, recorder, progress)
        entries = work.prove(wanted, planned(wanted, project, prover, bound, tiering))
    errors = tiering.errors
    if named:
        needs_base = not OF_CHANGE.isdisjoint(named) and not tiering.base
        errors = tiering.errors if needs_base else ()
    tier = "" if named else tiering.tier
    return Verified(tier, tuple(entries), tuple(errors), work.milliseconds, tiering.is_empty)


def assert_claim(asked: Asked, command: Sequence[str], progress: Progress = silent) -> Verified:
    """Runs a command of the caller's own for a claim: recorded as asserted, it proves nothing.

    Args:
        asked: what is asked for, with one claim.
        command: its words.
        progress: told what is under way.
    """
    config = configuration_of(asked.root)
    own = {slug: each.claim for slug, each in bound_of(config, asked.root).items()}
    slug = claim_named(asked.claims[0], own).slug
    found = discover(asked.root, exclude=config.project.exclude)
    project = Project(asked.root, config, Repository(asked.root, found.manifests, asked.base))
    again = f"bylaw run {slug}"

    def judge(done: Seen) -> dict[str, Verdict]:
        early = broken_off(done, command[0])
        text = f"a command of your own ended with {done.last.exit_code}; it satisfies no gate"
        verdict = early or Verdict(NOT_VERIFIED, (), text, again)
        return {slug: verdict._replace(codes=(*verdict.codes, "asserted"), next_command=again)}

    tool = Tool(os.path.basename(command[0]), "")
    work = Work((slug,), tool, (Step(tuple(command)),), (), judge)
    progress(f"running {command[0]}")
    with open_ledger(asked.root, create=True) as ledger:
        before = take_tree(asked.root)
        done = perform(work, project, Runs(), before, ledger.blobs)
        environment = environment_for(project, recorded_variables(work, project))
        plan = plan_for(recorded_command(work, project), False, "", tool, environment)
        seen = Observed(plan, done.verdicts[slug], done.exit_code, done.steps[0].started,
                    done.steps[-1].ended, done.outputs, done.observed, Scope(), done.clock_back,
                    ASSERTED)  # fmt: skip
        after = take_tree(asked.root)
        item = ledger.append(draft_of(slug, seen, before, after, ledger.blobs, ledger))
    return Verified("", (Entry(item, NOW),), milliseconds=done.milliseconds)


def shown_of(verified: Verified) -> Shown:
    """What the reports show of it."""
    rows = tuple(Row(each.item.draft, each.item.id, each.seen) for each in verified.entries)
    return Shown(verified.tier, rows, verified.next_command, verified.errors, verified.is_empty)


def _wanted(asked: Asked, tiering: Tiering, own: Mapping[str, Claim]) -> list[str]:
    """The claims of a tier in their order; those of the team's documents hold for every change."""
    if asked.every:
        return [*EVERY, *sorted(own)]
    if not tiering.obligations:
        return []
    place = {claim: number for number, claim in enumerate((*EVERY, *ORDER))}
    obliged = sorted(tiering.obligations, key=lambda each: place.get(each, len(place)))
    return [*obliged, *sorted(own)]


class _Verification:
    """One call: runs what is not proven yet."""

    def __init__(
        self, asked: Asked, project: Project, prover: Prover, recorder: Recorder, progress: Progress
    ) -> None:
        self.asked, self.project, self.prover = asked, project, prover
        self.recorder, self.progress = recorder, progress
        self.milliseconds = 0
        self._plans: Mapping[str, Plan] = {}

    def prove(self, wanted: Sequence[str], what: Planned) -> list[Entry]:
        """An entry for each claim, in their order."""
        self._plans = what.plans
        if self.asked.reuse:
            self.recorder.reuse(what.plans)
        left = [each for each in dict.fromkeys(wanted) if each not in self.recorder.entries]
        # What forks does so before there are threads.
        self._answer([each for each in left if each in RULES])
        self._run([what.works[each] for each in left if each not in IN_PROCESS])
        self._measure([each for each in left if each in IN_PROCESS and each not in RULES])
        self.progress("")
        return [self.recorder.entries[each] for each in dict.fromkeys(wanted)]

    def _answer(self, claims: Sequence[str]) -> None:
        started = written_time(utc_now())
        for answer in self.prover.rules(claims):
            self._take_answer(answer, started)

    def _measure(self, claims: Sequence[str]) -> None:
        started = written_time(utc_now())
        for answers in self.prover.probes(claims):
            for answer in answers:
                self._take_answer(answer, started)
            started = written_time(utc_now())

    def _run(self, works: Sequence[Work | Refusal]) -> None:
        """Runs works, each of them once."""
        for each in works:
            if isinstance(each, Refusal):
                self.recorder.refuse(each, self._plans[each.claim])
        once = {id(each): each for each in works if isinstance(each, Work)}
        most = self.asked.jobs or max(2, available_processes())
        schedule = Schedule(self.project, self.recorder.ledger.blobs, most, self.progress)
        schedule.run(list(once.values()), self.recorder.tree, self._take)

    def _take(self, work: Work, done: Performed, before: Tree) -> Tree:
        self.milliseconds += done.milliseconds
        now = self.recorder.look()
        times = [moment for each in done.steps for moment in (each.started, each.ended)]
        for claim in work.claims:
            if claim not in self._plans or claim in self.recorder.entries:
                continue
            verdict = done.verdicts[claim]
            if work.remark:
                verdict = verdict._replace(message=f"{verdict.message} ({work.remark})")
            scope = self.recorder.scope._replace(paths=work.paths)
            seen = Observed(self._plans[claim], verdict, done.exit_code, times[0], times[-1],
                            done.outputs, done.observed, scope, done.clock_back)  # fmt: skip
            self.recorder.record(claim, seen, before)
        return now

    def _take_answer(self, answer: Answer, started: str) -> None:
        outputs: tuple[Output, ...] = ()
        if answer.document:
            outputs = (kept("other", answer.document, self.recorder.ledger.blobs, []),)
        before, _ = self.recorder.tree, self.recorder.look()
        code = CODES[answer.verdict.result]
        seen = Observed(self._plans[answer.claim], answer.verdict, code, started,
                        written_time(utc_now()), outputs, None, self.recorder.scope)  # fmt: skip
        self.recorder.record(answer.claim, seen, before)


def loosened_by(root: str, base: str) -> dict[str, list[Observation]]:
    """How a change loosens its own checks, by claim; nothing where there is no base."""
    from bylaw.probes.proof.change import change_between
    from bylaw.probes.proof.weakened import loosened_checks

    git = find_git(root)
    if git is None or not base:
        return {}
    try:
        change = change_between(git, base, "")
    except GitError:
        return {}
    found: dict[str, list[Observation]] = {}
    for check, each in sorted(loosened_checks(change)):
        for claim in LOOSENS[check]:
            found.setdefault(claim, []).append(each)
    return found
