"""What packs that are not enabled would add to a run in a repository without configuration."""

from __future__ import annotations

from collections.abc import Sequence

from bylaw.activation import Activation
from bylaw.finding import CONFIDENCES
from bylaw.result import Further
from bylaw.rules.context import RuleContext
from bylaw.rules.running import run_rules
from bylaw.rules.selection import Options
from bylaw.source.project_root import covers
from bylaw.source.workers import available_processes


def count_further(
    context: RuleContext, activation: Activation, options: Options, inside: Sequence[str]
) -> tuple[Further, ...]:
    """Rules and findings that each pack would add to those of this run.

    Args:
        context: the run.
        activation: what it asked for.
        options: of the run.
        inside: paths that are reported on, relative to the root.

    Returns:
        One entry per pack that would add rules. What ruff alone would find is not counted.
    """
    more = frozenset().union(*activation.further.values())
    if not more or not context.project.paths:
        return ()
    applied = run_rules(context, more, options.jobs or available_processes())
    least = CONFIDENCES.index(options.min_confidence)
    counts: dict[str, int] = {}
    for each in applied.findings:
        sure = CONFIDENCES.index(each.confidence) <= least
        if sure and each.severity != "note" and covers(inside, each.path):
            counts[each.rule] = counts.get(each.rule, 0) + 1
    return tuple(
        Further(pack, len(rules), sum(counts.get(rule, 0) for rule in rules))
        for pack, rules in activation.further.items()
        if rules
    )
