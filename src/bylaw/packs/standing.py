"""Where each clause stands: its status, derived from what exists, and the counts of a pack."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bylaw.packs.clause import STATUSES, STRENGTHS, Clause, Enforcer, Pack
from bylaw.packs.known import LATER, Known

# None of these ever counts as enforcement, whether it is there or not.
_APART = ("manual", "scaffold", "unenforced")

Coverage = dict[str, dict[str, int]]
"""Strength, or ``total`` -> status, or ``total`` -> number of clauses."""


class Standing(NamedTuple):
    """A clause as it stands today.

    Attributes:
        clause: the clause.
        status: one of ``STATUSES``.
        why: what is left open and why, with what brings the missing enforcers.
        missing: enforcers that do not exist yet.
    """

    clause: Clause
    status: str
    why: str
    missing: tuple[Enforcer, ...]


class PackStanding(NamedTuple):
    """A pack as it stands today.

    Attributes:
        pack: the pack.
        clauses: its clauses.
    """

    pack: Pack
    clauses: tuple[Standing, ...]

    @property
    def coverage(self) -> Coverage:
        """How many clauses of each strength have each status."""
        return coverage(self.clauses)


def standing_of(pack: Pack, known: Known) -> PackStanding:
    """Judges every clause of a pack by what exists."""
    return PackStanding(pack, tuple(judged(clause, known) for clause in pack.clauses))


def coverage(clauses: Iterable[Standing]) -> Coverage:
    """Counts clauses by strength and status; ``total`` counts over either."""
    columns = ("total", *STATUSES)
    counts = {strength: dict.fromkeys(columns, 0) for strength in (*STRENGTHS, "total")}
    for each in clauses:
        for strength in (each.clause.strength, "total"):
            counts[strength][each.status] += 1
            counts[strength]["total"] += 1
    return counts


def judged(clause: Clause, known: Known) -> Standing:
    """Judges one clause by what exists."""
    missing = tuple(
        each
        for each in clause.enforcers
        if each.kind not in ("manual", "unenforced") and not known.is_built(each)
    )
    return Standing(clause, _status(clause, known), _why(clause, missing, known), missing)


def _status(clause: Clause, known: Known) -> str:
    """One enforcer of ``by`` is enough; those of ``parts`` only when every one of them is built."""
    enough = [each for each in clause.by if each.kind not in _APART]
    shares = [each for each in clause.parts if each.kind not in _APART]
    if any(known.is_built(each) for each in enough):
        return "enforced"
    complete = len(shares) == len(clause.parts) and not clause.by
    built = [each for each in shares if known.is_built(each)]
    if built:
        return "enforced" if complete and len(built) == len(shares) else "partial"
    if enough or shares:
        return "planned"
    kinds = {each.kind for each in clause.enforcers}
    if "manual" in kinds:
        return "manual"
    if "scaffold" in kinds:
        shipped = any(each.kind == "scaffold" and known.is_built(each) for each in clause.enforcers)
        return "scaffold" if shipped else "planned"
    return "unenforced"


def _why(clause: Clause, missing: Sequence[Enforcer], known: Known) -> str:
    """The pack's reason, and after it what brings the enforcers that are missing."""
    by_issue: dict[str, list[str]] = {}
    for each in missing:
        plan = known.plan(each)
        issue = "nobody plans" if plan is None else plan.issue
        by_issue.setdefault(issue, []).append(str(each))
    told = [clause.why] if clause.why else []
    for issue, names in sorted(by_issue.items()):
        when = {LATER: "planned for later", "nobody plans": issue}.get(issue)
        told.append(f"{when or f'planned with issue {issue}'}: {', '.join(names)}")
    return "; ".join(told)
