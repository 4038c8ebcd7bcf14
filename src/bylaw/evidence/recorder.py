"""Keeps the items of one call: what is reused, what was observed now, and the tree meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bylaw.evidence.adapters.work import Refusal, Verdict
from bylaw.evidence.inputs.freshness import FRESH, Now, Plan, freshness_of
from bylaw.evidence.inputs.tree import Tree, take_tree
from bylaw.evidence.item import ASSERTED, FAIL, NOT_VERIFIED, Item, Scope
from bylaw.evidence.ledger.store import Ledger
from bylaw.evidence.recording import Seen, draft_of
from bylaw.evidence.running import utc_now, written_time
from bylaw.probes.outcome import Observation

NOW, REUSED = "observed-now", "reused"
OF_CHANGE = frozenset({
    "changed-tests-green", "secrets-clean", "generated-untouched", "conventions-kept", "red-green",
    "negative-path", "resilience",
})  # fmt: skip
"""Claims about a change: they depend on its base as well as on the tree."""


class Entry(NamedTuple):
    """One claim, and how it stands.

    Attributes:
        item: the item that proves it, or says why it is not proven.
        seen: ``observed-now`` or ``reused``.
    """

    item: Item
    seen: str


class Recorder:
    """What became of each claim so far.

    Args:
        root: absolute path of the root.
        ledger: where items are kept.
        scope: what everything is run for.
        loosened: how the change loosens its own checks, by claim.

    Attributes:
        ledger: where items are kept.
        scope: what everything is run for.
        tree: the tree as it was last looked at.
        entries: what became of each claim so far.
    """

    def __init__(
        self, root: str, ledger: Ledger, scope: Scope, loosened: Mapping[str, Sequence[Observation]]
    ) -> None:
        self.ledger, self.scope = ledger, scope
        self._root, self._loosened = root, loosened
        self.tree = take_tree(root)
        self.entries: dict[str, Entry] = {}

    def look(self) -> Tree:
        """Looks at the tree again."""
        self.tree = take_tree(self._root)
        return self.tree

    def reuse(self, plans: Mapping[str, Plan]) -> None:
        """Takes over what is proven on this tree already.

        Args:
            plans: what would be run, by claim.
        """
        items = {claim: self._newest(claim) for claim in plans}
        now = Now(written_time(utc_now()), plans)
        for each in freshness_of(items, self.tree, now, self.ledger.blobs):
            item = items[each.claim]
            if item is not None and each.state == FRESH and self._still_holds(item):
                self.entries[each.claim] = Entry(item, REUSED)

    def _newest(self, claim: str) -> Item | None:
        own = (each for each in self.ledger.history(claim) if each.draft.provenance != ASSERTED)
        return next(own, None)

    def _still_holds(self, item: Item) -> bool:
        """Whether an item on the same inputs is still the answer: its base may be another one."""
        draft = item.draft
        same_base = draft.scope.base == self.scope.base
        if draft.result == NOT_VERIFIED or (item.claim in OF_CHANGE and not same_base):
            return False
        if "CHECK-WEAKENED" in draft.reason_codes:
            return same_base
        return draft.result == FAIL or not self._loosened.get(item.claim)

    def refuse(self, refusal: Refusal, plan: Plan) -> None:
        """Records that nothing could be run; once, as long as nothing changes."""
        last = self._newest(refusal.claim)
        if last is not None and last.draft.message == refusal.message and (
            last.draft.inputs.whole == self.tree.whole
        ):  # fmt: skip
            self.entries[refusal.claim] = Entry(last, NOW)
            return
        now = written_time(utc_now())
        verdict = Verdict(NOT_VERIFIED, refusal.codes, refusal.message, refusal.next_command)
        seen = Seen(plan, verdict, None, now, now, (), None, self.scope)
        self.record(refusal.claim, seen, self.tree)

    def record(self, claim: str, seen: Seen, before: Tree) -> None:
        """Records what came of a claim.

        Args:
            claim: its slug.
            seen: what came of it.
            before: the tree when it began; it has been looked at since.
        """
        loosened = self._loosened.get(claim, ())
        draft = draft_of(claim, seen, before, self.tree, self.ledger.blobs, self.ledger, loosened)
        self.entries[claim] = Entry(self.ledger.append(draft), NOW)
