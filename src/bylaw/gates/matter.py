"""What the gate judges: the change, where its claims stand, and what the rules found on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bylaw.finding import Finding
from bylaw.gates.reason import Reason
from bylaw.gates.standing import Standing
from bylaw.gates.tier.surfaces import Touched


class Matter(NamedTuple):
    """Everything a verdict rests on.

    Attributes:
        tier: ``TIER-LOW``, ``TIER-MEDIUM`` or ``TIER-HIGH``.
        base: commit the change starts from; empty where it is unknown.
        head: commit it ends in; empty for the work tree.
        is_empty: whether nothing changed.
        touched: surfaces of the change.
        standings: obliged claims and those with evidence, in the order they are run.
        findings: errors and warnings on changed lines and on what they reach, not waived.
        not_looked: rules that could not look, with what they lacked.
        notes: subjects of the answers that were recorded for this change.
        blocks: why the tool may not decide.
        unknown: why the change could not be determined.
        warnings: what does not decide, and should be known.
        waived: whether an approval stands in for anything.
        verify: the command that runs what is obliged.
        approve: how a command begins that records an answer.
    """

    tier: str
    base: str
    head: str
    is_empty: bool
    touched: tuple[Touched, ...]
    standings: tuple[Standing, ...]
    findings: tuple[Finding, ...] = ()
    not_looked: tuple[tuple[str, str], ...] = ()
    notes: frozenset[str] = frozenset()
    blocks: tuple[Reason, ...] = ()
    unknown: tuple[Reason, ...] = ()
    warnings: tuple[Reason, ...] = ()
    waived: bool = False
    verify: str = "bylaw verify"
    approve: str = "bylaw approve"

    @property
    def surfaces(self) -> frozenset[str]:
        """Names of the surfaces."""
        return frozenset(each.surface for each in self.touched)

    def standing(self, claim: str) -> Standing | None:
        """Where a claim stands; None where it is neither obliged nor has evidence."""
        return next((each for each in self.standings if each.claim == claim), None)

    def about(self, claims: Iterable[str]) -> list[Standing]:
        """Those of the claims that are obliged or have evidence, in the order they are run."""
        wanted = frozenset(claims)
        return [each for each in self.standings if each.claim in wanted]
