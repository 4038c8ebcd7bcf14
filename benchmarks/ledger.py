"""The ledger: an append against a bare insert, look-ups and checks of a large one.

Run it with ``python -m benchmarks.ledger --items 100000``; writes one JSON object. The folder
must be on the disk that counts (``--folder``): a temporary one may be memory.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bylaw.evidence.item import Draft, Environment, Inputs, Output, Scope, Tool
from bylaw.evidence.ledger import clock, store
from bylaw.evidence.ledger.checking import check_ledger
from bylaw.evidence.ledger.digests import digest_of
from bylaw.evidence.ledger.rows import INSERT

_CLAIMS = 40
_PAIRS = 200


def main(words: list[str]) -> int:
    """Prints the figures as JSON; times are milliseconds, medians where there are several."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--folder", default=os.getcwd())
    asked = parser.parse_args(words)
    result: dict[str, object] = {"load": os.getloadavg()[0], "items": asked.items}
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        (root := Path(folder) / "small").mkdir()
        result |= append_against_insert(root)
        (root := Path(folder) / "large").mkdir()
        result |= large(root, asked.items)
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return 0


def append_against_insert(root: Path) -> dict[str, object]:
    """Appends and bare inserts of as many bytes, in turn, each waiting for the disk."""
    bare = sqlite3.connect(root / "bare.db", isolation_level=None)
    bare.execute("PRAGMA journal_mode = WAL")
    bare.execute("PRAGMA synchronous = FULL")
    bare.execute("CREATE TABLE items (position INTEGER PRIMARY KEY, envelope BLOB)")
    inserts, appends = [], []
    with store.open_ledger(str(root), create=True, environment={}) as ledger:
        output = ledger.blobs.put(b"12 passed\n")
        ledger.append(a_draft(0, output))
        size = len(next(ledger.rows()).envelope)
        for number in range(1, _PAIRS + 1):
            data = os.urandom(size)
            inserts.append(timed(lambda data=data: bare.execute(  # type: ignore[misc]
                "INSERT INTO items (envelope) VALUES (?)", (data,))))  # fmt: skip
            draft = a_draft(number, output)
            appends.append(timed(lambda draft=draft: ledger.append(draft)))  # type: ignore[misc]
        puts = [timed(lambda n=n: ledger.blobs.put(b"%d" % n))  # type: ignore[misc]
                for n in range(50)]  # fmt: skip
    bare.close()
    insert, append = statistics.median(inserts), statistics.median(appends)
    return {"envelope_bytes": size, "insert_ms": insert, "append_ms": append,
            "ratio": round(append / insert, 2), "content_ms": statistics.median(puts)}  # fmt: skip


def large(root: Path, items: int) -> dict[str, object]:
    """Look-ups and checks; the items are signed one by one, and written at once."""
    with store.open_ledger(str(root), create=True, environment={}) as ledger:
        output = ledger.blobs.put(b"12 passed\n")
        ledger.append(a_draft(0, output))
        signer, repository = ledger.signer(), ledger.identity().own
        with ledger.transaction() as connection:
            last = next(ledger.rows("ORDER BY position DESC LIMIT 1"))
            for number in range(1, items):
                last = store._following(last, a_draft(number, output), None, repository, signer,
                                        clock.now())  # fmt: skip
                connection.execute(INSERT, last)
    full = timed(lambda: check_ledger(str(root), environment={}, full=True))
    nothing = timed(lambda: check_ledger(str(root), environment={}))
    with store.open_ledger(str(root), create=True, environment={}) as ledger:
        for number in range(items, items + 10):
            ledger.append(a_draft(number, output))
        latest = statistics.median(
            timed(lambda n=n: ledger.latest(f"claim-{n}"))  # type: ignore[misc]
            for n in range(_CLAIMS)
        )
        found = statistics.median(
            timed(lambda n=n: ledger.find(f"EV-{n * 997 % items + 1:03d}"))  # type: ignore[misc]
            for n in range(_CLAIMS)
        )
    ten = timed(lambda: check_ledger(str(root), environment={}))
    size = sum(each.stat().st_size for each in (root / ".bylaw").glob("ledger.db*"))
    return {"check_full_ms": full, "check_again_ms": nothing, "check_after_ten_ms": ten,
            "latest_ms": latest, "find_ms": found, "megabytes": round(size / 1e6)}  # fmt: skip


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that work takes."""
    before = time.perf_counter()
    work()
    return round((time.perf_counter() - before) * 1000, 3)


def a_draft(number: int, output: str) -> Draft:
    """A run like many, of one claim among forty."""
    now = clock.now()
    digest = digest_of(b"manifest")
    variables = tuple((f"VARIABLE_{n}", "value" * 4) for n in range(10))
    return Draft(
        claim=f"claim-{number % _CLAIMS}", command=("python", "-m", "pytest", "-q", str(number)),
        shell=False, cwd="", exit_code=0, started=now, ended=now, result="pass", reason_codes=(),
        message="12 tests passed", next_command="", counts=(("failed", 0), ("passed", 12)),
        tool=Tool("pytest", "8.3.5", digest), environment=Environment("CPython 3.12.4",
        "Linux-x86_64", digest, variables), outputs=(Output("stdout", output, 10),),
        inputs=Inputs(digest, "", "4b825dc642cb6eb9a060e54bf8d69288fbee4904", "c" * 40, "clean",
                      "tree", "", digest),
        scope=Scope(tier="TIER-HIGH"), provenance="observed-here",
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
