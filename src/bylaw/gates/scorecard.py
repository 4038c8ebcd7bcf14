"""Scorecards: weighted trends of a change; they are printed, and never decide alone.

Scores are kept as thousandths, since signed records hold no floats.
"""

from __future__ import annotations

from typing import NamedTuple

from bylaw.evidence.item import NOT_VERIFIED, PASS
from bylaw.gates.matter import Matter
from bylaw.gates.quality_gates import NOT_APPLICABLE, GateResult

THRESHOLDS = {"TIER-LOW": 800, "TIER-MEDIUM": 850, "TIER-HIGH": 900}
"""What a change has to reach, by tier, in thousandths."""


class Criterion(NamedTuple):
    """One criterion.

    Attributes:
        key: its name.
        title: in words.
        weight: 2, 3 or 5.
        critical: whether nothing compensates for its failing.
        gates: gates it is read from.
    """

    key: str
    title: str
    weight: int
    critical: bool
    gates: tuple[str, ...]


CRITERIA = (
    Criterion("PRINCIPAL-QUALITY-CLAIMS-EVIDENCED", "quality claims are evidenced", 5, True,
              ("BuildEvidence", "PYPH2-FAIL-01")),
    Criterion("PRINCIPAL-DETERMINISM-AND-TEST-RIGOR", "determinism and rigour of tests", 5, True,
              ("PQG-4", "PYPH2-FAIL-02", "PYPH2-FAIL-05")),
    Criterion("PRINCIPAL-ROLLBACK-OR-RECOVERY-READY", "rollback or recovery is ready", 5, True,
              ("PQG-5", "PYPH2-FAIL-03")),
    Criterion("BUILD-CLEAN", "lint, format and types", 3, False, ("PQG-1",)),
    Criterion("CONTRACT-KEPT", "the contract is kept", 3, True, ("PQG-2", "PYPH2-FAIL-04")),
    Criterion("OPERATION-READY", "logging, security and start", 3, False, ("PQG-6",)),
    Criterion("BOUNDARIES-KEPT", "layers and boundaries", 2, False, ("PQG-3",)),
)  # fmt: skip


class Score(NamedTuple):
    """One criterion, scored.

    Attributes:
        criterion: which.
        result: ``pass``, ``fail``, ``not-verified`` or ``not-applicable``.
    """

    criterion: Criterion
    result: str


class Scorecard(NamedTuple):
    """All criteria of a change.

    Attributes:
        tier: of the change.
        scores: each criterion.
    """

    tier: str
    scores: tuple[Score, ...]

    @property
    def weight(self) -> int:
        """Weight of the criteria that apply."""
        return sum(each.criterion.weight for each in self.scores
                   if each.result != NOT_APPLICABLE)  # fmt: skip

    @property
    def reached(self) -> int:
        """Thousandths of that weight whose criteria passed; 1000 where none applies."""
        passed = sum(each.criterion.weight for each in self.scores if each.result == PASS)
        return passed * 1000 // self.weight if self.weight else 1000

    @property
    def threshold(self) -> int:
        """What the tier asks for, in thousandths."""
        return THRESHOLDS[self.tier]

    @property
    def critical(self) -> tuple[str, ...]:
        """Critical criteria that did not pass; no score compensates for them."""
        return tuple(
            each.criterion.key
            for each in self.scores
            if each.criterion.critical and each.result not in (PASS, NOT_APPLICABLE)
        )

    @property
    def is_reached(self) -> bool:
        """Whether the threshold is reached and no critical criterion is short."""
        return self.reached >= self.threshold and not self.critical

    @property
    def is_complete(self) -> bool:
        """Whether every criterion that applies has something to go by."""
        return all(each.result != NOT_VERIFIED for each in self.scores)

    def entry(self) -> dict[str, object]:
        """The object of a document; scores are thousandths."""
        return {
            "tier": self.tier, "score": self.reached, "threshold": self.threshold,
            "reached": self.is_reached, "critical": list(self.critical),
            "criteria": [
                {"key": each.criterion.key, "title": each.criterion.title,
                 "weight": each.criterion.weight, "critical": each.criterion.critical,
                 "result": each.result}
                for each in self.scores
            ],
        }  # fmt: skip


def scorecard_of(matter: Matter, gates: tuple[GateResult, ...]) -> Scorecard:
    """The scorecard of a change.

    Args:
        matter: what is judged.
        gates: what each gate says.
    """
    results = {each.id: each.result for each in gates}
    scores = tuple(Score(each, _joined([results[gate] for gate in each.gates]))
                   for each in CRITERIA)  # fmt: skip
    return Scorecard(matter.tier, scores)


def _joined(results: list[str]) -> str:
    """The worst of several results; what does not apply says nothing."""
    for each in ("fail", NOT_VERIFIED, PASS):
        if each in results:
            return each
    return NOT_APPLICABLE
