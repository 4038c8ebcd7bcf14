"""What the ledger does not take: a draft that could not stand for what it says."""

from __future__ import annotations

from bylaw.evidence.item import ASSERTED, BY_CI, FAIL, HERE, NOT_VERIFIED, PASS, Draft
from bylaw.evidence.ledger.blobs import Blobs
from bylaw.evidence.ledger.canonical import UnreadableError, refuse_floats
from bylaw.evidence.ledger.clock import SLACK, microseconds_of
from bylaw.evidence.ledger.digests import is_digest
from bylaw.evidence.ledger.envelope import Signer
from bylaw.evidence.ledger.problems import RefusedDraftError
from bylaw.evidence.ledger.redaction import redacted_text, redacted_variables
from bylaw.evidence.ledger.statement import blobs_of


def accepted(draft: Draft, blobs: Blobs, signer: Signer) -> Draft:
    """The draft as it is recorded: pairs sorted, secrets out of its words, provenance by the key.

    Raises:
        RefusedDraftError: it is not recorded.
    """
    _require_words(draft)
    _require_content(draft, blobs)
    provenance = draft.provenance
    if provenance == HERE and signer.is_ci:
        provenance = BY_CI
    if provenance == BY_CI and not signer.is_ci:
        raise RefusedDraftError("only a run under BYLAW_SIGNING_KEY is observed by CI")
    return draft._replace(
        provenance=provenance,
        command=tuple(map(redacted_text, draft.command)),
        message=redacted_text(draft.message),
        next_command=redacted_text(draft.next_command),
        counts=tuple(sorted(draft.counts)),
        environment=draft.environment._replace(
            variables=tuple(sorted(redacted_variables(draft.environment.variables)))
        ),
    )


def require_times(started: str, ended: str, now: int) -> None:
    """Raise where an item's times cannot be.

    Args:
        started: as the draft says.
        ended: as the draft says.
        now: microseconds since 1970.

    Raises:
        RefusedDraftError: they are no times, backwards, or to come; its reason is ``clock``.
    """
    begin, end = microseconds_of(started), microseconds_of(ended)
    if begin is None or end is None:
        raise RefusedDraftError("a time is not written as 2026-11-21T21:40:00.123456Z",
                                reason="clock")  # fmt: skip
    if end < begin:
        raise RefusedDraftError("it ended before it began: the clock went backwards",
                                reason="clock", hint="run it again")  # fmt: skip
    if end > now + SLACK:
        raise RefusedDraftError("it ended at a time that is still to come", reason="clock",
                                hint="set the clock, and run it again")  # fmt: skip


def _require_words(draft: Draft) -> None:
    try:
        refuse_floats(draft)
    except UnreadableError as error:
        raise RefusedDraftError(error.message, reason=error.reason) from None
    if draft.result not in (PASS, FAIL, NOT_VERIFIED):
        raise RefusedDraftError(f"no such result: {draft.result!r}")
    if draft.result == PASS and draft.reason_codes:
        raise RefusedDraftError("a pass has no reason codes")
    if draft.provenance not in (HERE, BY_CI, ASSERTED):
        raise RefusedDraftError(f"nothing that is run here is {draft.provenance!r}",
                                hint="bylaw ledger import FILE --key PUB")  # fmt: skip
    if not draft.claim or draft.claim.startswith("claim/"):
        raise RefusedDraftError(f"no slug of a claim: {draft.claim!r}")
    for pairs in (draft.counts, draft.environment.variables):
        if len(dict(pairs)) != len(pairs):
            raise RefusedDraftError("a name is given twice", reason="LEDGER-DUPLICATE-KEY")


def _require_content(draft: Draft, blobs: Blobs) -> None:
    inputs = draft.inputs
    for digest in (inputs.digest, inputs.whole, *blobs_of(draft)):
        if not is_digest(digest):
            raise RefusedDraftError(f"no digest: {digest[:80]!r}")
    for digest in blobs_of(draft):
        if not blobs.holds(digest):
            raise RefusedDraftError(f"names content that is not stored: {digest}",
                                    reason="LEDGER-BLOB-MISSING")  # fmt: skip
