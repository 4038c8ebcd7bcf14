"""Reason codes of evidence: why an item is no pass, and what a ledger check found.

Codes are case-sensitive. A code may carry a key after a colon (``tool-missing:mypy``). Probes bring
their own, in the same spelling; ``EVIDENCE.md`` spells those of gates in capitals.
"""

from __future__ import annotations

from collections.abc import Mapping

from bylaw.errors import UsageError

OF_ITEMS: Mapping[str, str] = {
    "exit-code": "the command ended with another exit code than zero",
    "findings": "the tool found something",
    "tests-failed": "a test failed or could not run",
    "zero-collected": "no test was found",
    "all-skipped": "every test was skipped",
    "narrowed-selection": "options or variables left tests out",
    "reruns": "a plug-in repeats failing tests until they pass",
    "tool-missing": "the tool is not installed where the project's tools are",
    "tool-not-configured": "nothing in the repository says which tool to use",
    "tool-broken": "the tool could not do its work",
    "output-unreadable": "what the tool wrote could not be parsed",
    "time-limit": "it took longer than it may",
    "killed": "a signal ended it",
    "tree-changed": "a file it depends on changed while it ran",
    "clock": "the clock went backwards, or names a time to come",
    "asserted": "a command of the caller's own; it satisfies no gate",
    "not-built-yet": "nothing in Bylaw looks at this claim yet",
    "CHECK-WEAKENED": "the change loosens the check it would have to pass",
}
"""Codes that adapters and runs give, with their meaning."""

OF_LEDGER: Mapping[str, str] = {}
"""Codes that a check of the ledger gives, with their meaning."""


def meaning_of(code: str) -> str:
    """What a reason code stands for; empty where it is a probe's own.

    Args:
        code: the code, with or without its key.
    """
    bare = code.partition(":")[0]
    return OF_ITEMS.get(bare) or OF_LEDGER.get(bare, "")


def require_known(code: str) -> str:
    """The code itself, if it is registered here in exactly this spelling.

    Raises:
        UsageError: it is not.
    """
    if not meaning_of(code):
        raise UsageError(f"no such reason code: {code}", hint="codes are case-sensitive")
    return code
