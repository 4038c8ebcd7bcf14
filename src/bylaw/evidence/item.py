"""One item of evidence: what was run, on what, with what, and what came of it (EVIDENCE.md).

Everything here can be written as JSON without floating-point numbers: times are text, sizes and
counts are integers, so that RFC 8785 gives the same bytes everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

SCHEMA = "bylaw.evidence/1"

PASS, FAIL, NOT_VERIFIED = "pass", "fail", "not-verified"
HERE, BY_CI, IMPORTED, ASSERTED = "observed-here", "observed-by-CI", "imported", "asserted"
WHOLE_TREE, OBSERVED = "tree", "observed"


class Tool(NamedTuple):
    """What gave the answer.

    Attributes:
        name: of the tool, as its users know it (``pytest``).
        version: as it says itself; empty where it does not.
        digest: ``sha256:...`` of its entry in the lock file; empty where none locks it.
    """

    name: str
    version: str
    digest: str = ""


class Output(NamedTuple):
    """Something a run left, stored by its content.

    Attributes:
        kind: ``stdout``, ``stderr``, ``log``, ``junit``, ``sarif``, ``coverage``, ``openapi``,
            ``observed-files`` or ``other``.
        digest: ``sha256:...`` of the stored bytes, secrets already taken out.
        size: of the stored bytes.
        redactions: how many secrets were taken out.
        cut: bytes of the end that were not kept, because the output was too long.
    """

    kind: str
    digest: str
    size: int
    redactions: int = 0
    cut: int = 0


class Inputs(NamedTuple):
    """What the answer depends on.

    Attributes:
        digest: ``sha256:...`` over the manifest of the input set.
        manifest: ``sha256:...`` of the stored manifest: path, mode and content of each file.
        tree: git tree of the commit that was checked out; empty outside git.
        commit: that commit; empty outside git.
        state: ``clean`` (the files are the commit's), ``dirty``, or ``no-git``.
        set: ``tree`` for every file, ``observed`` where observation narrowed it.
        how: what narrowed it, or why nothing could, in words; empty where nobody watched.
        whole: digest over the manifest of the whole tree at that time.
    """

    digest: str
    manifest: str
    tree: str
    commit: str
    state: str
    set: str
    how: str
    whole: str


class Environment(NamedTuple):
    """Where it ran.

    Attributes:
        interpreter: implementation and version of the project's Python (``CPython 3.12.4``).
        platform: system and machine (``Linux-x86_64``).
        lock: ``sha256:...`` over the lock files; empty where there are none.
        variables: the variables the run was given, by name; all there were.
    """

    interpreter: str
    platform: str
    lock: str
    variables: tuple[tuple[str, str], ...]


class Scope(NamedTuple):
    """What it was run for.

    Attributes:
        tier: tier of the change; empty where nobody asked.
        ticket: ticket the change belongs to; empty without one.
        base: commit the change starts from; empty where it does not matter.
        head: commit the change ends in; empty for the work tree.
        paths: changed paths the claim was judged on; empty for all.
        modules: modules the same; empty for all.
    """

    tier: str = ""
    ticket: str = ""
    base: str = ""
    head: str = ""
    paths: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()


class Draft(NamedTuple):
    """An item before the ledger has given it a name and a place in its chain.

    Attributes:
        claim: slug of the claim.
        command: words it was started with, or one text where ``shell``.
        shell: whether a shell read the command, as its author declared.
        cwd: directory below the root; empty for the root.
        exit_code: of the process; None where none was started or it was killed.
        started: UTC, ``2026-11-21T21:40:00.123456Z``.
        ended: the same.
        result: ``pass``, ``fail`` or ``not-verified``.
        reason_codes: why it is no pass, sorted; registered in ``reason_codes``.
        message: one sentence about the result.
        next_command: the one command that would move it on; empty for a pass.
        counts: what was counted, by name (``passed``, ``failed``, ...).
        tool: what gave the answer.
        inputs: what it depends on.
        environment: where it ran.
        outputs: what it left.
        scope: what it was run for.
        provenance: ``observed-here``, ``observed-by-CI``, ``imported`` or ``asserted``.
        pack: ``sha256:...`` over configuration and documents that bind the claim; empty where
            none does.
        oldest: seconds after which it no longer counts, for what depends on the outside world; 0
            where only content decides.
    """

    claim: str
    command: tuple[str, ...]
    shell: bool
    cwd: str
    exit_code: int | None
    started: str
    ended: str
    result: str
    reason_codes: tuple[str, ...]
    message: str
    next_command: str
    counts: tuple[tuple[str, int], ...]
    tool: Tool
    inputs: Inputs
    environment: Environment
    outputs: tuple[Output, ...]
    scope: Scope
    provenance: str
    pack: str = ""
    oldest: int = 0


class Item(NamedTuple):
    """A draft that the ledger acknowledged.

    Attributes:
        id: ``EV-001``, unique in its ledger.
        repository: identity of the repository, so that an item cannot stand in another one.
        previous: ``sha256:...`` of the envelope before it; empty for the first.
        envelope: ``sha256:...`` of its own envelope.
        draft: what was run and seen.
    """

    id: str
    repository: str
    previous: str
    envelope: str
    draft: Draft

    @property
    def claim(self) -> str:
        """Slug of its claim."""
        return self.draft.claim

    @property
    def result(self) -> str:
        """Its result."""
        return self.draft.result


def counting_item(history: Iterable[Item]) -> Item | None:
    """The item of a claim that counts: the newest, an assertion only where nothing was observed.

    Args:
        history: its items, newest first.
    """
    asserted = None
    for each in history:
        if each.draft.provenance != ASSERTED:
            return each
        asserted = asserted or each
    return asserted
