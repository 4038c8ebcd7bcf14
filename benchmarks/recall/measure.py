"""Bylaw over a copy of a tree, before and after it was seeded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.recall.files import read_tree
from benchmarks.recall.places import World, survey
from benchmarks.recall.plan import Reported, batches, make_plan
from benchmarks.recall.seeds import Seed
from benchmarks.recall.templates import read_templates
from bylaw import check
from bylaw.finding import Finding

_LEFT_OUT = shutil.ignore_patterns(
    ".git", "node_modules", "__pycache__", ".venv", "*.js", "*.ts", "*.tsx", "*.png", "*.svg"
)


class Outcome(NamedTuple):
    """What became of one seed: ``found``, ``doubtful`` (only as a possible finding), ``missed``."""

    seed: Seed
    result: str


class Tree(NamedTuple):
    """A copy of a tree that seeds may be written into.

    Attributes:
        name: of the tree.
        root: directory of the copy.
        world: what the unmutated files say.
        before: fingerprints and places of every finding, by rule.
    """

    name: str
    root: str
    world: World
    before: dict[str, list[Finding]]


def prepare(name: str, path: str, folder: str, rules: Sequence[str]) -> Tree:
    """Copies a tree and reports on it as it is.

    Args:
        name: of the tree.
        path: where it is.
        folder: where the copy goes.
        rules: the rules that will be measured.

    Returns:
        The copy.
    """
    root = os.path.join(folder, name)
    shutil.copytree(path, root, ignore=_LEFT_OUT, symlinks=True)
    before: dict[str, list[Finding]] = {rule: [] for rule in rules}
    if rules:
        for finding in _findings(root, rules):
            before[finding.rule].append(finding)
    return Tree(name, root, survey(read_tree(root)), before)


def _findings(root: str, rules: Sequence[str]) -> tuple[Finding, ...]:
    result = check(root, select=rules, min_confidence="possible", use_cache=False)
    fatal = [error for error in result.errors if error.code != "syntax-not-supported"]
    broken = [error for error in fatal if error.code == "internal-error"]
    if broken or not result.summary.analysed:
        raise RuntimeError(f"no answer for {root}: {fatal}")
    return result.findings


def measure(tree: Tree, rule: str, seed: int, places: int) -> list[Outcome]:
    """Seeds one rule's violations and counts what is reported.

    Args:
        tree: the copy; it is as it was when this returns.
        rule: a rule that exists.
        seed: what the choice of places starts from.
        places: places for each template.

    Returns:
        One outcome for each seed, in the order of the plan.
    """
    reported: Reported = {}
    for finding in tree.before[rule]:
        reported.setdefault(finding.path, []).append((finding.line, finding.end_line))
    key = f"{seed} {tree.name} {rule}"
    seeds = make_plan(read_templates(rule), tree.world, key, places, reported)
    results: dict[int, str] = {}
    for group in batches(seeds):
        _write(tree, group)
        try:
            after = _findings(tree.root, [rule])
        finally:
            _restore(tree, group)
        new = [finding for finding in after if finding.rule == rule]
        for each in group:
            results[each.number] = judge(each, new)
    return [Outcome(each, results[each.number]) for each in seeds]


def judge(seed: Seed, findings: Sequence[Finding]) -> str:
    """Whether the findings of a rule name a seeded violation.

    A line that was seeded cannot have been reported before, so only the place where a finding
    begins and the end of its witness count, never a span that happens to hold the line.

    Args:
        seed: the violation.
        findings: what the rule reports in the mutated tree.

    Returns:
        ``found``, ``doubtful`` or ``missed``.
    """
    best = "missed"
    for finding in findings:
        steps = finding.witness if seed.template.steps else finding.witness[-1:]
        spots = {(finding.path, finding.line), *((step.path, step.line) for step in steps)}
        if seed.lines & spots:
            if finding.confidence != "possible":
                return "found"
            best = "doubtful"
    return best


def _write(tree: Tree, group: Sequence[Seed]) -> None:
    for seed in group:
        for path, text in seed.writes:
            target = os.path.join(tree.root, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "w", encoding="utf-8", newline="") as stream:
                stream.write(text)


def _restore(tree: Tree, group: Sequence[Seed]) -> None:
    originals = {file.path: file.text for file in tree.world.files}
    for seed in group:
        for path, _ in seed.writes:
            target = os.path.join(tree.root, path)
            if path in originals:
                with open(target, "w", encoding="utf-8", newline="") as stream:
                    stream.write(originals[path])
            else:
                os.remove(target)
