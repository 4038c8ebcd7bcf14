"""Runs rules over a linked project, the two slow groups side by side where that pays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bylaw.finding import Finding, Step
from bylaw.model.graph_building import LARGE
from bylaw.rules.context import RuleContext
from bylaw.rules.registry import RULES
from bylaw.source.workers import answer_of, can_fork, start_worker

APART = frozenset(
    {
        "import-cycle",
        "layer-violation",
        "missing-test-module",
        "mock-overuse",
        "nondeterministic-test",
    }
)
"""Rules that share no intermediate result with the others and cost about as much as all of them.

None of them reads deploy files or git: what those could not verify is noted in this process.
"""


def run_rules(context: RuleContext, enabled: Iterable[str], jobs: int) -> list[Finding]:
    """Findings of all enabled rules.

    Args:
        context: what the rules may ask.
        enabled: names of the rules.
        jobs: processes to use.

    Returns:
        The findings, the same for any number of processes.
    """
    names = sorted(enabled)
    apart = [name for name in names if name in APART]
    large = len(context.project.functions) > LARGE
    if jobs < 2 or not large or not apart or len(apart) == len(names) or not can_fork():
        return _run(context, names)
    worker = start_worker(lambda: [_packed(each) for each in _run(context, apart)])
    found = _run(context, [name for name in names if name not in APART])
    answer = answer_of(worker)
    found += _run(context, apart) if answer is None else [_unpacked(each) for each in answer]
    return found


def _run(context: RuleContext, names: Iterable[str]) -> list[Finding]:
    found: list[Finding] = []
    for name in names:
        find = RULES[name].find
        if find is not None:
            found.extend(find(context))
    return found


def _packed(finding: Finding) -> tuple[Any, ...]:
    return tuple(finding._replace(witness=tuple(tuple(step) for step in finding.witness)))  # type: ignore[misc]


def _unpacked(plain: tuple[Any, ...]) -> Finding:
    finding = Finding(*plain)
    return finding._replace(witness=tuple(Step(*step) for step in finding.witness))
