"""What it costs to know that 40 claims are still proven on an unchanged tree of 5,000 files.

Run it with ``python -m benchmarks.freshness``. Three processes are compared with an interpreter
that does nothing: one that asks the ledger and the tree (as a gate does), ``bylaw stale`` on a tree
where nothing changed, and the look at the tree alone.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # one of the measured processes imports this module
if TYPE_CHECKING:
    from bylaw.evidence.item import Draft, Inputs

_CLAIMS = 40
_AS_A_GATE = "from benchmarks.freshness import answer; answer({root!r}, {claims})"
_LOOK = "from bylaw.evidence.inputs.tree import take_tree; take_tree({root!r})"


def main(words: list[str]) -> int:
    """Prints milliseconds above a bare interpreter, as JSON."""
    import argparse
    import json
    import os
    import tempfile

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--claims", type=int, default=_CLAIMS)
    parser.add_argument("--runs", type=int, default=15)
    asked = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        root = os.path.realpath(os.path.join(folder, "project"))
        os.environ["XDG_CACHE_HOME"] = os.path.join(folder, "cache")
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        prepare(root, asked.files, asked.claims)
        gate = _AS_A_GATE.format(root=root, claims=asked.claims)
        commands = {
            "interpreter": [sys.executable, "-c", "pass"],
            "look": [sys.executable, "-c", _LOOK.format(root=root)],
            "gate": [sys.executable, "-c", gate],
            "stale": [sys.executable, "-m", "bylaw", "stale"],
        }
        times = _measure(commands, root, asked.runs)
    bare = times.pop("interpreter")
    result: dict[str, object] = {"files": asked.files, "claims": asked.claims}
    result |= {"load": os.getloadavg()[0], "interpreter_ms": round(bare[0], 1)}
    for name, (wall, cpu) in times.items():
        result[f"{name}_ms_above"] = round(wall - bare[0], 1)
        result[f"{name}_cpu_ms_above"] = round(cpu - bare[1], 1)
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return 0


def prepare(root: str, files: int, claims: int) -> None:
    """A repository with evidence for as many claims, half of it narrowed.

    Args:
        root: absolute path; made here.
        files: number of files.
        claims: number of claims.
    """
    import os
    import subprocess

    from bylaw.evidence.inputs.elsewhere import layout_of, look
    from bylaw.evidence.inputs.inputs import inputs_of
    from bylaw.evidence.inputs.manifest import Elsewhere
    from bylaw.evidence.inputs.observed import Observed
    from bylaw.evidence.inputs.tree import take_tree
    from bylaw.evidence.ledger.store import open_ledger

    for number in range(files):
        place = os.path.join(root, f"package{number % 400}")
        os.makedirs(place, exist_ok=True)
        with open(os.path.join(place, f"m{number}.py"), "w", encoding="utf-8") as file:
            file.write(f"VALUE = {number}\n" * 40)
    words = ["git", "-c", "user.name=x", "-c", "user.email=x@x"]
    for more in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run([*words, *more], cwd=root, check=True)
    tree = take_tree(root)
    layout = layout_of(each.path for each in tree.files)
    named = [("names", f"package{number}") for number in range(100)]
    named += [("there", f"package{number}/conftest.py") for number in range(100)]
    rows = tuple(Elsewhere(kind, path, look(kind, path, root, layout)) for kind, path in named)
    with open_ledger(root, create=True) as ledger:
        for number, slug in enumerate(slugs(claims)):
            seen = frozenset(each.path for each in tree.files[number * 10 :])
            observed = Observed(seen, "opened", rows) if number % 2 else None
            ledger.append(_draft(slug, inputs_of(tree, observed, ledger.blobs)))


def answer(root: str, claims: int) -> None:
    """Freshness of all claims, as a gate asks for it.

    Args:
        root: absolute path of the root.
        claims: number of claims.
    """
    from bylaw.evidence.inputs.freshness import Now, Plan, freshness_of
    from bylaw.evidence.inputs.tree import take_tree
    from bylaw.evidence.ledger.store import open_ledger

    with open_ledger(root, create=False) as ledger:
        items = {slug: ledger.latest(slug) for slug in slugs(claims)}
        drafts = [item.draft for item in items.values() if item is not None]
        plans = {each.claim: Plan(each.command, each.shell, each.cwd, each.tool, each.environment)
                 for each in drafts}  # fmt: skip
        now = Now("2100-01-01T00:00:00.000000Z", plans)
        found = freshness_of(items, take_tree(root), now, ledger.blobs)
    sys.stdout.write(f"{sum(each.state == 'fresh' for each in found)}\n")


def slugs(claims: int) -> list[str]:
    """Slugs of as many claims, Bylaw's own first.

    Args:
        claims: how many.
    """
    from bylaw.evidence.claim import CLAIMS

    return [*CLAIMS, *(f"own-{number}" for number in range(claims))][:claims]


def _draft(slug: str, inputs: Inputs) -> Draft:
    from bylaw.evidence.item import HERE, PASS, Draft, Environment, Scope, Tool

    return Draft(
        slug, ("pytest",), False, "", 0, "2026-11-01T00:00:00.000000Z",
        "2026-11-01T00:00:01.000000Z", PASS, (), "", "", (), Tool("pytest", "8"), inputs,
        Environment("CPython 3.12.0", "Linux-x86_64", "", ()), (), Scope(), HERE,
    )  # fmt: skip


def _measure(
    commands: dict[str, list[str]], root: str, runs: int
) -> dict[str, tuple[float, float]]:
    """Median milliseconds of each, by the wall and of processors; two rounds fill caches."""
    import os
    import statistics
    import subprocess
    import time

    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for number in range(runs + 2):
        for name, command in commands.items():
            before, started = os.times(), time.perf_counter()
            # The project's own root is where `benchmarks` is found; `bylaw stale` asks where it is.
            cwd = root if name == "stale" else None
            done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
            wall, after = time.perf_counter() - started, os.times()
            spent = after.children_user - before.children_user
            spent += after.children_system - before.children_system
            if number > 1:
                taken[name].append((wall * 1000, spent * 1000))
            if name == "gate" and not done.stdout.strip():
                raise SystemExit(done.stderr)
    return {
        name: (statistics.median(wall for wall, _ in each), statistics.median(c for _, c in each))
        for name, each in taken.items()
    }


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
