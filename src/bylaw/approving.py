"""From a wish to a signed approval: what it is about is looked up, never taken on trust."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bylaw.analysis import check_run
from bylaw.errors import UsageError
from bylaw.evidence.claim import CLAIMS
from bylaw.evidence.inputs.tree import take_tree
from bylaw.evidence.ledger import clock
from bylaw.evidence.ledger.keys import pem_of, trusted_keys
from bylaw.evidence.ledger.store import open_ledger
from bylaw.finding import Finding
from bylaw.gates.approvals.approval import (
    CHANGE,
    FINDINGS,
    Approval,
    content_of,
    scope_of,
)
from bylaw.gates.approvals.keeping import write_approval
from bylaw.gates.approvals.terms import USUAL_DAYS, terms_of
from bylaw.gates.quality_gates import CONTRACT, PERSISTENCE
from bylaw.installed import known_rules
from bylaw.linking import configuration_of, roots_of, silent
from bylaw.packs.own.enabled import enabled_documents
from bylaw.rules.selection import Options
from bylaw.source.git import GitError, find_git, run
from bylaw.tiering import Tiering, tier_of

_DAY = 86_400_000_000
_SHORTEST = 10
_SURFACES = {
    "claim/contract-compatible": CONTRACT | {"generated"},
    "claim/migrations-reversible": PERSISTENCE,
    "note/compatibility": PERSISTENCE,
    "note/deployment-order": PERSISTENCE,
}


class Wish(NamedTuple):
    """What somebody wants to approve.

    Attributes:
        path: a path in the repository.
        subject: rule, claim, loosened check, note or clause.
        reason: why.
        places: for a rule: ``PATH`` or ``PATH:LINE`` of its findings.
        base: revision the change is compared with; empty for the default.
        days: until it runs out; None for the usual time.
        by: who; empty for git's ``user.email``.
    """

    path: str
    subject: str
    reason: str
    places: tuple[str, ...] = ()
    base: str = ""
    days: int | None = None
    by: str = ""


class _About(NamedTuple):
    """What an approval is bound to."""

    paths: tuple[str, ...]
    marks: tuple[str, ...]
    content: str


def approve(wish: Wish) -> str:
    """Signs and writes an approval.

    Args:
        wish: what is to be approved.

    Returns:
        What was approved, for people.

    Raises:
        UsageError: there is no such subject, nothing there to approve, no reason or no name.
        LedgerError: no key can be used.
    """
    root = roots_of([wish.path])[0]
    config = configuration_of(root)
    terms, known = terms_of(config), known_rules()
    bound = {each.clause for document in enabled_documents(config, root).documents
             for each in document.bindings if each.kind == "command"}  # fmt: skip
    kind, scope = scope_of(wish.subject, known.names, {*CLAIMS, *bound})
    if len(wish.reason.strip()) < _SHORTEST:
        raise UsageError("the reason says nothing", hint="a sentence somebody else can judge")
    days = wish.days or min(USUAL_DAYS, terms.longest_days)
    if days > terms.longest_days:
        raise UsageError(f"{days} days are too long", hint=f"at most {terms.longest_days}")
    about = _about(wish, root, scope)
    now = clock.now()
    with open_ledger(root, create=True) as ledger:
        signer = ledger.signer()
        key = pem_of(trusted_keys(ledger.folder)[signer.keyid]).decode("ascii")
        approval = Approval(
            ledger.identity().own, kind, wish.subject, scope, about.paths, about.marks,
            about.content, wish.reason.strip(), wish.by or _user(root), key, now,
            clock.text_of((clock.microseconds_of(now) or 0) + days * _DAY),
        )  # fmt: skip
        name, path = write_approval(root, approval, signer)
    ignored = _is_ignored(root, path)
    return _told(approval, name, path, signer.keyid, bool(terms.approvers), ignored)


def _about(wish: Wish, root: str, scope: str) -> _About:
    if scope == FINDINGS:
        found = _findings(wish, root)
        paths = tuple(sorted({each.path for each in found}))
        return _About(paths, tuple(sorted({each.fingerprint for each in found})), "")
    if wish.places:
        raise UsageError("--at is for findings of a rule", hint="leave it out")
    if scope != CHANGE:
        return _About((), (), "")
    tiering = tier_of(root, wish.base, Options(base=wish.base), silent)
    paths = _paths(wish.subject, tiering)
    if not paths:
        raise UsageError(f"the change touches nothing that {wish.subject} is about",
                         hint="bylaw tier")  # fmt: skip
    digests = {each.path: each.digest for each in take_tree(root).files}
    return _About(paths, (), content_of(digests, paths))


def _paths(subject: str, tiering: Tiering) -> tuple[str, ...]:
    """Files of the change that a subject is about; what cannot be told apart is all of them."""
    surfaces = _SURFACES.get(subject)
    changed = {each.path for each in tiering.change}
    if surfaces is not None:
        changed &= {each.path for each in tiering.reasons if each.surface in surfaces}
    return tuple(sorted(changed))


def _findings(wish: Wish, root: str) -> list[Finding]:
    """Findings of a rule at the places that were named."""
    if not wish.places:
        raise UsageError(
            "say which findings", hint=f"bylaw approve {wish.subject} --at PATH[:LINE]"
        )
    places = [_place(each, root) for each in wish.places]
    result, _ = check_run([root], Options(base=wish.base))
    own = [each for each in result.findings if each.rule == wish.subject]
    found = [each for each in own if _is_at(each, places)]
    lacking = [word for word, place in zip(wish.places, places, strict=True)
               if not any(_is_at(each, [place]) for each in own)]  # fmt: skip
    if lacking:
        raise UsageError(f"{wish.subject} found nothing at {lacking[0]}", hint="bylaw check")
    return found


def _place(word: str, root: str) -> tuple[str, int]:
    path, _, line = word.rpartition(":")
    if not path or not line.isdigit():
        path, line = word, "0"
    full = path if os.path.isabs(path) else os.path.join(os.getcwd(), path)
    inside = os.path.relpath(os.path.realpath(full), os.path.realpath(root)).replace(os.sep, "/")
    return inside, int(line)


def _is_at(finding: Finding, places: Sequence[tuple[str, int]]) -> bool:
    return any(
        finding.path == path and (not line or finding.line <= line <= finding.end_line)
        for path, line in places
    )


def _user(root: str) -> str:
    git = find_git(root)
    try:
        name = run(git, "config", "user.email").decode("utf-8", "replace").strip() if git else ""
    except GitError:
        name = ""
    if not name:
        raise UsageError("nobody approves", hint="name somebody with --by")
    return name


def _is_ignored(root: str, path: str) -> bool:
    git = find_git(root)
    if git is None:
        return False
    try:
        return bool(run(git, "check-ignore", f"{git.prefix}{path}"))
    except GitError:
        return False


def _told(approval: Approval, name: str, path: str, keyid: str, named: bool, ignored: bool) -> str:
    lines: Iterable[str] = [
        f"{name}  {approval.subject} ({approval.about})",
        f"  by       {approval.approver}, until {approval.expires[:10]}",
        f"  written  {path}" + (" (git ignores it: it counts on this machine only)" * ignored),
    ]
    if not named:
        lines = [*lines, "  counts   on this machine; elsewhere where bylaw.toml names the key:",
                 "           [waivers]",
                 f'           approvers = {{"{approval.approver}" = "{keyid}"}}']  # fmt: skip
    return "\n".join(lines) + "\n"
