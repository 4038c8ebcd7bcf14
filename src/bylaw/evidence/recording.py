"""From what was run to an item: what else keeps a result from being a pass, and the draft."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from bylaw.evidence.adapters.installing import locks_digest
from bylaw.evidence.adapters.project import Project
from bylaw.evidence.adapters.work import Verdict
from bylaw.evidence.inputs.freshness import Plan
from bylaw.evidence.inputs.inputs import inputs_of
from bylaw.evidence.inputs.manifest import read_manifest
from bylaw.evidence.inputs.observing import Observed
from bylaw.evidence.inputs.tree import Tree, changed_between
from bylaw.evidence.item import (
    FAIL,
    HERE,
    NOT_VERIFIED,
    PASS,
    Draft,
    Environment,
    Inputs,
    Item,
    Output,
    Scope,
    Tool,
)
from bylaw.evidence.ledger.blobs import Blobs
from bylaw.evidence.ledger.redaction import redacted_text, redacted_variables
from bylaw.probes.outcome import Observation

LOOSENS: Mapping[str, tuple[str, ...]] = {
    "lint": ("lint-clean",), "format": ("format-clean",), "types": ("types-clean",),
    "coverage": ("coverage-floor",),
    "tests": ("tests-green", "changed-tests-green", "coverage-floor"),
}  # fmt: skip
"""Claims whose checker a change can loosen."""
_LOOKED_BACK = 50


class Seen(NamedTuple):
    """What came of one claim, before it is judged against the tree, the clock and the ledger.

    Attributes:
        plan: what was run.
        verdict: what its own words say.
        exit_code: of the process; None where none was started or it was killed.
        started: UTC.
        ended: UTC.
        outputs: what it left, stored.
        observed: what it looked at; None where nobody watched.
        scope: what it was run for.
        clock_back: whether the clock went backwards meanwhile.
        provenance: ``observed-here`` or ``asserted``.
    """

    plan: Plan
    verdict: Verdict
    exit_code: int | None
    started: str
    ended: str
    outputs: tuple[Output, ...]
    observed: Observed | None
    scope: Scope
    clock_back: bool = False
    provenance: str = HERE


class History(Protocol):
    """The items of a ledger."""

    def history(self, claim: str) -> Iterable[Item]:
        """Items of a claim, newest first."""


def environment_for(project: Project, variables: Iterable[tuple[str, str]]) -> Environment:
    """The environment as items have it."""
    own = project.environment
    shown = tuple(sorted(redacted_variables(variables)))
    return Environment(own.python, own.platform, locks_digest(project.repository), shown)


def plan_for(
    command: Sequence[str], shell: bool, cwd: str, tool: Tool, environment: Environment,
    pack: str = "", oldest: int = 0,
) -> Plan:  # fmt: skip
    """What would be run, its words without secrets, as items have them."""
    words = tuple(map(redacted_text, command))
    return Plan(words, shell, cwd, tool, environment, pack, oldest)


def draft_of(
    claim: str, seen: Seen, before: Tree, after: Tree, blobs: Blobs, ledger: History,
    loosened: Sequence[Observation] = (),
) -> Draft:  # fmt: skip
    """The item to be, judged against everything beside the tool's own words.

    Args:
        claim: its slug.
        seen: what came of it.
        before: the tree when it began.
        after: the tree when it had ended.
        blobs: where the manifest is kept.
        ledger: what was seen before.
        loosened: how the change loosens what checks this claim.
    """
    inputs = inputs_of(before, seen.observed, blobs)
    verdict = _steady(claim, seen, before, after)
    verdict = _strict(verdict, seen.scope.base, loosened)
    verdict = _agreed(claim, verdict, seen, inputs, ledger, blobs)
    plan = seen.plan
    # A clock that went backwards is a reason code; the ledger takes no times in that order.
    ended = max(seen.started, seen.ended)
    return Draft(
        claim, plan.command, plan.shell, plan.cwd, seen.exit_code, seen.started, ended,
        verdict.result, tuple(sorted(set(verdict.codes))), verdict.message, verdict.next_command,
        verdict.counts, plan.tool, inputs, plan.environment, seen.outputs, seen.scope,
        seen.provenance, plan.pack, plan.oldest,
    )  # fmt: skip


def _steady(claim: str, seen: Seen, before: Tree, after: Tree) -> Verdict:
    """Nothing counts where the tree or the clock did not stand still."""
    verdict = seen.verdict
    again = f"bylaw run {claim}"
    if seen.clock_back:
        text = "the clock went backwards while it ran"
        verdict = Verdict(NOT_VERIFIED, (*verdict.codes, "clock"), text, again, verdict.counts)
    looked_at = seen.observed.paths if seen.observed is not None else None
    # That a file comes or goes counts for every set of inputs.
    names = {each.path for each in before.files} ^ {each.path for each in after.files}
    touched = [path for path in (*changed_between(before, after), *before.restless)
               if looked_at is None or path in looked_at or path in names]  # fmt: skip
    if touched:
        more = f" and {len(touched) - 1} more" if len(touched) > 1 else ""
        text = f"{touched[0]}{more} changed while it ran"
        codes = (*verdict.codes, "tree-changed")
        verdict = Verdict(NOT_VERIFIED, codes, text, again, verdict.counts)
    return verdict


def _strict(verdict: Verdict, base: str, loosened: Sequence[Observation]) -> Verdict:
    """A check that the change itself loosens is not passed by passing it."""
    if verdict.result != PASS or not loosened:
        return verdict
    first = loosened[0]
    more = f" (and {len(loosened) - 1} more)" if len(loosened) > 1 else ""
    text = f"the change loosens this check: {first.path}:{first.line}: {first.what}{more}"
    command = f"git diff {base[:12] or 'HEAD'} -- {shlex.quote(first.path)}"
    return Verdict(FAIL, ("CHECK-WEAKENED",), text[:300], command, verdict.counts)


def _agreed(
    claim: str, verdict: Verdict, seen: Seen, inputs: Inputs, ledger: History, blobs: Blobs
) -> Verdict:
    """A result that differs from an earlier one on the same inputs is no answer."""
    if verdict.result == NOT_VERIFIED or claim == "determinism":
        return verdict
    other = None
    for item in _recent(ledger, claim):
        draft = item.draft
        same = _are_same(draft.inputs, inputs, blobs)
        plan = draft.command, draft.cwd, draft.tool, draft.environment
        if not same or plan != (seen.plan.command, seen.plan.cwd, seen.plan.tool,
                                seen.plan.environment):  # fmt: skip
            continue
        if _told(draft) not in (verdict.result, ""):
            other = item
            break
    if other is None or _explained(ledger, inputs, other):
        return verdict
    codes = (*verdict.codes, "flaky")
    if verdict.result == FAIL:
        text = f"{verdict.message}; {other.id} was another result on the same inputs"
        return verdict._replace(codes=codes, message=text)
    text = f"{other.id} was another result on the same inputs: it is flaky"
    return Verdict(NOT_VERIFIED, codes, text, "bylaw run determinism", verdict.counts)


def _are_same(one: Inputs, other: Inputs, blobs: Blobs) -> bool:
    """Whether two runs saw the same: the tree, and what both looked at beside it.

    A run that fails opens other files than one that passes, so the sets need not be the same.
    """
    if one.digest == other.digest:
        return True
    if one.whole != other.whole:
        return False
    before, after = (
        {(each.kind, each.path): each.digest
         for each in read_manifest(blobs.get(inputs.manifest)).elsewhere}
        for inputs in (one, other)
    )  # fmt: skip
    return all(after[key] == digest for key, digest in before.items() if key in after)


def _recent(ledger: History, claim: str) -> Iterable[Item]:
    for number, item in enumerate(ledger.history(claim)):
        if number >= _LOOKED_BACK:
            return
        yield item


def _told(draft: Draft) -> str:
    """The result of an item as its tool told it; empty where it told none."""
    if draft.result == FAIL and "CHECK-WEAKENED" in draft.reason_codes:
        return PASS
    if draft.result == NOT_VERIFIED and "flaky" in draft.reason_codes:
        return PASS
    return draft.result if draft.result != NOT_VERIFIED else ""


def _explained(ledger: History, inputs: Inputs, other: Item) -> bool:
    """Whether a run under other conditions, after the other result, found nothing flaky."""
    for item in _recent(ledger, "determinism"):
        later = item.draft.started > other.draft.ended
        return later and item.result == PASS and item.draft.inputs.whole == inputs.whole
    return False
