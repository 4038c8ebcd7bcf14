"""What active approvals do to claims and findings; whatever they stand in for stays visible."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bylaw.finding import Finding
from bylaw.gates.answer import Approved
from bylaw.gates.approvals.approval import Approval
from bylaw.gates.approvals.keeping import ACTIVE, Kept
from bylaw.gates.standing import Standing
from bylaw.gates.standings import excused


class Applied(NamedTuple):
    """What is left to be judged.

    Attributes:
        standings: with the name of the approval that stands in for a claim.
        findings: those nobody answers for.
        notes: subjects of notes that were written for this change.
        waived: whether anything was waived.
    """

    standings: tuple[Standing, ...]
    findings: tuple[Finding, ...]
    notes: frozenset[str]
    waived: bool


def applied(
    standings: Iterable[Standing], findings: Sequence[Finding], kept: Iterable[Kept]
) -> Applied:
    """Applies the approvals that count.

    Args:
        standings: where claims stand.
        findings: those the change answers for.
        kept: every approval.
    """
    active = [(each.id, each.approval) for each in kept
              if each.state == ACTIVE and each.approval is not None]  # fmt: skip
    marks = {(approval.subject, mark) for _, approval in active for mark in approval.marks}
    left = tuple(each for each in findings if (each.rule, each.fingerprint) not in marks)
    held = tuple(_held(each, active) for each in standings)
    notes = frozenset(approval.subject for _, approval in active
                      if approval.subject.startswith("note/"))  # fmt: skip
    waived = len(left) < len(findings) or any(each.waived for each in held)
    return Applied(held, left, notes, waived)


def _held(standing: Standing, active: Iterable[tuple[str, Approval]]) -> Standing:
    """A claim, with the approval that stands in for it where it does not hold by itself."""
    if standing.holds:
        return standing
    wanted = {f"claim/{standing.claim}"}
    if "CHECK-WEAKENED" in standing.bare_codes:
        wanted.add(f"check-weakened/{standing.claim}")
    for name, approval in active:
        if approval.subject.startswith("check-weakened/") and approval.subject in wanted:
            return _unloosened(standing, name)
        if approval.subject in wanted:
            return standing._replace(waived=name)
    return standing


def _unloosened(standing: Standing, name: str) -> Standing:
    """A claim whose loosened check was approved: what the check said then counts."""
    codes = tuple(each for each in standing.reason_codes
                  if each.partition(":")[0] != "CHECK-WEAKENED")  # fmt: skip
    bare = excused(standing._replace(reason_codes=codes))
    if bare.recorded != "fail" or codes:
        return bare
    return bare._replace(waived=name)


def stated(kept: Kept) -> Approved:
    """An approval, as reports show it."""
    approval = kept.approval
    if approval is None:
        return Approved(kept.id, "", kept.path, kept.problem, "", "", kept.state)
    return Approved(
        kept.id, approval.subject, approval.about, approval.reason, approval.approver,
        kept.expires[:10], kept.state,
    )  # fmt: skip
