"""The verdict: one answer, one next command, everything else derived from the gates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bylaw.evidence.item import FAIL, NOT_VERIFIED
from bylaw.gates.matter import Matter
from bylaw.gates.quality_gates import GateResult, judged_gates
from bylaw.gates.reason import Reason, reason

READY, FIX, OPEN, BLOCKED = "ready-for-pr", "fix-required", "not-verified", "blocked"
EXIT_CODES = {READY: 0, FIX: 1, OPEN: 3, BLOCKED: 4}


class Verdict(NamedTuple):
    """What the gate says of a change.

    Attributes:
        verdict: ``ready-for-pr``, ``fix-required``, ``not-verified`` or ``blocked``.
        status: ``OK``, ``WARN``, ``NOT_VERIFIED`` or ``BLOCKED``.
        gates: what each gate says.
        reasons: why it is not ready, the most pressing first.
        warnings: what does not decide.
        next_command: the one command that moves it on; empty where it is ready.
    """

    verdict: str
    status: str
    gates: tuple[GateResult, ...]
    reasons: tuple[Reason, ...]
    warnings: tuple[Reason, ...]
    next_command: str

    @property
    def exit_code(self) -> int:
        """0, 1, 3 or 4, as EVIDENCE.md has them."""
        return EXIT_CODES[self.verdict]


def verdict_of(matter: Matter) -> Verdict:
    """The verdict on a change (EVIDENCE.md, the table of verdicts).

    Args:
        matter: what is judged.
    """
    gates = tuple(judged_gates(matter))
    failed = _reasons(gates, FAIL)
    missing = [*matter.unknown, *_reasons(gates, NOT_VERIFIED)]
    warnings = (*matter.warnings, *_warnings(matter))
    if matter.blocks:
        return _answer(BLOCKED, "BLOCKED", gates, matter.blocks, warnings, matter)
    if failed:
        return _answer(FIX, "BLOCKED", gates, (*failed, *missing), warnings, matter)
    if missing:
        return _answer(OPEN, "NOT_VERIFIED", gates, missing, warnings, matter)
    status = "WARN" if warnings or matter.waived else "OK"
    return Verdict(READY, status, gates, (), warnings, "")


def _answer(
    verdict: str, status: str, gates: tuple[GateResult, ...], reasons: Iterable[Reason],
    warnings: tuple[Reason, ...], matter: Matter,
) -> Verdict:  # fmt: skip
    found = tuple(_once(reasons))
    command = next((step for step in found[0].recovery_steps if step), matter.verify)
    if verdict == OPEN and not matter.unknown:
        # What is merely missing is run before anybody is asked about what ran and could not tell.
        command = next((each.recovery_steps[0] for each in found
                        if each.recovery_steps[:1] == (matter.verify,)), command)  # fmt: skip
    return Verdict(verdict, status, gates, found, warnings, command)


def _reasons(gates: Iterable[GateResult], result: str) -> list[Reason]:
    """Reasons of the gates with a result; a gate that fails lists its open ones after that."""
    return [each for gate in gates if gate.result == result for each in gate.reasons]


def _once(reasons: Iterable[Reason]) -> list[Reason]:
    """Each surface once: the gate that comes first in the table speaks for it."""
    seen: set[tuple[str, tuple[str, ...]]] = set()
    found = []
    for each in reasons:
        key = each.surface, each.signals_used
        if key not in seen:
            seen.add(key)
            found.append(each)
    return found


def _warnings(matter: Matter) -> list[Reason]:
    """Warnings of source 002 that follow from where claims stand, each with its recovery."""
    found = []
    types = matter.standing("types-clean")
    if types is not None and not types.holds and types.bare_codes & {
        "tool-missing", "tool-not-configured",
    }:  # fmt: skip
        steps = (types.next_command or matter.verify, "bylaw run types-clean")
        found.append(reason("WARN-PYTHON-TYPE-CHECK-SKIPPED", "types-clean", types.reason_codes,
                            steps))  # fmt: skip
    migrations = matter.standing("migrations-reversible")
    if migrations is not None and migrations.obliged and not migrations.holds:
        steps = ("add the way down", "bylaw run migrations-reversible")
        found.append(reason("WARN-PYTHON-MIGRATION-ROLLBACK-MISSING", "migrations-reversible",
                            migrations.reason_codes, steps))  # fmt: skip
    return found
