"""Joins ruff's findings with ours: renamed, re-cited, and never reported twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bylaw.facts import schema as F
from bylaw.facts.noqa import file_noqa_codes, noqa_codes
from bylaw.finding import Finding, Suppressed
from bylaw.model.roles import SCRIPT, TEST
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.delegated import missing_annotation, relative_import
from bylaw.rules.delegated.ruff_run import (
    RUFF_BLOCKING,
    RUFF_BLOCKING_FILES,
    RUFF_SWALLOWED,
    RuffFinding,
)
from bylaw.rules.flow import blocking_call_in_async, swallowed_exception
from bylaw.rules.rule import RuleInfo

CODES: Mapping[str, tuple[str, ...]] = {
    blocking_call_in_async.INFO.name: RUFF_BLOCKING,
    swallowed_exception.INFO.name: RUFF_SWALLOWED,
    relative_import.INFO.name: relative_import.RUFF_CODES,
    missing_annotation.INFO.name: missing_annotation.RUFF_CODES,
}
"""Ruff codes behind each rule that has a delegated share."""

_INFOS: Mapping[str, RuleInfo] = {
    info.name: info
    for info in (
        blocking_call_in_async.INFO,
        swallowed_exception.INFO,
        relative_import.INFO,
        missing_annotation.INFO,
    )
}


def delegated_findings(
    context: RuleContext, found: Iterable[RuffFinding], own: Sequence[Finding]
) -> Iterator[Finding]:
    """What ruff adds to our own findings.

    Args:
        context: the run.
        found: ruff's findings.
        own: our findings so far; one of the same rule and line wins.

    Yields:
        Findings under our rule names, one per rule and place.
    """
    rule_of = {code: rule for rule, codes in CODES.items() for code in codes}
    modules = {path: number for number, path in enumerate(context.project.paths)}
    taken = {(each.rule, each.path, each.line) for each in own}
    for each in sorted(found):
        rule = rule_of.get(each.code)
        module = modules.get(each.path)
        if rule is None or module is None:
            continue
        key = (rule, each.path, each.line)
        merged = rule not in (relative_import.INFO.name, missing_annotation.INFO.name)
        if (merged and key in taken) or not _counts(context, module, rule, each):
            continue
        taken.add(key)
        yield _renamed(context, module, _INFOS[rule], each)


def _counts(context: RuleContext, module: int, rule: str, found: RuffFinding) -> bool:
    """Whether our own reading of the place agrees that it is a finding."""
    project = context.project
    if rule == swallowed_exception.INFO.name:
        if project.roles[module] == TEST:
            return False
        for number, handler in _handlers(context, module):
            if handler[F.H_LINE] == found.line:
                return swallowed_exception.swallows(context, number, handler)
        return False
    if rule == blocking_call_in_async.INFO.name:
        aside = (TEST, SCRIPT) if found.code in RUFF_BLOCKING_FILES else (TEST,)
        return project.roles[module] not in aside
    return True


def _handlers(context: RuleContext, module: int) -> Iterator[tuple[int, tuple[object, ...]]]:
    offset = context.project.function_offset[module]
    for index, function in enumerate(context.project.facts[module][F.FUNCTIONS]):
        for handler in function[F.F_HANDLERS]:
            yield offset + index, handler


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


def _renamed(context: RuleContext, module: int, info: RuleInfo, found: RuffFinding) -> Finding:
    function = enclosing_function(context, module, found.line)
    message = f"{found.message.replace('`', '')} (ruff {found.code})"
    place = (found.line, found.column, found.end_line)
    severity = "warning" if found.code in RUFF_BLOCKING_FILES else info.severity
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
        codes = CODES.get(finding.rule)
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
