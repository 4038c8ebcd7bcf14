"""Where a claim stands: its newest evidence, and whether that still speaks of this tree."""

from __future__ import annotations

from typing import NamedTuple

from bylaw.evidence.item import FAIL, NOT_VERIFIED, PASS

FRESH, STALE, ABSENT = "fresh", "stale", "absent"

CRITICAL = frozenset(
    {"changed-tests-green", "tests-green", "contract-compatible", "migrations-reversible",
     "secrets-clean", "negative-path", "resilience"}
)  # fmt: skip
"""Claims without which nothing is known about behaviour, contract, data or security."""


class Standing(NamedTuple):
    """One claim, as the gate sees it.

    Attributes:
        claim: its slug.
        obliged: whether the change obliges it.
        recorded: result of the newest item that counts; empty without one.
        evidence: its id; empty without one.
        freshness: ``fresh``, ``stale`` or ``absent``.
        provenance: of the item; empty without one.
        reason_codes: of the item.
        message: what the item says, or what made it stale.
        next_command: what would move it on.
        flaky: whether runs on the same inputs disagree and nothing explains it.
        waived: identity of the approval that stands in for it; empty without one.
    """

    claim: str
    obliged: bool
    recorded: str = ""
    evidence: str = ""
    freshness: str = ABSENT
    provenance: str = ""
    reason_codes: tuple[str, ...] = ()
    message: str = ""
    next_command: str = ""
    flaky: bool = False
    waived: str = ""

    @property
    def result(self) -> str:
        """``pass``, ``fail`` or ``not-verified``: what is stale or asserted proves nothing."""
        if self.flaky:
            return FAIL
        if self.freshness != FRESH or self.provenance == "asserted":
            return NOT_VERIFIED
        if "CHECK-WEAKENED" in self.bare_codes:
            return FAIL
        return self.recorded or NOT_VERIFIED

    @property
    def holds(self) -> bool:
        """Whether it passed, or somebody answers for it."""
        return bool(self.waived) or self.result == PASS

    @property
    def bare_codes(self) -> frozenset[str]:
        """Reason codes without their keys."""
        return frozenset(each.partition(":")[0] for each in self.reason_codes)

    def entry(self) -> dict[str, object]:
        """The object that stands in ``claims[]``."""
        return {
            "claim": f"claim/{self.claim}", "result": self.result, "evidence": self.evidence,
            "freshness": self.freshness, "provenance": self.provenance,
        }  # fmt: skip
