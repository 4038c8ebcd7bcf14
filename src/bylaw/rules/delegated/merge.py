"""Joins ruff's findings with ours: renamed, re-cited, and never reported twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from bylaw.facts import schema as F
from bylaw.facts.noqa import file_noqa_codes, noqa_codes
from bylaw.finding import Finding, Suppressed
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.delegated.ruff_run import RuffFinding
from bylaw.rules.registry import RULES
from bylaw.rules.rule import RuleInfo

CODES: Mapping[str, tuple[str, ...]] = {
    name: rule.codes for name, rule in RULES.items() if rule.codes
}
"""Ruff codes behind each rule that has a delegated share."""

_SILENCED_BY: Mapping[str, tuple[str, ...]] = {
    name: rule.silenced_by for name, rule in RULES.items() if rule.silenced_by
}


def delegated_findings(
    context: RuleContext,
    found: Iterable[RuffFinding],
    own: Sequence[Finding],
    enabled: Collection[str],
) -> Iterator[Finding]:
    """What ruff adds to our own findings.

    Args:
        context: the run.
        found: ruff's findings.
        own: our findings so far; one of the same rule and line wins.
        enabled: rules of the run; a code may stand for others as well.

    Yields:
        Findings under our rule names, one per rule and place.
    """
    named: dict[str, list[str]] = {}
    for name, codes in CODES.items():
        for code in codes:
            named.setdefault(code, []).append(name)
    modules = {path: number for number, path in enumerate(context.project.paths)}
    taken = {(each.rule, each.path, each.line) for each in own}
    for each in sorted(found):
        module = modules.get(each.path)
        if module is None:
            continue
        for name in named.get(each.code, ()):
            if name not in enabled:
                continue
            rule, key = RULES[name], (name, each.path, each.line)
            if rule.find is not None and key in taken:
                continue
            severity = rule.judge(context, module, each) if rule.judge else rule.info.severity
            if severity:
                taken.add(key)
                yield _renamed(context, module, rule.info, each, severity)


def enclosing_function(context: RuleContext, module: int, line: int) -> int:
    """Number of the innermost function of a file that holds a line."""
    project = context.project
    offset = project.function_offset[module]
    best, size = offset, 1 << 60
    for index, function in enumerate(project.facts[module][F.FUNCTIONS]):
        first, last = function[F.F_LINE], function[F.F_END]
        if index and first <= line <= last and last - first < size:
            best, size = offset + index, last - first
    return best


def _renamed(
    context: RuleContext, module: int, info: RuleInfo, found: RuffFinding, severity: str
) -> Finding:
    function = enclosing_function(context, module, found.line)
    message = f"{found.message.replace('`', '')} (ruff {found.code})"
    place = (found.line, found.column, found.end_line)
    return make_finding(
        info, context.project, function, place, message, severity=severity, sink=found.code
    )


def apply_noqa(
    findings: Sequence[Finding], comments: Mapping[str, Sequence[tuple[int, int, str, bool]]]
) -> tuple[list[Finding], list[Suppressed]]:
    """Honours ``# noqa`` for the rules that ruff has a share in.

    Args:
        findings: all findings.
        comments: comment facts per path.

    Returns:
        What is left, and what a ``noqa`` comment silences.
    """
    kept: list[Finding] = []
    silenced: list[Suppressed] = []
    for finding in findings:
        codes = _SILENCED_BY.get(finding.rule)
        if codes is None or not _is_silenced(finding, codes, comments.get(finding.path, ())):
            kept.append(finding)
        else:
            silenced.append(Suppressed(finding, "noqa", ""))
    return kept, silenced


def _is_silenced(
    finding: Finding, codes: tuple[str, ...], comments: Sequence[tuple[int, int, str, bool]]
) -> bool:
    for line, _, text, alone in comments:
        found = None
        if finding.line <= line <= finding.end_line:
            found = noqa_codes(text)
        elif alone:
            found = file_noqa_codes(text)
        if found is not None and (not found or any(_covers(each, codes) for each in found)):
            return True
    return False


def _covers(written: str, codes: tuple[str, ...]) -> bool:
    return any(code.startswith(written) for code in codes)
