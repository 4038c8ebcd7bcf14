"""Entry point of ``python -m benchmarks.recall``: how much of what is wrong Bylaw finds."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence

from benchmarks.recall.measure import measure, prepare
from benchmarks.recall.report import Results, document, misses, table
from benchmarks.recall.templates import covered_rules, read_templates
from bylaw.rules.registry import INFOS


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recall", description=__doc__)
    parser.add_argument("--tree", action="append", metavar="NAME=PATH", required=True)
    parser.add_argument("--rules", metavar="RULE,...", help="only these; default: all covered")
    parser.add_argument("--json", metavar="FILE", help="write everything there as well")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="chooses the places")
    parser.add_argument("--places", type=int, default=2, metavar="N", help="for each template")
    parser.add_argument("--keep", metavar="DIR", help="leave the copies there")
    return parser


def main(arguments: Sequence[str]) -> int:
    """Measures and reports.

    Args:
        arguments: of the command line.

    Returns:
        0, or 2 for a wrong argument. A miss is no failure.
    """
    options = build_parser().parse_args(arguments)
    try:
        trees = [_tree(text) for text in options.tree]
        rules = options.rules.split(",") if options.rules else covered_rules()
        for rule in rules:
            read_templates(rule)
    except ValueError as problem:
        print(f"recall: {problem}", file=sys.stderr)
        return 2
    absent = [rule for rule in rules if rule not in INFOS]
    known = [rule for rule in rules if rule in INFOS]
    results: Results = {(rule, name): [] for rule in known for name, _ in trees}
    with tempfile.TemporaryDirectory(prefix="bylaw-recall-") as folder:
        for name, path in trees:
            tree = prepare(name, path, options.keep or folder, known)
            for rule in known:
                results[rule, name] = measure(tree, rule, options.seed, options.places)
    print(table(results, absent))
    print()
    print(misses(results))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as stream:
            json.dump(document(results, absent, options.seed), stream, indent=1)
            stream.write("\n")
    return 0


def _tree(text: str) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    if not equals or not os.path.isdir(path):
        raise ValueError(f"--tree takes NAME=PATH, not {text!r}")
    return name, path


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
