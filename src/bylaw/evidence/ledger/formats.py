"""Names of what is signed: they tell formats apart, and nothing is asked at these addresses."""

from __future__ import annotations

# bylaw: ignore[hardcoded-url] the beginning of names, the same wherever Bylaw runs
OURS = "https://bylaw.dev"
# bylaw: ignore[hardcoded-url] the beginning of names that in-toto gives
_IN_TOTO = "https://in-toto.io"
# bylaw: ignore[hardcoded-url] the name that SLSA gives
SUMMARY = "https://slsa.dev/verification_summary/v1"

STATEMENT = f"{_IN_TOTO}/Statement/v1"
TEST_RESULT = f"{_IN_TOTO}/attestation/test-result/v0.1"
RUN = f"{OURS}/command-run/v1"
IMPORT = f"{OURS}/imported-run/v1"
CHECKPOINT = f"{OURS}/ledger-checkpoint/v1"
VERIFIED = f"{OURS}/ledger-verified/v1"
