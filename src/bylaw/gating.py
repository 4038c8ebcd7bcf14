"""From a change and the ledger to a verdict: everything is judged again each time."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from bylaw.analysis import Run, check_run
from bylaw.config import Config
from bylaw.errors import Diagnostic
from bylaw.evidence.adapters.project import Project
from bylaw.evidence.claim import CLAIMS
from bylaw.evidence.inputs.freshness import Freshness, Now, Plan, freshness_of
from bylaw.evidence.inputs.manifest import Elsewhere
from bylaw.evidence.inputs.tree import Tree, take_tree
from bylaw.evidence.item import Item
from bylaw.evidence.ledger import clock
from bylaw.evidence.ledger.checking import Checked, check_ledger
from bylaw.evidence.ledger.keys import trusted_keys
from bylaw.evidence.ledger.place import APPROVALS, FOLDER, TRUSTED, folder_of
from bylaw.evidence.ledger.problems import LedgerError
from bylaw.evidence.ledger.store import Ledger, open_ledger
from bylaw.gates.addons import ADVISORY, Addon, addon_reasons, named_addons
from bylaw.gates.answer import Answer, Approved
from bylaw.gates.approvals.applying import Applied, applied, stated
from bylaw.gates.approvals.keeping import Circumstances, Kept, read_approvals
from bylaw.gates.approvals.terms import Terms, terms_of
from bylaw.gates.matter import Matter
from bylaw.gates.quality_gates import CONCURRENT
from bylaw.gates.reason import Reason, reason
from bylaw.gates.scorecard import Scorecard, scorecard_of
from bylaw.gates.session_state import Rulebook
from bylaw.gates.standing import Standing
from bylaw.gates.standings import counting_items, standings_of
from bylaw.gates.touching import changed_lines, findings_on
from bylaw.gates.verdict import Verdict, verdict_of
from bylaw.installed import known_rules
from bylaw.linking import Progress, configuration_of
from bylaw.packs.own.document import Document
from bylaw.packs.own.enabled import enabled_documents
from bylaw.planning import bound_of, held_plans
from bylaw.proving import Prover
from bylaw.result import CheckResult
from bylaw.rules.repository import Repository
from bylaw.rules.selection import Options
from bylaw.source.discovery import discover
from bylaw.source.git import find_git, marks
from bylaw.staling import elsewhere_of, end_of, watched_beside
from bylaw.tiering import Tiering, tier_of
from bylaw.verifying import loosened_by

_CONFLICT = "pack-conflict"


class Asked(NamedTuple):
    """What the gate is asked.

    Attributes:
        root: absolute path of the root.
        base: revision the change is compared with; empty for the default.
        verify: the command that runs what is obliged, as the user would type it.
        approve: the beginning of the one that records an answer.
        now: UTC.
    """

    root: str
    base: str = ""
    verify: str = "bylaw verify"
    approve: str = "bylaw approve"
    now: str = ""


class Gated(NamedTuple):
    """An answer with what it rests on.

    Attributes:
        answer: the answer.
        items: items the claims rest on, by id.
        ages: what became of each, by claim.
        rulebooks: documents the verdict was made under.
        check: what the rules found.
        run: that run; None where it could not be made.
        tree: the tree that was judged.
        watched: files beside the tree that the answer depends on; None where it cannot be kept.
        ends: nanoseconds since 1970 at which it may become another one by itself.
    """

    answer: Answer
    items: Mapping[str, Item]
    ages: Mapping[str, Freshness]
    rulebooks: tuple[Rulebook, ...]
    check: CheckResult
    run: Run | None
    tree: Tree
    watched: frozenset[str] | None
    ends: tuple[int, ...]


class _Evidence(NamedTuple):
    """What the ledger says."""

    items: Mapping[str, Item | None]
    ages: Mapping[str, Freshness]
    standings: tuple[Standing, ...]
    elsewhere: frozenset[Elsewhere] = frozenset()
    ends: tuple[int, ...] = ()
    interpreter: str = ""


class _Seen(NamedTuple):
    """What was looked at before anything is judged."""

    config: Config
    tree: Tree
    tiering: Tiering
    check: CheckResult
    run: Run | None
    ledger: Checked
    evidence: _Evidence
    kept: tuple[Kept, ...]
    addons: tuple[Addon, ...]
    documents: tuple[Document, ...]


def gate_of(asked: Asked, progress: Progress) -> Gated:
    """Judges a change.

    Args:
        asked: what is asked.
        progress: told what is under way.

    Returns:
        The answer, with what it rests on.

    Raises:
        ConfigProblemsError: the configuration cannot be used.
    """
    seen = _look(asked._replace(now=asked.now or clock.now()), progress)
    lines = {each.path: changed_lines(each.before, each.after) for each in seen.tiering.change}
    found = findings_on(seen.check.findings, lines)
    held = applied(seen.evidence.standings, found, seen.kept)
    matter = _matter(asked, seen, held)
    verdict = verdict_of(matter)
    card = scorecard_of(matter, verdict.gates)
    answer = _answer(matter, verdict, card, seen)
    items = {each.id: each for each in seen.evidence.items.values() if each is not None}
    expiries = [clock.microseconds_of(each.expires) or 0 for each in seen.kept]
    ends = (*seen.evidence.ends, *(each * 1000 for each in expiries if each))
    return Gated(answer, items, seen.evidence.ages, _rulebooks(seen), seen.check, seen.run,
                 seen.tree, _watched(asked, seen), ends)  # fmt: skip


def _look(asked: Asked, progress: Progress) -> _Seen:
    root = asked.root
    config = configuration_of(root)
    terms = terms_of(config)
    documents = enabled_documents(config, root, known_rules().infos).documents
    options = Options(base=asked.base)
    progress("what changed")
    tiering = tier_of(root, asked.base, options, progress)
    check, run = check_run([root], options, progress)
    progress("what was seen")
    tree = take_tree(root)
    checked = check_ledger(root)
    bound = bound_of(config, root)
    obliged = [*tiering.obligations, *(sorted(bound) if tiering.obligations else [])]
    evidence = _Evidence({}, {}, tuple(Standing(claim, True) for claim in obliged))
    if not checked.findings:
        found = run.linked.discovery if run else discover(root, exclude=config.project.exclude)
        project = Project(root, config, Repository(root, found.manifests, asked.base))
        prover = Prover(project, options, progress, run.linked if run is not None else None)

        def plans_of(held: Mapping[str, Item]) -> Mapping[str, Plan]:
            return held_plans(held, project, prover, bound, tiering)

        loosened = {claim: sorted({each.path for each in found})
                    for claim, found in loosened_by(root, tiering.base).items()}  # fmt: skip
        evidence = _evidence(root, obliged, bound, tree, asked.now, plans_of, loosened)
        if evidence.ages:
            path = project.environment.interpreter.path
            evidence = evidence._replace(interpreter=path)
    kept = _approvals(root, terms, tree, asked.now)
    paths = [each.path for each in tree.files]
    addons = named_addons(root, paths, config.packs, [each.text for each in documents])
    return _Seen(config, tree, tiering, check, run, checked, evidence, kept, tuple(addons),
                 documents)  # fmt: skip


def _evidence(
    root: str, obliged: Sequence[str], bound: Iterable[str], tree: Tree, now: str,
    plans_of: Callable[[Mapping[str, Item]], Mapping[str, Plan]],
    loosened: Mapping[str, Sequence[str]],
) -> _Evidence:  # fmt: skip
    """Where claims stand by the ledger, which was checked before."""
    with open_ledger(root, create=False) as ledger:
        items = counting_items([*dict.fromkeys([*obliged, *CLAIMS, *bound])], ledger)
        held = {claim: item for claim, item in items.items() if item is not None}
        plans = plans_of(held)
        fresh = freshness_of(items, tree, Now(now, plans), ledger.blobs)
        ages = {each.claim: each for each in fresh}
        ends = tuple(end_of(item, plans.get(claim)) for claim, item in held.items())
        standings = standings_of(obliged, items, ages, ledger, loosened)
        return _Evidence(items, ages, standings, elsewhere_of(root, held, ledger), ends)


def _watched(asked: Asked, seen: _Seen) -> frozenset[str] | None:
    """Files beside the tree that the answer depends on; None where nothing says all of them."""
    if seen.check.errors or seen.run is None or seen.tree.restless or seen.tiering.errors:
        return None
    evidence = seen.evidence
    found = watched_beside(evidence.elsewhere, evidence.interpreter)
    git = find_git(asked.root)
    if found is None or git is None:
        return None
    found.update(marks(git, asked.base, frozenset({"tracked", "base"})))
    found.update(path for path, _ in seen.run.linked.discovery.watched)
    folder = os.path.join(asked.root, FOLDER)
    for name in (APPROVALS, TRUSTED, "blobs/sha256"):
        found.add(os.path.join(folder, name))
        found.update(glob.glob(f"{glob.escape(os.path.join(folder, name))}/*"))
    return frozenset(found)


def _approvals(root: str, terms: Terms, tree: Tree, now: str) -> tuple[Kept, ...]:
    """Approvals with their states; nobody's identity is asked where there is none."""
    with open_ledger(root, create=False) as ledger:
        circumstances = circumstances_of(ledger, terms, tree, now)
    return tuple(read_approvals(root, circumstances))


def circumstances_of(ledger: Ledger, terms: Terms, tree: Tree, now: str) -> Circumstances:
    """What approvals are held against.

    Args:
        ledger: of the repository.
        terms: of the configuration.
        tree: as it is.
        now: UTC.
    """
    try:
        trusted = frozenset(trusted_keys(folder_of(ledger.root)))
        repositories = ledger.identity().accepted
    except LedgerError:
        trusted, repositories = frozenset(), frozenset()
    digests = {each.path: each.digest for each in tree.files}
    return Circumstances(repositories, terms, trusted, digests, now)


def _matter(asked: Asked, seen: _Seen, held: Applied) -> Matter:
    tiering = seen.tiering
    blocks, advisory = addon_reasons(seen.addons)
    blocks = [*_of_ledger(seen.ledger), *_of_approvals(seen.kept), *blocks, *_conflicts(seen.check)]
    warnings = [*advisory, *_stale_approvals(seen.kept), *_undetermined(tiering, held.standings)]
    return Matter(
        tiering.tier, tiering.base, tiering.head, tiering.is_empty,
        tiering.reasons, _with_claims(held.standings, seen.addons), tuple(held.findings),
        tuple(_not_looked(seen.check)), held.notes, tuple(blocks), _unknown(tiering.errors),
        tuple(warnings), held.waived, asked.verify, asked.approve,
    )  # fmt: skip


def _with_claims(standings: Sequence[Standing], addons: Iterable[Addon]) -> tuple[Standing, ...]:
    """The standings, with the claims of advisory add-ons that are missing: not verified."""
    known = {each.claim for each in standings}
    missing = [claim for each in addons if each.kind == ADVISORY and not each.is_here
               for claim in each.claims if claim not in known]  # fmt: skip
    return (*standings, *(Standing(claim, False) for claim in dict.fromkeys(missing)))


def _of_ledger(checked: Checked) -> list[Reason]:
    """A ledger that does not check decides nothing, whatever else it holds."""
    by_code: dict[str, list[str]] = {}
    for each in checked.findings:
        by_code.setdefault(each.reason_code, []).append(each.item)
    steps = ("bylaw ledger check --full", "bring the ledger back, or move .bylaw away")
    stems = {"LEDGER-MISSING-BLOB": "BLOCKED-MISSING-EVIDENCE"}
    found = []
    for code, places in by_code.items():
        stem = stems.get(code, "BLOCKED-LEDGER-INVALID")
        signals = tuple(place for place in places if place)
        found.append(reason(f"{stem}:{code}", "ledger", signals, steps))
    return found


def _of_approvals(kept: Iterable[Kept]) -> list[Reason]:
    return [
        reason(f"BLOCKED-BAD-SIGNATURE:{each.id}", each.path, (each.problem,),
               (f"git log --oneline -- {each.path}", f"remove {each.path}, and approve again"))
        for each in kept
        if each.state == "altered"
    ]  # fmt: skip


def _stale_approvals(kept: Iterable[Kept]) -> list[Reason]:
    words = {"expired": "EXPIRED", "orphaned": "ORPHANED", "untrusted": "UNTRUSTED"}
    return [
        reason(f"WARN-WAIVER-{words[each.state]}:{each.id}", each.path, (each.problem,),
               (f"git rm {each.path}",))
        for each in kept
        if each.state in words
    ]  # fmt: skip


def _conflicts(check: CheckResult) -> list[Reason]:
    """Packs that contradict each other, as long as nobody has decided."""
    found = [each for each in check.findings if each.rule == _CONFLICT]
    return [
        reason("BLOCKED-AMBIGUOUS-PROFILE", each.path, (each.message,),
               ("bylaw explain pack-conflict", each.mend))
        for each in found[:1]
    ]  # fmt: skip


def _unknown(errors: Iterable[Diagnostic]) -> tuple[Reason, ...]:
    return tuple(
        reason("NOT_VERIFIED-CHANGE-UNKNOWN", each.path or "change", (each.message,),
               (each.hint or "git fetch --unshallow",))
        for each in errors
    )  # fmt: skip


def _not_looked(check: CheckResult) -> list[tuple[str, str]]:
    """Rules that could not look; an asterisk stands for all of them."""
    if check.errors:
        return [("*", check.errors[0].message)]
    return [(each.rule, each.reason) for each in check.not_verified]


def _undetermined(tiering: Tiering, standings: Iterable[Standing]) -> list[Reason]:
    found = []
    for each in tiering.reasons:
        code, _, text = each.why.partition(":")
        if code == "WARN-RISK-TIER-UNRESOLVED":
            found.append(reason(code, each.path or "change", (text.strip(),), ("bylaw tier",)))
    held = {each.claim: each for each in standings}
    proof = held.get("determinism")
    if {each.surface for each in tiering.reasons} & CONCURRENT and not (proof and proof.holds):
        steps = ("bylaw run determinism",)
        found.append(reason("WARN-PYTHON-ASYNC-DETERMINISM", "determinism", (), steps))
    return found


def _rulebooks(seen: _Seen) -> tuple[Rulebook, ...]:
    """Shipped packs and own documents that are enabled, and the add-ons they name."""
    from bylaw.packs.demands import NAMES

    shipped = [Rulebook("core", f"bylaw:{name}", "", "", False)
               for name in seen.config.packs if name in NAMES]  # fmt: skip
    own = [
        Rulebook("profile", each.path, _version(each.title), _digest(each.text), False)
        for each in seen.documents
    ]
    here = {each.path: each.digest for each in seen.tree.files}
    addons = [Rulebook(each.key, each.rulebook, "", here.get(each.rulebook, ""), True)
              for each in seen.addons if each.is_here]  # fmt: skip
    return (*shipped, *own, *addons)


def _version(title: str) -> str:
    """The version a heading names: ``Rulebook (v1.0)``."""
    words = title.replace("(", " ").replace(")", " ").split()
    return next((word[1:] for word in words if word[:1] == "v" and word[1:2].isdigit()), "")


def _digest(text: str) -> str:
    return f"sha256:{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _answer(matter: Matter, verdict: Verdict, card: Scorecard, seen: _Seen) -> Answer:
    approvals: tuple[Approved, ...] = tuple(map(stated, seen.kept))
    # That nothing was recorded yet is what the claims say themselves.
    errors = (each for each in seen.ledger.errors if each.code != "LEDGER-ABSENT")
    return Answer(matter, verdict, card, approvals, len(seen.tiering.change),
                  (*errors, *seen.check.errors))  # fmt: skip
