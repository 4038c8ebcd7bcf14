"""What ``bylaw gate`` answers, as every report of it starts from."""

from __future__ import annotations

from typing import NamedTuple

from bylaw.errors import Diagnostic
from bylaw.gates.matter import Matter
from bylaw.gates.scorecard import Scorecard
from bylaw.gates.verdict import Verdict


class Approved(NamedTuple):
    """An approval, as reports show it.

    Attributes:
        id: its name.
        subject: rule, claim, note or clause it is about.
        scope: what of it, in words.
        reason: why, in the approver's words.
        approver: who.
        expires: UTC date on which it runs out.
        state: ``active``, ``expired``, ``orphaned``, ``untrusted`` or ``altered``.
    """

    id: str
    subject: str
    scope: str
    reason: str
    approver: str
    expires: str
    state: str


class Answer(NamedTuple):
    """One answer.

    Attributes:
        matter: what was judged.
        verdict: on it.
        card: its scorecard.
        approvals: those that bear on this repository, in every state.
        files: number of changed files.
        errors: what kept it from looking.
    """

    matter: Matter
    verdict: Verdict
    card: Scorecard
    approvals: tuple[Approved, ...] = ()
    files: int = 0
    errors: tuple[Diagnostic, ...] = ()
