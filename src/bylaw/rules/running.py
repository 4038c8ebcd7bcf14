"""Runs rules over a linked project, the two slow groups side by side where that pays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from bylaw.errors import BylawError, Diagnostic
from bylaw.finding import Finding, Step
from bylaw.rules.context import RuleContext
from bylaw.rules.registry import RULES, Rule
from bylaw.rules.repository import Unverified, comments, reading_problems
from bylaw.source.workers import answer_of, can_fork, start_worker

_APART = frozenset(
    {
        "import-cycle",
        "layer-violation",
        "missing-test-module",
        "mock-overuse",
        "nondeterministic-test",
    }
)
"""Rules that share no intermediate result with the others and are slow on large repositories.

With those that read other files than Python they cost about as much as all the others.
"""
_TOGETHER = "import_time"
"""Family of rules that share one answer, and seldom read other files."""
LARGE = 1500
"""Functions from which a second process pays for the transfer of what it found."""


Crash = tuple[str, str, str]
"""Name of a rule that failed, the plug-in it comes with, and what happened where."""


class Applied(NamedTuple):
    """What became of the rules of a run.

    Attributes:
        findings: of all rules that ended.
        crashes: rules that did not end; what they would have found is not known.
        unverified: rules that could not look, and why.
        unread: what is wrong with deploy and project files that were read.
        comments: what such files say to Bylaw, by path.
    """

    findings: list[Finding]
    crashes: list[Crash]
    unverified: list[Unverified]
    unread: list[Diagnostic]
    comments: dict[str, Any]

    def problems(self) -> list[Diagnostic]:
        """The crashes and the files that could not be read, as errors of the run."""
        return self.unread + [
            Diagnostic(
                "internal-error", f"{_named(rule, plugin)} did not end: {message}",
                hint=f"file it with {plugin or 'the project'}; --ignore the rule until then",
                exit_code=2,
            )
            for rule, plugin, message in self.crashes
        ]  # fmt: skip


def run_rules(
    context: RuleContext,
    enabled: Iterable[str],
    jobs: int,
    rules: Mapping[str, Rule] = RULES,
) -> Applied:
    """Findings of all enabled rules; one that crashes takes no other with it.

    Args:
        context: what the rules may ask.
        enabled: names of the rules.
        jobs: processes to use.
        rules: every rule there is.

    Returns:
        The findings, the same for any number of processes.

    Raises:
        BylawError: what a rule was asked for cannot be done: a base revision that is not there.
    """
    names = sorted(enabled)
    apart = [name for name in names if _is_apart(rules[name])]
    large = len(context.project.functions) > LARGE
    if jobs < 2 or not large or not apart or len(apart) == len(names) or not can_fork():
        return _run(context, rules, names)

    worker = start_worker(lambda: _packed(_run(context, rules, apart)))
    done = _run(context, rules, [name for name in names if not _is_apart(rules[name])])
    answer = answer_of(worker)
    # What a second run in this process notes of the repository includes what the first did.
    other = _run(context, rules, apart) if answer is None else _unpacked(answer)
    return Applied(
        done.findings + other.findings,
        sorted(done.crashes + other.crashes),
        sorted({*done.unverified, *other.unverified}),
        list(dict.fromkeys(done.unread + other.unread)),
        done.comments | other.comments,
    )


def _is_apart(rule: Rule) -> bool:
    info = rule.info
    return info.name in _APART or (bool(info.needs) and info.family != _TOGETHER)


def _named(rule: str, plugin: str) -> str:
    return f"{rule} (plug-in {plugin})" if plugin else rule


def _run(context: RuleContext, rules: Mapping[str, Rule], names: Iterable[str]) -> Applied:
    findings: list[Finding] = []
    crashes: list[Crash] = []
    for name in names:
        find = rules[name].find
        if find is None:
            continue
        try:
            findings.extend(list(find(context)))
        except BylawError:
            raise
        except Exception as error:  # noqa: BLE001 - told as an error of the run
            crashes.append((name, rules[name].info.plugin, _told(error)))
    repository = context.repository
    return Applied(
        findings, crashes, sorted(set(repository.unverified)), reading_problems(repository),
        comments(repository),
    )  # fmt: skip


def _told(error: Exception) -> str:
    """What a report of a crash needs: the error, and the last place of ours it passed."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = "" if trace is None else f" at {trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"
    return f"{type(error).__name__}{place}: {error}"


def _packed(applied: Applied) -> tuple[Any, ...]:
    """The same as plain values, to travel between processes."""
    findings = [each._replace(witness=tuple(map(tuple, each.witness))) for each in applied.findings]  # type: ignore[arg-type]
    return (
        list(map(tuple, findings)), applied.crashes, list(map(tuple, applied.unverified)),
        list(map(tuple, applied.unread)), applied.comments,
    )  # fmt: skip


def _unpacked(plain: tuple[Any, ...]) -> Applied:
    findings, crashes, unverified, unread, remarks = plain
    found = [Finding(*each) for each in findings]
    return Applied(
        [each._replace(witness=tuple(Step(*step) for step in each.witness)) for each in found],
        [*map(tuple, crashes)],
        [Unverified(*each) for each in unverified],
        [Diagnostic(*each) for each in unread],
        remarks,
    )
