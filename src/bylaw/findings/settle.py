"""From all findings to those that are reported: suppressions, baseline, paths, confidence."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from bylaw.errors import Diagnostic, UsageError
from bylaw.finding import CONFIDENCES, Finding, Suppressed, sort_key
from bylaw.findings.baseline import (
    Baseline,
    BaselineMatch,
    apply_baseline,
    grown,
    load_baseline,
    stale_findings,
    updated,
    write_baseline,
)
from bylaw.findings.fingerprint import assign_fingerprints
from bylaw.findings.suppression import apply_suppressions, parse_suppressions
from bylaw.rules.selection import Options
from bylaw.source.project_root import covers

DEFAULT_BASELINE = "bylaw-baseline.json"

Comments = Mapping[str, Sequence[tuple[int, int, str, bool]]]


class Settled(NamedTuple):
    """What a run reports.

    Attributes:
        findings: neither silenced nor baselined, of the asked paths, sure enough, sorted.
        suppressed: silenced and baselined ones of the asked paths.
        silenced: how many of them a comment silences.
        baselined: how many of them the baseline holds.
        errors: what made the run incomplete or unusable.
    """

    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...]
    silenced: int
    baselined: int
    errors: tuple[Diagnostic, ...]


def settle(
    root: str,
    inside: Sequence[str],
    findings: Sequence[Finding],
    noqa: Sequence[Suppressed],
    comments: Comments,
    enabled: frozenset[str],
    options: Options,
    errors: Sequence[Diagnostic],
    known: frozenset[str],
) -> Settled:
    """Applies everything that stands between a rule and the report.

    Args:
        root: absolute path of the root.
        inside: asked paths relative to the root; empty string for all.
        findings: of all rules, whole root.
        noqa: findings that ``# noqa`` silences.
        comments: comment facts per path.
        enabled: rules that ran.
        options: of the run.
        errors: what went wrong so far.
        known: every rule there is.

    Returns:
        What is reported.

    Raises:
        BaselineError: the named baseline is missing or malformed.
        UsageError: the baseline is to be changed after an incomplete run.
    """
    everything = assign_fingerprints([*findings, *(each.finding for each in noqa)])
    silent = {each.fingerprint for each in everything[len(findings) :]}
    findings = [each for each in everything if each.fingerprint not in silent]
    suppressions = {path: parse_suppressions(each) for path, each in comments.items()}
    matched = apply_suppressions(findings, suppressions, known, enabled)
    kept = [*matched.kept, *(each for each in matched.tool_findings if each.rule in enabled)]
    silenced = [*matched.suppressed]
    silenced += [Suppressed(each, "noqa", "") for each in everything if each.fingerprint in silent]
    after = _through_baseline(root, kept, enabled, options, errors)
    kept = [*after.kept, *_stale(root, after, enabled, options)]
    baselined = [Suppressed(each, "baseline", "") for each in after.baselined]
    wanted = _filter(inside, options)
    reported = sorted((each for each in kept if wanted(each)), key=sort_key)
    hidden = [each for each in silenced if wanted(each.finding)]
    accepted = [each for each in baselined if wanted(each.finding)]
    suppressed = sorted([*hidden, *accepted], key=lambda each: sort_key(each.finding))
    return Settled(
        _fingerprinted(reported), tuple(suppressed), len(hidden), len(accepted), tuple(errors)
    )


def _fingerprinted(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Findings that came after the fingerprints were given get theirs now."""
    late = assign_fingerprints([each for each in findings if not each.fingerprint])
    return tuple(sorted([*(each for each in findings if each.fingerprint), *late], key=sort_key))


def _filter(inside: Sequence[str], options: Options) -> Callable[[Finding], bool]:
    least = CONFIDENCES.index(options.min_confidence)

    def wanted(finding: Finding) -> bool:
        if CONFIDENCES.index(finding.confidence) > least:
            return False
        return covers(inside, finding.path)

    return wanted


def baseline_path(root: str, options: Options) -> str:
    """The baseline that is used: the named one, else the default one where it exists."""
    if options.baseline:
        return options.baseline
    default = os.path.join(root, DEFAULT_BASELINE)
    wanted = options.grow_baseline or options.update_baseline or os.path.exists(default)
    return default if wanted else ""


def _through_baseline(
    root: str,
    findings: Sequence[Finding],
    enabled: frozenset[str],
    options: Options,
    errors: Sequence[Diagnostic],
) -> BaselineMatch:
    path = baseline_path(root, options)
    if not path:
        return BaselineMatch(tuple(findings), (), ())
    exists = os.path.exists(path)
    baseline = Baseline() if options.grow_baseline and not exists else load_baseline(path)
    if options.update_baseline or options.grow_baseline:
        if errors:
            raise UsageError(
                "the baseline is not changed after an incomplete run",
                hint="mend the errors first: bylaw check",
            )
        if options.update_baseline:
            baseline = updated(baseline, findings, enabled_rules=enabled)
        if options.grow_baseline:
            baseline = grown(baseline, [each for each in findings if each.severity != "note"])
        write_baseline(path, baseline)
    return apply_baseline(findings, baseline, enabled_rules=enabled)


def _stale(
    root: str, after: BaselineMatch, enabled: frozenset[str], options: Options
) -> list[Finding]:
    if "stale-baseline" not in enabled or not after.stale:
        return []
    path = os.path.relpath(baseline_path(root, options), root).replace(os.sep, "/")
    return stale_findings(path, after.stale)
