"""One approval: a waiver of a rule or claim, or a written answer (EVIDENCE.md, "Waivers").

It is an in-toto statement in the same envelopes as evidence, one file each below
``.bylaw/approvals``, named after its content, so that branches merge without conflicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from bylaw.errors import UsageError
from bylaw.evidence.ledger import place
from bylaw.evidence.ledger.canonical import UnreadableError, canonical
from bylaw.evidence.ledger.digests import digest_of, hexadecimal
from bylaw.evidence.ledger.formats import STATEMENT
from bylaw.evidence.ledger.statement import read_statement

# bylaw: ignore[hardcoded-url] a name, the same wherever Bylaw runs
PREDICATE = "https://bylaw.dev/approval/v1"
FOLDER = f"{place.FOLDER}/{place.APPROVALS}"

WAIVER, ANSWER = "waiver", "answer"
FINDINGS, CHANGE, REPOSITORY = "findings", "change", "repository"

_FIELDS = ("repository", "kind", "subject", "scope", "paths", "marks", "content", "reason",
           "approver", "key", "created", "expires")  # fmt: skip
_LISTS = frozenset({"paths", "marks"})


class Approval(NamedTuple):
    """One approval.

    Attributes:
        repository: identity of the repository it counts in.
        kind: ``waiver`` or ``answer``.
        subject: name of a rule, ``claim/...``, ``check-weakened/...``, ``note/...`` or
            ``clause/...``.
        scope: ``findings``, ``change`` or ``repository``.
        paths: files it is about.
        marks: fingerprints of the findings it is about; empty for the other scopes.
        content: ``sha256:...`` over what the files hold, for a change; empty for the others.
        reason: why, in the approver's words.
        approver: who.
        key: public key that signs, PEM, so that whoever reads it needs the key's name only.
        created: UTC.
        expires: UTC; from then on it no longer counts.
    """

    repository: str
    kind: str
    subject: str
    scope: str
    paths: tuple[str, ...]
    marks: tuple[str, ...]
    content: str
    reason: str
    approver: str
    key: str
    created: str
    expires: str

    @property
    def about(self) -> str:
        """Its scope in words."""
        listed = ", ".join(self.paths[:3]) + (", ..." if len(self.paths) > 3 else "")
        return {
            FINDINGS: f"{len(self.marks)} in {listed}",
            CHANGE: f"this change of {listed}",
        }.get(self.scope, "the repository")


def content_of(digests: Mapping[str, str], paths: Iterable[str]) -> str:
    """Digest over what files hold.

    Args:
        digests: digest of each file of the tree, by path.
        paths: which; one that is not there counts as gone.
    """
    return digest_of(canonical([[path, digests.get(path, "")] for path in sorted(paths)]))


def payload_of(approval: Approval) -> bytes:
    """The statement of an approval, in its one spelling."""
    about = approval.content or digest_of(canonical(sorted(approval.marks)))
    predicate = {name: list(value) if name in _LISTS else value
                 for name, value in approval._asdict().items()}  # fmt: skip
    return canonical(
        {
            "_type": STATEMENT,
            "subject": [{"name": "approved", "digest": {"sha256": hexadecimal(about)}}],
            "predicateType": PREDICATE,
            "predicate": predicate,
        }
    )


def approval_of(payload: bytes) -> Approval:
    """The approval that a payload spells.

    Raises:
        UnreadableError: it is none.
    """
    document = read_statement(payload)
    predicate = document["predicate"]
    if document["predicateType"] != PREDICATE or predicate.keys() != set(_FIELDS):
        raise UnreadableError("is no approval", reason="LEDGER-MALFORMED")
    values = [_value(name, predicate[name]) for name in _FIELDS]
    found = Approval(*values)
    if payload_of(found) != payload:
        raise UnreadableError("is about something else than it says", reason="LEDGER-MALFORMED")
    return found


def _value(name: str, value: Any) -> Any:
    if name in _LISTS:
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return tuple(value)
    elif isinstance(value, str):
        return value
    raise UnreadableError(f"has no proper {name}", reason="LEDGER-MALFORMED")


def scope_of(subject: str, rules: Iterable[str], claims: Iterable[str]) -> tuple[str, str]:
    """Kind and scope that a subject has.

    Args:
        subject: what a user names.
        rules: names of all rules.
        claims: slugs of all claims.

    Raises:
        UsageError: there is nothing of that name.
    """
    stem, _, name = subject.partition("/")
    if not name and stem in set(rules):
        return WAIVER, FINDINGS
    if stem in ("claim", "check-weakened") and name in set(claims):
        return WAIVER if stem == "claim" else ANSWER, CHANGE
    if subject in ("note/compatibility", "note/deployment-order"):
        return ANSWER, CHANGE
    if stem == "clause" and name:
        return ANSWER, REPOSITORY
    hint = ("a rule, claim/NAME, check-weakened/CLAIM, note/compatibility, note/deployment-order "
            "or clause/ID")  # fmt: skip
    raise UsageError(f"nothing to approve is called {subject}", hint=hint)
