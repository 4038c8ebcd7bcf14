"""What one run of the analysis hands to the reports."""

from __future__ import annotations

from typing import NamedTuple

from bylaw.errors import Diagnostic
from bylaw.finding import Finding, Suppressed


class Skipped(NamedTuple):
    """A Python file that was found and not analysed.

    Attributes:
        path: file relative to the root.
        reason: why, in a few words (``not valid UTF-8``, ``vendored``).
    """

    path: str
    reason: str


class NotVerified(NamedTuple):
    """A rule that ran and could not look.

    Attributes:
        rule: its name.
        reason: what it lacked.
    """

    rule: str
    reason: str


class Summary(NamedTuple):
    """Counts that say what a run looked at.

    Attributes:
        files: Python files found.
        analysed: files whose facts entered the model.
        skipped: files that did not, each with a reason.
        findings: length of ``CheckResult.findings``.
        suppressed: findings silenced by a comment.
        baselined: findings that the baseline holds.
        calls_resolved: calls whose callee is known.
        calls_unresolved: calls whose callee is not; they count as without effect.
    """

    files: int
    analysed: int
    skipped: tuple[Skipped, ...]
    findings: int
    suppressed: int
    baselined: int
    calls_resolved: int
    calls_unresolved: int


class Left(NamedTuple):
    """A finding whose rule has a mend, which could not be made here.

    Attributes:
        path: file of the finding.
        line: its line.
        rule: its rule.
        reason: why it was left.
    """

    path: str
    line: int
    rule: str
    reason: str


class MendReport(NamedTuple):
    """What ``--fix`` did.

    Attributes:
        mended: findings that were mended, or would be.
        files: files that changed, or would.
        unsafe: findings that ``--unsafe-fixes`` might mend as well, not tried.
        left: findings whose mend could not be made, sorted.
        written: whether the files were written.
    """

    mended: int
    files: int
    unsafe: int
    left: tuple[Left, ...]
    written: bool


class Further(NamedTuple):
    """What a pack that is not enabled would add.

    Attributes:
        pack: its name.
        rules: rules that did not run.
        findings: errors and warnings of those that need no other tool.
    """

    pack: str
    rules: int
    findings: int


class CheckResult(NamedTuple):
    """Outcome of ``bylaw check``.

    Attributes:
        root: absolute path of the analysed root.
        summary: what was looked at.
        findings: neither suppressed nor baselined, sorted.
        suppressed: silenced findings (comment, noqa, baseline), sorted.
        errors: what made the run incomplete or unusable.
        import_roots: directories modules are imported from, relative to the root.
        exit_code: 0, 1, 2 or 3 as INTERFACE.md defines them.
        mends: what ``--fix`` did; None where it was not asked for.
        not_verified: rules that could not look; nothing they would have found has passed.
        further: what packs would add, where nothing is configured and somebody wants to know.
    """

    root: str
    summary: Summary
    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...]
    errors: tuple[Diagnostic, ...]
    import_roots: tuple[str, ...]
    exit_code: int
    mends: MendReport | None = None
    not_verified: tuple[NotVerified, ...] = ()
    further: tuple[Further, ...] = ()
