"""Runs rules over a linked project, the two slow groups side by side where that pays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from bylaw.errors import BylawError, Diagnostic
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


Crash = tuple[str, str]
"""Name of a rule that failed, and what happened where."""


class Applied(NamedTuple):
    """What became of the rules of a run.

    Attributes:
        findings: of all rules that ended.
        crashes: rules that did not end; what they would have found is not known.
    """

    findings: list[Finding]
    crashes: list[Crash]

    def problems(self) -> list[Diagnostic]:
        """The crashes as errors of the run."""
        return [
            Diagnostic(
                "internal-error", f"{rule} did not end: {message}",
                hint="file it with the project; --ignore the rule until it is mended", exit_code=2,
            )
            for rule, message in self.crashes
        ]  # fmt: skip


def run_rules(context: RuleContext, enabled: Iterable[str], jobs: int) -> Applied:
    """Findings of all enabled rules; one that crashes takes no other with it.

    Args:
        context: what the rules may ask.
        enabled: names of the rules.
        jobs: processes to use.

    Returns:
        The findings, the same for any number of processes.

    Raises:
        BylawError: what a rule was asked for cannot be done: a base revision that is not there.
    """
    names = sorted(enabled)
    apart = [name for name in names if name in APART]
    large = len(context.project.functions) > LARGE
    if jobs < 2 or not large or not apart or len(apart) == len(names) or not can_fork():
        return _run(context, names)

    def run_apart() -> tuple[Any, ...]:
        done = _run(context, apart)
        return [_packed(each) for each in done.findings], done.crashes

    worker = start_worker(run_apart)
    done = _run(context, [name for name in names if name not in APART])
    answer = answer_of(worker)
    if answer is None:
        other = _run(context, apart)
    else:
        other = Applied([_unpacked(each) for each in answer[0]], [*map(tuple, answer[1])])
    return Applied(done.findings + other.findings, sorted(done.crashes + other.crashes))


def _run(context: RuleContext, names: Iterable[str]) -> Applied:
    done = Applied([], [])
    for name in names:
        find = RULES[name].find
        if find is None:
            continue
        try:
            done.findings.extend(list(find(context)))
        except BylawError:
            raise
        except Exception as error:  # noqa: BLE001 - told as an error of the run
            done.crashes.append((name, _told(error)))
    return done


def _told(error: Exception) -> str:
    """What a report of a crash needs: the error, and the last place of ours it passed."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = "" if trace is None else f" at {trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"
    return f"{type(error).__name__}{place}: {error}"


def _packed(finding: Finding) -> tuple[Any, ...]:
    return tuple(finding._replace(witness=tuple(tuple(step) for step in finding.witness)))  # type: ignore[misc]


def _unpacked(plain: tuple[Any, ...]) -> Finding:
    finding = Finding(*plain)
    return finding._replace(witness=tuple(Step(*step) for step in finding.witness))
