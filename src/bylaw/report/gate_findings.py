"""The verdict for platforms that show findings: SARIF, and GitHub's workflow commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bylaw.errors import Diagnostic
from bylaw.gates.reason import Reason, meaning
from bylaw.report.github import render_github
from bylaw.report.sarif import render_sarif

if TYPE_CHECKING:
    from bylaw.gates.answer import Answer
    from bylaw.result import CheckResult
    from bylaw.rules.rule import RuleInfo


def render_gate_sarif(
    answer: Answer, check: CheckResult, rules: Sequence[RuleInfo], version: str
) -> str:
    """The findings the change answers for; every other reason is a notification of the run.

    Args:
        answer: of the gate.
        check: what the rules found in the whole repository.
        rules: the rules that exist.
        version: of Bylaw.
    """
    return render_sarif(_of_change(answer, check), rules, version)


def render_gate_github(answer: Answer, check: CheckResult, prefix: str) -> str:
    """An annotation for each finding and reason, then the verdict in a line.

    Args:
        answer: of the gate.
        check: what the rules found in the whole repository.
        prefix: folder of the root inside the repository.
    """
    text = render_github(_of_change(answer, check), prefix=prefix)
    verdict = answer.verdict
    rest = f"; next: {verdict.next_command}" if verdict.next_command else ""
    return f"{text}bylaw gate: {verdict.verdict} ({verdict.status}){rest}\n"


def _of_change(answer: Answer, check: CheckResult) -> CheckResult:
    """A result that holds what the change answers for, and no more."""
    reasons = [each for each in answer.verdict.reasons if not _is_finding(each, answer)]
    return check._replace(
        findings=answer.matter.findings,
        errors=(*answer.errors, *map(_diagnostic, reasons)),
    )  # fmt: skip


def _is_finding(reason: Reason, answer: Answer) -> bool:
    """Whether a reason stands for findings, which are listed one by one."""
    rules = {each.rule for each in answer.matter.findings}
    return reason.reason_code.partition(":")[2] in rules


def _diagnostic(reason: Reason) -> Diagnostic:
    message = f"{reason.surface}: {meaning(reason.reason_code)}"
    steps = reason.recovery_steps
    return Diagnostic(reason.reason_code, message, hint=steps[0] if steps else "")
