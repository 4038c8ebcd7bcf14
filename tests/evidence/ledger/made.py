"""Drafts and ledgers for the tests."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from bylaw.evidence.item import Draft, Environment, Inputs, Output, Scope, Tool
from bylaw.evidence.ledger.digests import digest_of
from bylaw.evidence.ledger.store import Ledger, open_ledger

TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
FIRST = 1_700_000_000


class Clock:
    """Tells a time that only moves when it is told to."""

    def __init__(self, seconds: int = FIRST) -> None:
        self.seconds = seconds

    def __call__(self) -> str:
        from bylaw.evidence.ledger.clock import text_of

        return text_of(self.seconds * 1_000_000)


def at(seconds: int, micros: int = 0) -> str:
    from bylaw.evidence.ledger.clock import text_of

    return text_of((FIRST + seconds) * 1_000_000 + micros)


def a_draft(number: int = 0, **changes: Any) -> Draft:
    """A passing run of one claim; ``number`` tells it from others."""
    digest = digest_of(b"manifest")
    draft = Draft(
        claim="tests-green", command=("pytest", "-q"), shell=False, cwd="", exit_code=0,
        started=at(-60, number), ended=at(-30, number), result="pass", reason_codes=(),
        message="12 tests passed", next_command="", counts=(("failed", 0), ("passed", 12)),
        tool=Tool("pytest", "8.3.5", digest_of(b"lock entry")),
        inputs=Inputs(digest, "", TREE, "c" * 40, "clean", "tree", "", digest),
        environment=Environment("CPython 3.12.4", "Linux-x86_64", digest_of(b"lock"),
                                (("LANG", "C.UTF-8"), ("PATH", "/usr/bin"))),
        outputs=(), scope=Scope(tier="TIER-HIGH"), provenance="observed-here",
    )  # fmt: skip
    return draft._replace(**changes)


def with_output(ledger: Ledger, data: bytes, number: int = 0, **changes: Any) -> Draft:
    """A draft whose standard output is stored."""
    digest = ledger.blobs.put(data)
    manifest = ledger.blobs.put(b'{"files":[]}')
    draft = a_draft(number, outputs=(Output("stdout", digest, len(data)),), **changes)
    return draft._replace(inputs=draft.inputs._replace(manifest=manifest))


def ledger_of(root: Path, clock: Clock | None = None, **environment: str) -> Ledger:
    return open_ledger(str(root), create=True, environment=environment, now=clock or Clock())


def filled(root: Path, items: int = 3, clock: Clock | None = None) -> list[str]:
    """A ledger with items; gives their envelope digests."""
    clock = clock or Clock()
    with ledger_of(root, clock) as ledger:
        found = []
        for number in range(items):
            clock.seconds += 1
            draft = with_output(ledger, b"output %d\n" % number, number)
            found.append(ledger.append(draft).envelope)
    return found


def git(root: Path, *words: str) -> str:
    command = ["git", "-C", str(root), "-c", "user.name=a", "-c", "user.email=a@b", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def repository(root: Path, text: str = "a = 1\n") -> Path:
    """A git repository with one commit."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "app.py").write_text(text)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    return root
