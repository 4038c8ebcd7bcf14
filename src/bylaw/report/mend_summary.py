"""What mending did, in lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bylaw.report.layout import place, visible
from bylaw.report.tally import plural

if TYPE_CHECKING:
    from bylaw.result import Left, MendReport

_SHOWN = 10


def mend_lines(report: MendReport) -> list[str]:
    """How many findings were mended, how many more could be, and which were left and why.

    Args:
        report: what ``--fix`` or ``--diff`` did.

    Returns:
        Plain lines, the counts first.
    """
    verb = "mended" if report.written else "would be mended"
    line = f"{plural(report.mended, 'finding')} {verb} in {plural(report.files, 'file')}"
    if report.unsafe:
        line += f", up to {report.unsafe:,} more with --unsafe-fixes"
    lines = [line]
    reasons: dict[tuple[str, str], list[Left]] = {}
    for each in report.left:
        reasons.setdefault((each.rule, each.reason), []).append(each)
    ordered = sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0]))
    for (rule, reason), group in ordered[:_SHOWN]:
        more = f" and {len(group) - 1:,} more" if len(group) > 1 else ""
        where = place(group[0].path, group[0].line)
        lines.append(f"left: {where}{more} {rule}: {visible(reason)}")
    if len(ordered) > _SHOWN:
        lines.append("left: others for other reasons, see --fix --format json")
    return lines
