"""Where each clause stands: its status, derived from what exists, and the counts of a pack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
    status = _status(clause, known)
    told = [clause.why] if clause.why else []
    if status == "enforced":
        told += _options(clause, known)
    told += _plans(missing, known)
    return Standing(clause, status, "; ".join(told), missing)


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


def _options(clause: Clause, known: Known) -> Iterator[str]:
    """Names the options without which a clause is enforced in part only."""
    enough = [each for each in clause.by if known.is_built(each)]
    if all(each.kind == "option" for each in enough):
        needed = [each.name for each in enough or clause.parts if each.kind == "option"]
        if needed:
            yield f"with the option {', '.join(needed)}"


def _plans(missing: Sequence[Enforcer], known: Known) -> Iterator[str]:
    """What brings the enforcers that are missing."""
    by_issue: dict[str, list[str]] = {}
    for each in missing:
        plan = known.plan(each)
        by_issue.setdefault(plan.issue if plan else "", []).append(str(each))
    for issue, names in sorted(by_issue.items()):
        when = {LATER: "planned for later", "": "planned by nobody"}.get(issue)
        yield f"{when or f'planned with issue {issue}'}: {', '.join(names)}"
