"""Which rules have a mend that edits, by name; all others are only shown how to mend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from bylaw.finding import Finding
from bylaw.mends.absolute_import import absolute_import
from bylaw.mends.context import MendContext
from bylaw.mends.edit import DISPLAY, SAFE, UNSAFE, Mend, NoMend
from bylaw.mends.future_annotations import future_annotations
from bylaw.mends.lazy_setting import lazy_setting
from bylaw.mends.needless_comment import needless_comment
from bylaw.mends.thread_call import thread_call

Maker = Callable[[MendContext, Finding], Mend | str]

CATALOGUE: Mapping[str, tuple[str, Maker]] = {
    "blocking-call-in-async": (UNSAFE, thread_call),
    "import-time-env-read": (UNSAFE, lazy_setting),
    "missing-future-annotations": (SAFE, future_annotations),
    "relative-import": (SAFE, absolute_import),
    "unused-suppression": (SAFE, needless_comment),
}
"""Best grade a rule's mends have, and what makes them; a mend may be less safe, never safer."""


def grade_of(rule: str) -> str:
    """``safe``, ``unsafe``, or ``display`` where the mend is only told."""
    return CATALOGUE[rule][0] if rule in CATALOGUE else DISPLAY


def make_mends(
    context: MendContext, findings: Iterable[Finding]
) -> tuple[list[Mend], list[NoMend]]:
    """A mend for every finding that has one.

    Args:
        context: what is known.
        findings: in order.

    Returns:
        The mends in the same order, and why the others of those rules have none.
    """
    made, left = [], []
    for finding in findings:
        if finding.rule not in CATALOGUE:
            continue
        outcome = CATALOGUE[finding.rule][1](context, finding)
        if isinstance(outcome, Mend):
            made.append(outcome)
        else:
            left.append(NoMend(finding, outcome))
    return made, left
