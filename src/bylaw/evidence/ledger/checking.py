"""Says whether a ledger is whole: no network, nothing believed that is not signed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from bylaw.errors import Diagnostic
from bylaw.evidence.ledger import clock
from bylaw.evidence.ledger.checkpoint import Checkpoint, opened_checkpoint, signed
from bylaw.evidence.ledger.digests import digest_of
from bylaw.evidence.ledger.formats import VERIFIED
from bylaw.evidence.ledger.keys import (
    VARIABLE,
    has_signer,
    is_exposed,
    keyid_of,
    local_keyid,
    named_public_key,
    public_key,
    trusted_keys,
)
from bylaw.evidence.ledger.links import Chain, Finding, Surroundings, Trust
from bylaw.evidence.ledger.place import FOLDER
from bylaw.evidence.ledger.problems import LedgerError
from bylaw.evidence.ledger.rows import TABLES, Row
from bylaw.evidence.ledger.statement import name_of
from bylaw.evidence.ledger.store import Ledger, open_ledger

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LOCAL, IDENTITY = "L0", "L1"
PROVES: Mapping[str, str] = {
    LOCAL: "L0, local integrity: nothing changed by accident, or by somebody who cannot read "
    ".bylaw/keys. Whoever can read the key there can write the same.",
    IDENTITY: "L1, identity: whoever holds the key you named signed every item. That it ran "
    "what it says, on what it says, is that signer's word.",
}
NOT_YET = "L2, executed again by a server, does not exist yet."
_AWAY = "move .bylaw away and run again"


class Checked(NamedTuple):
    """What a check found.

    Attributes:
        root: absolute path of the root.
        repository: identity of the repository; empty without a ledger.
        is_random: whether that identity is a random name, for want of a whole history.
        items: items in the ledger.
        checked: how many of them were looked at now; the others an earlier check found whole.
        head: digest of the newest envelope.
        level: ``L0`` or ``L1``; empty where nothing is proven.
        findings: what is not as it was written.
        errors: why nothing could be said.
    """

    root: str
    repository: str
    is_random: bool
    items: int
    checked: int
    head: str
    level: str
    findings: tuple[Finding, ...]
    errors: tuple[Diagnostic, ...]

    @property
    def exit_code(self) -> int:
        """0, 1 or 3, as INTERFACE.md defines them: 3 beats 1."""
        return 3 if self.errors else 1 if self.findings else 0


def check_ledger(
    root: str, *, full: bool = False, checkpoint: bytes | None = None, keys: Sequence[str] = (),
    environment: Mapping[str, str] | None = None, now: Callable[[], str] = clock.now,
) -> Checked:  # fmt: skip
    """Check the ledger of a root.

    Args:
        root: absolute path of the root.
        full: look at every item, also where an earlier check found it whole.
        checkpoint: a checkpoint that was kept elsewhere.
        keys: paths of public keys; only these count where any is given.
        environment: variables that may name a signing key; those of this process by default.
        now: tells the time.

    Raises:
        LedgerError: a key that was named cannot be read.
    """
    variables = os.environ if environment is None else environment
    anchors = {keyid_of(key): key for key in map(public_key, keys)}
    try:
        with open_ledger(root, create=False, environment=variables, now=now) as ledger:
            trust = _trust(ledger, anchors, variables.get(VARIABLE, ""))
            with ledger.snapshot():
                checked, whole = _checked(ledger, trust, full, checkpoint)
            if whole is not None:
                _keep(ledger, whole)
            return checked
    except LedgerError as error:
        nothing = Checked(root, "", False, 0, 0, "", "", (), ())
        if error.reason == "LEDGER-UNREADABLE":
            finding = Finding(error.reason, "", error.message, error.hint)
            return nothing._replace(findings=(finding,))
        code = error.reason or error.code
        problem = Diagnostic(code, error.message, error.path, 0, error.hint)
        return nothing._replace(errors=(problem,))


def _trust(ledger: Ledger, named: Mapping[str, Ed25519PublicKey], key: str) -> Trust:
    local = local_keyid(ledger.folder)
    if named:
        return Trust(named, frozenset(named), local)
    outside = {}
    if ledger.exists and key:
        held = named_public_key(key)
        outside[keyid_of(held)] = held
    return Trust({**trusted_keys(ledger.folder), **outside}, frozenset(outside), local)


def _checked(
    ledger: Ledger, trust: Trust, full: bool, checkpoint: bytes | None
) -> tuple[Checked, Checkpoint | None]:
    """What a check finds, and what it may remember as whole."""
    findings = [*_tracked(ledger.root), *_exposed(ledger.folder)]
    known = None
    if checkpoint is not None:
        known, problems = opened_checkpoint(checkpoint, trust)
        findings += problems
    count = ledger.count()
    nothing = Checked(ledger.root, "", False, count, 0, "", "", (), ())
    if not count and known is None:
        error = Diagnostic("LEDGER-ABSENT", "there is no evidence here", FOLDER, 0, "bylaw verify")
        return nothing._replace(findings=tuple(findings), errors=(error,)), None
    broken = list(_tables(ledger, full))
    if broken:
        return nothing._replace(findings=(*findings, *broken)), None
    identity = ledger.identity()
    now = clock.microseconds_of(ledger.now()) or 0
    around = Surroundings(identity.accepted, trust, ledger.blobs.size_of, now)
    walk = _walked(ledger, around, full or bool(trust.anchors))
    findings += [*walk.findings, *_against(ledger, known, around, count)]
    checked, head = count - walk.before, walk.chain.link
    level = "" if findings else IDENTITY if walk.chain.anchored == count else LOCAL
    result = Checked(ledger.root, identity.own, identity.is_random, count, checked, head, level,
                     tuple(findings), ())  # fmt: skip
    if findings or not checked:
        return result, None
    newest = clock.text_of(walk.chain.recorded)
    return result, Checkpoint(identity.own, count, head, ledger.now(), walk.rows, newest)


class _Walk(NamedTuple):
    """What became of a walk along the chain: ``before`` links were left out."""

    chain: Chain
    before: int
    rows: str
    findings: list[Finding]


def _walked(ledger: Ledger, around: Surroundings, full: bool) -> _Walk:
    """Check the links: those after what an earlier check found whole, or all."""
    verified = None if full else _verified(ledger, around.trust)
    index, at_verified = _index(ledger, verified.items if verified else 0)
    newest = clock.microseconds_of(verified.newest) or 0 if verified is not None else 0
    if verified is not None and (
        at_verified != verified.rows
        or verified.repository not in around.repositories
        or newest > around.now + clock.SLACK
    ):
        verified = None
    if verified is None:
        chain = Chain(around, "", 0, 0)
    else:
        chain = Chain(around, verified.head, newest, verified.items)
    before = chain.items
    findings: list[Finding] = []
    least = before if verified is not None else -(2**63)
    for row in ledger.rows("WHERE position > ? ORDER BY position", least):
        findings += chain.check(row)
    if findings and verified is not None:
        # What is wrong may lie further back.
        return _walked(ledger, around, full=True)
    return _Walk(chain, before, index, findings)


def _index(ledger: Ledger, count: int) -> tuple[str, str]:
    """Digest over the index: of all rows, and of the first ones."""
    hashed, first = sha256(), ""
    columns = ", ".join(name for name in Row._fields if name != "envelope")
    for number, row in enumerate(ledger.query(f"SELECT {columns} FROM items ORDER BY position"), 1):
        hashed.update(repr(row).encode("utf-8", "surrogatepass"))
        if number == count:
            first = f"sha256:{hashed.hexdigest()}"
    return f"sha256:{hashed.hexdigest()}", first


def _verified(ledger: Ledger, trust: Trust) -> Checkpoint | None:
    """What an earlier check found whole, if a key that is trusted here says so."""
    (data,) = next(ledger.query("SELECT envelope FROM verified"), (b"",))
    if not isinstance(data, bytes):
        return None
    found, findings = opened_checkpoint(data, trust, VERIFIED)
    return None if findings else found


def _keep(ledger: Ledger, verified: Checkpoint) -> None:
    """Remember what was found whole; a ledger that cannot be written, or signed, goes without."""
    if not has_signer(ledger.folder):
        return
    try:
        envelope = signed(verified, ledger.signer())
        with ledger.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO verified VALUES (1, ?)", (envelope,))
    except LedgerError:
        return


def _tables(ledger: Ledger, full: bool) -> Iterator[Finding]:
    there = {sql for (sql,) in ledger.query("SELECT sql FROM sqlite_master WHERE sql NOT NULL")}
    if ledger.exists and there != set(TABLES):
        yield Finding("LEDGER-SCHEMA", "", "its tables are not those Bylaw makes", _AWAY)
    if full:
        (said,) = next(ledger.query("PRAGMA quick_check(1)"), ("ok",))
        if said != "ok":
            yield Finding("LEDGER-UNREADABLE", "", f"SQLite finds damage: {said[:200]}", _AWAY)


def _against(
    ledger: Ledger, known: Checkpoint | None, around: Surroundings, count: int
) -> Iterator[Finding]:
    """Hold the ledger against a checkpoint that was kept elsewhere."""
    if known is None:
        return
    if known.repository not in around.repositories:
        yield Finding("LEDGER-OTHER-REPOSITORY", "checkpoint", f"it is of {known.repository[:200]}")
    if (clock.microseconds_of(known.recorded) or 0) > around.now + clock.SLACK:
        yield Finding("LEDGER-TIME-AHEAD", "checkpoint", f"it was written at {known.recorded}")
    if known.items > count:
        message = f"{known.items - count} of {known.items} items that it counted are gone"
        yield Finding("LEDGER-TAIL-DROPPED", "checkpoint", message)
        return
    row = next(ledger.rows("WHERE position = ?", known.items), None)
    if row is None or digest_of(row.envelope) != known.head:
        message = f"{name_of(known.items)} is not the item it saw there"
        yield Finding("LEDGER-REWRITTEN", "checkpoint", message)


def _exposed(folder: str) -> Iterator[Finding]:
    if is_exposed(folder):
        message = "others can read or write the signing key: anybody could have signed"
        command = "rm .bylaw/keys/signing.pem"
        yield Finding("LEDGER-KEY-EXPOSED", "", message, command)


def _tracked(root: str) -> Iterator[Finding]:
    from bylaw.source.git import GitError, find_git, run

    git = find_git(root)
    if git is None:
        return
    try:
        listed = run(git, "ls-files", "-z", "--", f"{git.prefix}{FOLDER}")
    except GitError:
        return
    if listed:
        yield Finding("LEDGER-TRACKED", "", "git tracks files of it", "git rm -r --cached .bylaw")
