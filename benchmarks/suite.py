"""The whole measurement: trees, cases, peers, ratios, report."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shlex
import sys
import tempfile
from collections.abc import Sequence
from typing import Any, NamedTuple

from benchmarks import cases, machine, peers, tables, targets
from benchmarks.measure import Case, Outcome, measure
from benchmarks.process import can_sample_memory, sample_memory
from benchmarks.trees import Source, Tree, default_sources, make_tree, parse_sources

_GROWTH = (1, 4, 16)
_PROJECT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Bench(NamedTuple):
    """What holds for every tree.

    Attributes:
        options: of the command line.
        folder: temporary directory of the whole run.
        env: environment every command starts from.
        python: interpreter that the floor and Bylaw run on.
        bylaw: the command, without its subcommand.
        found: the peers.
    """

    options: argparse.Namespace
    folder: str
    env: dict[str, str]
    python: str
    bylaw: tuple[str, ...]
    found: list[peers.Found]

    def setting(self, tree: Tree) -> cases.Setting:
        """What the cases of a tree need to know."""
        return cases.Setting(
            tree=tree,
            scratch=os.path.join(self.folder, f"scratch-{tree.name}"),
            env=self.env,
            python=self.python,
            bylaw=self.bylaw,
            jobs=self.options.jobs or cases.processors(),
            jobs_asked=self.options.jobs is not None,
            peer_seconds=self.options.peer_timeout,
            edits=itertools.count(1),
        )


class TreeResult(NamedTuple):
    """Everything that was measured on one tree."""

    tree: Tree
    outcomes: list[Outcome]
    memory_mib: float | None

    def summary(self) -> dict[str, int] | None:
        """What Bylaw's cold run says it looked at."""
        cold = [outcome.output for outcome in self.outcomes if outcome.case == cases.COLD]
        return cases.report_summary(cold[0]) if cold else None

    def figures(self) -> targets.Figures:
        """The medians of the cases that went well."""
        return targets.Figures(
            self.tree.name, self.tree.role, len(self.tree.files), self.medians(), self.memory_mib
        )

    def medians(self) -> dict[str, float]:
        """Seconds by case."""
        pairs = ((outcome.case, outcome.median) for outcome in self.outcomes)
        return {case: median for case, median in pairs if median is not None}


class Growth(NamedTuple):
    """Cold runs on generated trees: files, floor and Bylaw for each size; and every outcome."""

    rows: list[tuple[int, float | None, float | None]]
    outcomes: list[Outcome]

    def cold_by_size(self) -> list[tuple[int, float]]:
        """Files and seconds of the sizes that went well; growth needs all of them."""
        known = [(files, cold) for files, _, cold in self.rows if cold is not None]
        return known if len(known) == len(self.rows) else []


def build_parser() -> argparse.ArgumentParser:
    """The command line.

    Returns:
        Its parser.
    """
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument(
        "--tree",
        action="append",
        metavar="NAME=PATH",
        help="a tree to measure; the name small, medium or large says which targets it is held"
        " to (also BYLAW_BENCH_TREES, several separated by ':'); default: the bundled example,"
        " the standard library and a generated backend",
    )
    parser.add_argument("--bylaw", metavar="CMD", help="command to measure instead of Bylaw's own")
    parser.add_argument("--jobs", type=int, metavar="N", help="processes of floor, Bylaw and peers")
    parser.add_argument(
        "--peer-env",
        action="append",
        default=[],
        metavar="DIR",
        help="environment to find peers in",
    )
    parser.add_argument("--peers", metavar="NAME,...", help="only these; 'none' for none")
    parser.add_argument("--peer-timeout", type=float, default=120, metavar="SECONDS")
    parser.add_argument(
        "--growth-modules", type=int, default=400, metavar="N", help="size 1x; 0 leaves growth out"
    )
    parser.add_argument("--json", metavar="FILE", help="write everything there as well")
    return parser


def main(arguments: Sequence[str]) -> int:
    """Measures and reports.

    Args:
        arguments: of the command line.

    Returns:
        0; 1 if a case of Bylaw failed; 2 for a wrong argument. A missed target is no failure.
    """
    options = build_parser().parse_args(arguments)
    trees = options.tree or [t for t in os.environ.get("BYLAW_BENCH_TREES", "").split(":") if t]
    try:
        sources = parse_sources(trees) if trees else default_sources(_PROJECT)
        wanted = _wanted_peers(options.peers)
    except ValueError as problem:
        print(f"make bench: {problem}", file=sys.stderr)
        return 2
    env = machine.clean_environment()
    python, bylaw = cases.find_bylaw(_PROJECT)
    if options.bylaw:
        bylaw = _located(shlex.split(options.bylaw))
    folders = [os.path.join(folder, "bin") for folder in options.peer_env]
    folders.append(os.path.dirname(python))
    found = peers.find_peers(wanted, folders, env)
    load_before = machine.load()
    with tempfile.TemporaryDirectory(prefix="bylaw-bench-") as folder:
        bench = Bench(options, os.path.realpath(folder), env, python, bylaw, found)
        report = _measure_all(bench, sources)
    report["machine"]["load"] = [load_before, machine.load()]
    if options.json:
        with open(options.json, "w", encoding="utf-8") as stream:
            json.dump(report, stream, indent=1)
            stream.write("\n")
    return 1 if report["failed"] else 0


def _located(command: list[str]) -> tuple[str, ...]:
    """Commands run inside the trees, so a path that is relative to here has to be made absolute."""
    program, *rest = command
    return (os.path.abspath(program) if os.sep in program else program, *rest)


def _wanted_peers(text: str | None) -> list[str] | None:
    if text is None:
        return None
    names = [] if text == "none" else text.split(",")
    known = [peer.name for peer in peers.all_peers()]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"no peer {unknown[0]!r}; there are {', '.join(known)}")
    return names


def _measure_all(bench: Bench, sources: list[Source]) -> dict[str, Any]:
    report = _preface(bench)
    verdicts: list[targets.Verdict] = []
    outcomes: list[Outcome] = []
    for source in sources:
        result = _measure_tree(bench, source)
        print(tables.tree_table(result.tree, result.outcomes))
        print(tables.tree_notes(result.tree, result.summary(), result.memory_mib), flush=True)
        verdicts.extend(targets.judge_tree(result.figures()))
        outcomes.extend(result.outcomes)
        report["trees"].append(_tree_record(result))
    starts = _measure_starts(bench)
    outcomes.extend(starts.outcomes)
    grown = _measure_growth(bench)
    outcomes.extend(grown.outcomes)
    if grown.rows:
        print(tables.growth_table(grown.rows), end="\n\n")
    verdicts.extend(targets.judge_machine(starts.medians(), grown.cold_by_size()))
    for case, median in starts.medians().items():
        print(f"{case}: {tables.seconds_text(median)}")
    print(f"\n{tables.target_table(verdicts)}")
    report["start"] = [_outcome_record(outcome) for outcome in starts.outcomes]
    report["growth"] = [_outcome_record(outcome) for outcome in grown.outcomes]
    report["targets"] = [_verdict_record(verdict) for verdict in verdicts]
    report["failed"] = [
        outcome.case
        for outcome in outcomes
        if outcome.case.startswith("bylaw") and outcome.status != "ok"
    ]
    return report


def _preface(bench: Bench) -> dict[str, Any]:
    described = machine.describe_machine()
    versions = {
        "bylaw": machine.version_of(bench.bylaw, bench.env),
        "commit": machine.commit_of(_PROJECT),
        "python": machine.version_of((bench.python,), bench.env),
        **{found.peer.name: found.version or None for found in bench.found if found.path},
    }
    busy = machine.load()
    print(f"{described['processor']}, {described['processors']} processors, {versions['python']}")
    print(f"bylaw: {versions['bylaw'] or 'does not run'} ({' '.join(bench.bylaw)})")
    for found in bench.found:
        print(f"{found.peer.name}: {found.version or found.path or found.problem}")
    if busy is not None and busy > 0.5:
        print(f"load {busy}: other work is running, so trust the ratios more than the times")
    print(flush=True)
    return {
        "schema": "bylaw.bench/1",
        "machine": described,
        "versions": versions,
        "rounds": bench.options.rounds,
        "trees": [],
    }


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


def _measure_tree(bench: Bench, source: Source) -> TreeResult:
    tree = make_tree(source, os.path.join(bench.folder, source.name))
    _say(f"{tree.name}: {len(tree.files)} files")
    setting = bench.setting(tree)
    runnable, absent = peers.peer_cases(setting, bench.found)
    own = [*cases.floor_cases(setting), *cases.bylaw_cases(setting)]
    outcomes = cases.distrust(measure([*own, *runnable], bench.options.rounds, _say))
    return TreeResult(tree, [*outcomes, *absent], _memory(setting, outcomes))


def _memory(setting: cases.Setting, outcomes: list[Outcome]) -> float | None:
    cold = next(outcome for outcome in outcomes if outcome.case == cases.COLD)
    if cold.status != "ok" or not can_sample_memory():
        return None
    cases.forget(setting)
    # A sample may fall beside the peak, and all processes are never less than the largest.
    return max(cold.peak_mib, sample_memory(cases.check_command(setting)))


def _measure_starts(bench: Bench) -> TreeResult:
    source = Source("start", "", 1, what="any tree")
    tree = make_tree(source, os.path.join(bench.folder, source.name))
    # Many short runs: at this length a single one says little.
    rounds = bench.options.rounds * 5
    outcomes = measure(cases.start_cases(bench.setting(tree)), rounds, lambda _: None)
    return TreeResult(tree, outcomes, None)


def _measure_growth(bench: Bench) -> Growth:
    modules = bench.options.growth_modules
    listed: list[Case] = []
    sizes: list[tuple[str, int]] = []
    for factor in _GROWTH if modules else ():
        name = f"{factor}x"
        source = Source(f"growth-{name}", "", modules * factor)
        tree = make_tree(source, os.path.join(bench.folder, source.name))
        setting = bench.setting(tree)
        sizes.append((name, len(tree.files)))
        floor = cases.floor_cases(setting)[-1]
        cold = cases.bylaw_cases(setting)[0]
        listed.append(floor._replace(name=f"{cases.FLOOR_ALL}, {name}"))
        listed.append(cold._replace(name=f"{cases.COLD}, {name}"))
    # All sizes in each round: growth is read off the steps between them.
    outcomes = measure(listed, bench.options.rounds, _say)
    medians = {outcome.case: outcome.median for outcome in outcomes}
    rows = [
        (files, medians[f"{cases.FLOOR_ALL}, {name}"], medians[f"{cases.COLD}, {name}"])
        for name, files in sizes
    ]
    return Growth(rows, outcomes)


def _tree_record(result: TreeResult) -> dict[str, Any]:
    tree = result.tree
    return {
        "name": tree.name,
        "role": tree.role,
        "what": tree.what,
        "files": len(tree.files),
        "lines": tree.lines,
        "bytes": tree.size,
        "edited": os.path.relpath(tree.edited, tree.root) if tree.edited else None,
        "importers": tree.importers,
        "analysed": result.summary(),
        "memory_mib": result.memory_mib,
        "cases": [_outcome_record(outcome) for outcome in result.outcomes],
    }


def _outcome_record(outcome: Outcome) -> dict[str, Any]:
    return {
        "case": outcome.case,
        "status": outcome.status,
        "note": outcome.note,
        "argv": list(outcome.argv),
        "median": outcome.median,
        "seconds": list(outcome.seconds),
        "processor_seconds": list(outcome.processor_seconds),
        "peak_mib": outcome.peak_mib,
        "exit_code": outcome.exit_code,
    }


def _verdict_record(verdict: targets.Verdict) -> dict[str, Any]:
    return {**verdict._asdict(), "limit": verdict.limit._asdict()}
