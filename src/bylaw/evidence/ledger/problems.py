"""What can be wrong with a ledger, as errors: what happened, and the reason code it has."""

from __future__ import annotations

from bylaw.errors import BylawError


class LedgerError(BylawError):
    """The ledger cannot be read or written.

    Attributes:
        reason: registered reason code; empty where there is none for it.
    """

    code = "ledger"
    exit_code = 3

    def __init__(self, message: str, *, reason: str = "", path: str = "", hint: str = "") -> None:
        super().__init__(message, path=path, hint=hint)
        self.reason = reason
        if reason.startswith("LEDGER-"):
            self.code = reason


class RefusedDraftError(LedgerError):
    """The ledger does not take what it is given: it could not stand for what it says."""

    code = "evidence-refused"


class BlobError(LedgerError):
    """Stored content is missing, or is not what its name says."""

    code = "blob"
