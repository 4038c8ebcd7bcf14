"""From the ledger to where each claim stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Protocol

from bylaw.evidence.claim import is_excused
from bylaw.evidence.inputs.freshness import FRESH, Freshness
from bylaw.evidence.item import FAIL, PASS, Item, counting_item
from bylaw.gates.standing import Standing

_RECENT = 50


class Evidence(Protocol):
    """What is asked of a ledger."""

    def history(self, claim: str) -> Iterator[Item]:
        """Items of a claim, newest first."""


def counting_items(claims: Iterable[str], evidence: Evidence) -> dict[str, Item | None]:
    """The item of each claim that counts: the newest, an assertion only where nothing was observed.

    Args:
        claims: slugs.
        evidence: the ledger.
    """
    return {claim: counting_item(evidence.history(claim)) for claim in claims}


def standings_of(
    obligations: Sequence[str], items: Mapping[str, Item | None],
    freshness: Mapping[str, Freshness], evidence: Evidence, loosened: Mapping[str, Sequence[str]],
) -> tuple[Standing, ...]:  # fmt: skip
    """Where claims stand: first those that are obliged, then the others that have evidence.

    Args:
        obligations: slugs of the claims the change obliges, in the order they are run.
        items: the item of each claim that counts; None where there is none.
        freshness: of those items, by claim.
        evidence: the ledger.
        loosened: files in which the change loosens what checks a claim, by claim.
    """
    others = [claim for claim, item in items.items() if item is not None]
    wanted = dict.fromkeys([*obligations, *others])
    found = (
        _standing(claim, claim in obligations, items.get(claim), freshness.get(claim), evidence)
        for claim in wanted
    )
    return tuple(excused(_strict(each, loosened.get(each.claim, ()))) for each in found)


def excused(standing: Standing) -> Standing:
    """A claim that is asked for only where there is such a tool, and there is none."""
    unused = is_excused(standing.claim, standing.reason_codes)
    if not unused or standing.freshness != FRESH:
        return standing
    return standing._replace(obliged=False)


def _strict(standing: Standing, paths: Sequence[str]) -> Standing:
    """A claim whose check the change loosens, or takes away, is judged with that in mind."""
    if not paths or standing.freshness != FRESH or "CHECK-WEAKENED" in standing.bare_codes:
        return standing
    codes = (*standing.reason_codes, *(f"CHECK-WEAKENED:{path}" for path in paths))
    return standing._replace(reason_codes=codes)


def _standing(
    claim: str, obliged: bool, item: Item | None, age: Freshness | None, evidence: Evidence
) -> Standing:
    if item is None or age is None:
        return Standing(claim, obliged)
    draft, is_fresh = item.draft, age.state == FRESH
    shaky = is_fresh and is_flaky(item, _recent(claim, evidence), evidence)
    explained = "flaky" in draft.reason_codes and not shaky
    return Standing(
        claim, obliged, draft.result, item.id, age.state, draft.provenance,
        draft.reason_codes, draft.message if is_fresh else _cause(age),
        f"bylaw run {claim}" if explained else draft.next_command, shaky,
    )  # fmt: skip


def _cause(age: Freshness) -> str:
    first = age.causes[0]
    more = f" (and {len(age.causes) - 1} more)" if len(age.causes) > 1 else ""
    return f"{first.path or first.kind}: {first.detail}{more}"


def _recent(claim: str, evidence: Evidence) -> list[Item]:
    return list(islice(evidence.history(claim), _RECENT))


def is_flaky(item: Item, recent: Sequence[Item], evidence: Evidence) -> bool:
    """Whether runs on the same inputs disagree, and nothing explains it (EVIDENCE.md).

    Args:
        item: the newest item of a claim.
        recent: its items, newest first.
        evidence: where a later run of ``determinism`` is looked for.
    """
    same = [each for each in recent if _key(each) == _key(item)]
    results = {each.result for each in same if each.result in (PASS, FAIL)}
    if len(results) < 2 and not any("flaky" in each.draft.reason_codes for each in same):
        return False
    last = max(each.draft.ended for each in same)
    explained = (
        each.result == PASS
        and each.draft.inputs.whole == item.draft.inputs.whole
        and each.draft.ended >= last
        for each in _recent("determinism", evidence)
    )
    return not any(explained)


def _key(item: Item) -> tuple[object, ...]:
    """What has to be equal for two runs to have to agree."""
    draft = item.draft
    return (draft.inputs.whole, draft.command, draft.tool, draft.environment, draft.provenance)
