"""Reason codes of evidence: why an item is no pass, and what a ledger check found.

Codes are case-sensitive. A code may carry a key after a colon (``tool-missing:mypy``). Probes bring
their own, in the same spelling; ``EVIDENCE.md`` spells those of gates in capitals.
"""

from __future__ import annotations

from collections.abc import Mapping

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
    "tool-not-supported": "the repository uses a tool that nothing here can read",
    "missing-package": "a package is not installed in the project's environment",
    "missing-variable": "a variable is needed that nobody declares",
    "needs-service": "what it connects to does not answer",
    "other-file": "the tests imported another copy of the project",
    "no-base": "there is nothing to compare with",
    "could-not-look": "a rule lacked what it needs to look",
    "database-other": "only the project's own kind of database could prove it",
    "database-not-given": "the throwaway database was not the one that was used",
    "shell-not-declared": "the command needs a shell and does not start one",
    "exit-ignored": "the command ends with 0 whatever happens in it",
    "flaky": "another result than before on the same inputs",
    "asserted": "a command of the caller's own; it satisfies no gate",
    "not-built-yet": "nothing in Bylaw looks at this claim yet",
    "CHECK-WEAKENED": "the change loosens the check it would have to pass",
}
"""Codes that adapters and runs give, with their meaning."""

OF_LEDGER: Mapping[str, str] = {
    "LEDGER-ABSENT": "there is no ledger, or nothing in it",
    "LEDGER-NEWER": "a newer Bylaw wrote it",
    "LEDGER-UNREADABLE": "it cannot be read as a ledger",
    "LEDGER-SCHEMA": "its tables are not those Bylaw makes",
    "LEDGER-TRACKED": "git tracks it: whoever writes a commit could write evidence",
    "LEDGER-ALTERED": "the bytes of an item are not those its digest names",
    "LEDGER-MALFORMED": "an item is not of the published form",
    "LEDGER-DUPLICATE-KEY": "an object of an item has the same key twice",
    "LEDGER-FLOAT": "an item holds a floating-point number",
    "LEDGER-NOT-CANONICAL": "an item is not in the one spelling of RFC 8785",
    "LEDGER-PAYLOAD-TYPE": "an envelope says that it holds something else than a statement",
    "LEDGER-UNSIGNED": "an envelope has no signature",
    "LEDGER-UNKNOWN-KEY": "a key signed that is not trusted here",
    "LEDGER-BAD-SIGNATURE": "a signature is not that of the key it names",
    "LEDGER-KEY-EXPOSED": "others can read the key that signs",
    "LEDGER-PROVENANCE": "an item calls itself observed by somebody whose key did not sign it",
    "LEDGER-OTHER-REPOSITORY": "an item is about another repository",
    "LEDGER-OTHER-TREE": "an item is about another git tree than it stands for",
    "LEDGER-OTHER-TIER": "an item was made for another tier than it stands for",
    "LEDGER-INDEX-DIFFERS": "the index says something else than the item",
    "LEDGER-CHAIN-BROKEN": "an item does not follow the one before it",
    "LEDGER-FORK": "two items follow the same one",
    "LEDGER-DUPLICATE-ID": "two items have the same name, or are the same run",
    "LEDGER-TIME-BACKWARDS": "an item is older than the one before it, or ended before it began",
    "LEDGER-TIME-AHEAD": "an item is of a time that is still to come",
    "LEDGER-BLOB-MISSING": "content that an item names is not stored",
    "LEDGER-BLOB-ALTERED": "stored content is not what its digest names",
    "LEDGER-TAIL-DROPPED": "items that a checkpoint counted are gone",
    "LEDGER-REWRITTEN": "the chain is not the one that a checkpoint saw",
    "LEDGER-CHECKPOINT": "a checkpoint is not of the published form",
    "LEDGER-EXPORT": "an exported ledger is not of the published form, or too large",
}
"""Codes that a check of the ledger gives, with their meaning."""


def meaning_of(code: str) -> str:
    """What a reason code stands for; empty where it is a probe's own.

    Args:
        code: the code, with or without its key.
    """
    bare = code.partition(":")[0]
    return OF_ITEMS.get(bare) or OF_LEDGER.get(bare, "")
