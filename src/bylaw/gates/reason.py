"""Reasons: why a gate says what it says, in registered codes (EVIDENCE.md, "Gates and verdict")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from bylaw.errors import UsageError
from bylaw.evidence.reason_codes import OF_ITEMS, OF_LEDGER

MOST_STEPS = 3

OF_GATES: Mapping[str, str] = {
    "PQG-1": "lint, format or types are not green",
    "PQG-2": "the contract drifted without approval, or generated code was edited",
    "PQG-3": "a layer or boundary is broken, or a handler does too much",
    "PQG-4": "tests do not prove the change",
    "PQG-5": "a migration cannot be taken back, or its effect was not assessed",
    "PQG-6": "logging, security or authorisation got worse",
    "PYPH2-FAIL-01": "no evidence for a critical claim",
    "PYPH2-FAIL-02": "a change of the contract without negative-path proof",
    "PYPH2-FAIL-03": "a change of async code or persistence without resilience proof",
    "PYPH2-FAIL-04": "generated code was changed by hand",
    "PYPH2-FAIL-05": "flaky behaviour",
    "BuildEvidence": "a claim failed that no other gate is about",
    "NOT-APPLICABLE": "the change touches nothing this gate is about",
    "NOT_VERIFIED-MISSING-EVIDENCE": "nothing was run for this claim",
    "NOT_VERIFIED-EVIDENCE-STALE": "what was run no longer says anything about this tree",
    "NOT_VERIFIED-INCONCLUSIVE": "it was run, and could not tell",
    "NOT_VERIFIED-ASSERTED": "the only evidence is a command of the caller's own",
    "NOT_VERIFIED-CHANGE-UNKNOWN": "what changed could not be determined",
    "BLOCKED-MISSING-EVIDENCE": "evidence that was recorded is gone",
    "BLOCKED-MISSING-TEMPLATES": "the templates that a rulebook requires are not here",
    "BLOCKED-MISSING-ADDON": "an add-on that a rulebook requires is not here",
    "BLOCKED-AMBIGUOUS-PROFILE": "packs contradict each other and nobody has decided",
    "BLOCKED-LEDGER-INVALID": "the ledger does not check",
    "BLOCKED-BAD-SIGNATURE": "an approval was altered after it was signed",
    "WARN-RISK-TIER-UNRESOLVED": "the tier could not be told, so the highest counts",
    "WARN-PYTHON-MIGRATION-ROLLBACK-MISSING": "a migration without rollback evidence",
    "WARN-PYTHON-ASYNC-DETERMINISM": "an asynchronous path without deterministic tests",
    "WARN-PYTHON-TYPE-CHECK-SKIPPED": "no type checker ran",
    "WARN-PRINCIPAL-EVIDENCE-MISSING": "an advisory add-on is missing; its claims are not verified",
    "WARN-SCORECARD-CALIBRATION-INCOMPLETE": "a criterion of the scorecard has nothing to go by",
    "WARN-WAIVER-EXPIRED": "an approval has run out",
    "WARN-WAIVER-ORPHANED": "an approval is about something that is no longer there",
    "WARN-WAIVER-UNTRUSTED": "an approval was signed by nobody the configuration names",
}  # fmt: skip
"""Codes that the gate gives, with their meaning; a key may follow after a colon."""


class Reason(NamedTuple):
    """One reason.

    Attributes:
        reason_code: registered code, with or without ``:<key>``.
        surface: what it is about: a claim, a rule, a path or a surface of the change.
        signals_used: what it was told by: items, tools, findings.
        recovery_steps: one to three steps out of it, each a command or an edit.
    """

    reason_code: str
    surface: str
    signals_used: tuple[str, ...]
    recovery_steps: tuple[str, ...]

    def entry(self) -> dict[str, object]:
        """The object that stands in ``reasons[]``."""
        return {
            "reason_code": self.reason_code, "surface": self.surface,
            "signals_used": list(self.signals_used), "recovery_steps": list(self.recovery_steps),
        }  # fmt: skip


def reason(
    code: str, surface: str, signals: tuple[str, ...] = (), steps: tuple[str, ...] = ()
) -> Reason:
    """A reason whose code is known.

    Args:
        code: registered code, with or without ``:<key>``.
        surface: what it is about.
        signals: what it was told by.
        steps: ways out, the best first; more than three are cut.

    Raises:
        UsageError: no such code, or not in this case.
    """
    return Reason(registered(code), surface, signals, steps[:MOST_STEPS])


def meaning(code: str) -> str:
    """What a registered code stands for.

    Args:
        code: the code, with or without its key.
    """
    return {**OF_ITEMS, **OF_LEDGER, **OF_GATES}[code.partition(":")[0]]


def registered(code: str) -> str:
    """The code, if it is registered in exactly this spelling.

    Raises:
        UsageError: it is not; the hint names the one that differs in case only.
    """
    bare, colon, key = code.partition(":")
    known = {**OF_GATES, **OF_ITEMS, **OF_LEDGER}
    if bare in known and (key or not colon):
        return code
    same = [each for each in known if each.casefold() == bare.casefold() and each != bare]
    if same:
        hint = f"codes are case-sensitive: {same[0]}"
        raise UsageError(f"no such reason code: {code}", hint=hint)
    raise UsageError(f"no such reason code: {code}", hint="see docs/reason-codes.md")
