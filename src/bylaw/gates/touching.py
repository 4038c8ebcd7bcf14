"""Which findings a change answers for: those on its lines, and those whose road crosses them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from bylaw.finding import Finding

Lines = Mapping[str, frozenset[int]]
"""Changed lines by path, 1-based."""


def changed_lines(before: bytes | None, after: bytes | None) -> frozenset[int]:
    """Lines of a file that a change wrote, and those on either side of what it took away.

    Args:
        before: content before; None for a new file.
        after: content after; None for one that is gone.
    """
    if after is None:
        return frozenset()
    new = after.splitlines()
    if before is None:
        return frozenset(range(1, len(new) + 1))
    old = before.splitlines()
    found: set[int] = set()
    for tag, _, _, start, end in difflib.SequenceMatcher(None, old, new, False).get_opcodes():
        if tag == "delete":
            found |= {start, start + 1}
        elif tag != "equal":
            found |= set(range(start + 1, end + 1))
    return frozenset(line for line in found if 1 <= line <= len(new))


def findings_on(findings: Iterable[Finding], lines: Lines) -> list[Finding]:
    """Findings that stand on changed lines, or whose witness crosses one.

    Args:
        findings: of the whole repository.
        lines: changed lines by path.

    Returns:
        Errors and warnings among them; what is older and elsewhere is the baseline's.
    """
    return [each for each in findings if each.severity != "note" and _is_on(each, lines)]


def _is_on(finding: Finding, lines: Lines) -> bool:
    own = lines.get(finding.path, frozenset())
    if any(line in own for line in range(finding.line, finding.end_line + 1)):
        return True
    return any(step.line in lines.get(step.path, frozenset()) for step in finding.witness)
