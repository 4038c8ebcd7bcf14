"""Items in the words of others: the Test Result predicate and SLSA's verification summary.

Each is signed by whoever exports: it retells an item of this ledger, which it names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bylaw.evidence.claim import PREFIX
from bylaw.evidence.item import NOT_VERIFIED, PASS, Item
from bylaw.evidence.ledger.canonical import canonical
from bylaw.evidence.ledger.digests import hexadecimal
from bylaw.evidence.ledger.envelope import Signer, sealed
from bylaw.evidence.ledger.formats import OURS, STATEMENT, SUMMARY, TEST_RESULT
from bylaw.evidence.ledger.statement import subjects_of

_TESTS = ("changed-tests-green", "tests-green", "red-green", "determinism", "negative-path")
_RESULTS = {"pass": "PASSED", "fail": "FAILED"}


def results_of_tests(items: list[Item], signer: Signer) -> Iterator[bytes]:
    """Envelopes of in-toto Test Results, for items about tests that came to an answer."""
    for item in items:
        if item.claim in _TESTS and item.result != NOT_VERIFIED:
            yield _sealed(item, TEST_RESULT, _test_result(item), signer)


def summaries(items: list[Item], signer: Signer, version: str) -> Iterator[bytes]:
    """Envelopes of SLSA verification summaries, for items about a clean git tree.

    Args:
        items: the newest of each claim.
        signer: who retells them.
        version: version of Bylaw.
    """
    for item in items:
        inputs = item.draft.inputs
        if inputs.tree and inputs.state == "clean" and item.result != NOT_VERIFIED:
            yield _sealed(item, SUMMARY, _summary(item, version), signer)


def newest(items: Iterator[Item]) -> list[Item]:
    """The newest item of each claim, in the order of the claims' names."""
    found = {item.claim: item for item in items}
    return [found[claim] for claim in sorted(found)]


def _sealed(item: Item, kind: str, predicate: dict[str, Any], signer: Signer) -> bytes:
    statement = {"_type": STATEMENT, "subject": subjects_of(item.draft.inputs),
                 "predicateType": kind, "predicate": predicate}  # fmt: skip
    return sealed(canonical(statement), signer)


def _descriptor(item: Item) -> dict[str, Any]:
    return {"name": item.id, "digest": {"sha256": hexadecimal(item.envelope)}}


def _test_result(item: Item) -> dict[str, Any]:
    return {
        "result": _RESULTS[item.result],
        "configuration": [_descriptor(item)],
        "url": f"bylaw:{PREFIX}{item.claim}",
    }


def _summary(item: Item, version: str) -> dict[str, Any]:
    level = f"BYLAW_{item.claim.upper().replace('-', '_')}"
    return {
        "verifier": {"id": OURS, "version": {"bylaw": version}},
        "timeVerified": f"{item.draft.ended[:19]}Z",
        "resourceUri": item.repository,
        "policy": {"uri": f"{OURS}/{PREFIX}{item.claim}"},
        "inputAttestations": [{"digest": {"sha256": hexadecimal(item.envelope)}}],
        "verificationResult": _RESULTS[item.result],
        "verifiedLevels": [level] if item.result == PASS else ["FAILED"],
        "slsaVersion": "1.0",
    }
