"""From the ledger to where each claim stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Protocol

from bylaw.evidence.item import ASSERTED, FAIL, PASS, Item
from bylaw.gates.standing import ABSENT, FRESH, STALE, Standing

WHEN_CONFIGURED = frozenset({"format-clean", "types-clean"})
"""Claims that source 002 asks for only where the repository has such a tool."""
_RECENT = 50


class Evidence(Protocol):
    """What is asked of a ledger."""

    def history(self, claim: str) -> Iterator[Item]:
        """Items of a claim, newest first."""


class Age(Protocol):
    """Whether an item still speaks of this tree."""

    @property
    def is_fresh(self) -> bool:
        """Whether nothing it depends on changed."""

    @property
    def cause(self) -> str:
        """The first thing that changed, in words; empty where it is fresh."""


def standings_of(
    obligations: Sequence[str], others: Iterable[str], evidence: Evidence,
    age_of: Callable[[Item], Age],
) -> list[Standing]:  # fmt: skip
    """Where claims stand: first those that are obliged, then the others that have evidence.

    Args:
        obligations: slugs of the claims the change obliges, in the order they are run.
        others: slugs of further claims.
        evidence: the ledger.
        age_of: says whether an item is fresh.
    """
    found = [_standing(claim, True, evidence, age_of) for claim in obligations]
    rest = [_standing(claim, False, evidence, age_of) for claim in others
            if claim not in obligations]  # fmt: skip
    return [*found, *(each for each in rest if each.freshness != ABSENT)]


def _standing(
    claim: str, obliged: bool, evidence: Evidence, age_of: Callable[[Item], Age]
) -> Standing:
    recent = list(islice(evidence.history(claim), _RECENT))
    item = _counting(recent)
    if item is None:
        return Standing(claim, obliged)
    draft, age = item.draft, age_of(item)
    unused = claim in WHEN_CONFIGURED and "tool-not-configured" in _bare(draft.reason_codes)
    return Standing(
        claim, obliged and not (unused and age.is_fresh), draft.result, item.id,
        FRESH if age.is_fresh else STALE, draft.provenance, draft.reason_codes,
        draft.message if age.is_fresh else age.cause, draft.next_command,
        age.is_fresh and is_flaky(item, recent, evidence),
    )  # fmt: skip


def _counting(recent: Sequence[Item]) -> Item | None:
    """The newest item; an assertion only where nothing was observed."""
    observed = [each for each in recent if each.draft.provenance != ASSERTED]
    return next(iter(observed or recent), None)


def _bare(codes: Iterable[str]) -> frozenset[str]:
    return frozenset(code.partition(":")[0] for code in codes)


def is_flaky(item: Item, recent: Sequence[Item], evidence: Evidence) -> bool:
    """Whether runs on the same inputs disagree, and nothing explains it (EVIDENCE.md).

    Args:
        item: the newest item of a claim.
        recent: its items, newest first.
        evidence: where a later run of ``determinism`` is looked for.
    """
    same = [each for each in recent if _key(each) == _key(item)]
    results = {each.result for each in same if each.result in (PASS, FAIL)}
    if len(results) < 2:
        return False
    last = max(each.draft.ended for each in same)
    explained = (
        each.result == PASS
        and each.draft.inputs.whole == item.draft.inputs.whole
        and each.draft.ended >= last
        for each in islice(evidence.history("determinism"), _RECENT)
    )
    return not any(explained)


def _key(item: Item) -> tuple[object, ...]:
    """What has to be equal for two runs to have to agree."""
    draft = item.draft
    return (draft.inputs.whole, draft.command, draft.tool, draft.environment, draft.provenance)
