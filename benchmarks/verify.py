"""What ``bylaw verify`` costs beside the tools it runs.

    python benchmarks/verify.py ROOT [--runs 3]

Proves lint, format, types and the whole suite of a project, nothing reused, one tool after the
other, and compares the wall-clock time with what the tools' own processes took.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time

from bylaw.verifying import Asked, verify

CLAIMS = ("lint-clean", "format-clean", "types-clean", "tests-green")


def main() -> None:
    """Measures, and prints one line a run and the median."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root")
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    root = os.path.realpath(given.root)
    with tempfile.TemporaryDirectory(prefix="bylaw-bench-") as cache:
        os.environ["XDG_CACHE_HOME"] = cache
        shares = [_once(root) for _ in range(given.runs + 1)][1:]
    print(f"median: {statistics.median(shares):.1f} % beside the tools' own time")


def _once(root: str) -> float:
    """Per cent of the tools' own time that comes on top."""
    started = time.monotonic()
    done = verify(Asked(root, "HEAD", CLAIMS, jobs=1, reuse=False))
    took = (time.monotonic() - started) * 1000
    ran = [each.item.claim for each in done.entries if each.item.draft.exit_code is not None]
    share = (took - done.milliseconds) / done.milliseconds * 100
    print(f"{took:.0f} ms, of which tools {done.milliseconds} ms ({', '.join(ran)}): {share:.1f} %")
    return share


if __name__ == "__main__":
    main()
