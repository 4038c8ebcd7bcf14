"""``unused-suppression``: the comment goes, or the name of the rule from its list."""

from __future__ import annotations

from collections.abc import Sequence

from bylaw.facts.comments import Comment
from bylaw.finding import Finding
from bylaw.findings.suppression import (
    Suppression,
    needless_names,
    parse_suppressions,
    segment_end,
)
from bylaw.mends.context import MendContext
from bylaw.mends.edit import SAFE, Edit, Mend
from bylaw.mends.source_text import SourceText

_SPACE = " \t"


def needless_comment(context: MendContext, finding: Finding) -> Mend | str:
    """Takes out what suppresses nothing, and nothing else.

    Args:
        context: what is known.
        finding: of ``unused-suppression``.

    Returns:
        The mend, or why there is none.
    """
    source = context.source(finding.path)
    if source is None:
        return "the file cannot be edited safely"
    comments = context.comments.get(finding.path, ())
    items = parse_suppressions(comments)
    place = (finding.line, finding.column)
    item = next((each for each in items if (each.line, each.column) == place), None)
    if item is None:
        return "the comment is not where it was"
    silenced = [
        each.finding for each in context.silenced
        if each.kind == "comment" and each.finding.path == finding.path
    ]  # fmt: skip
    idle = needless_names(item, items, silenced, context.known, context.enabled)
    column, text = _comment_at(comments, finding)
    whole = source.lines[finding.line - 1] + column - 1
    start = whole + finding.column - column
    if not idle or not source.text.startswith(text, whole):
        return "the comment is written in an unusual way"
    end = whole + segment_end(text, start - whole)
    if len(idle) < len(item.rules):
        return Mend(finding, SAFE, (_shorter(source, start, end, item, idle),))
    return Mend(finding, SAFE, (_removal(source, start, end, last=end == whole + len(text)),))


def _comment_at(comments: Sequence[Comment], finding: Finding) -> tuple[int, str]:
    """Column and text of the comment that holds the suppression."""
    return max(
        (column, text) for line, column, text, _ in comments
        if line == finding.line and column <= finding.column
    )  # fmt: skip


def _shorter(
    source: SourceText, start: int, end: int, item: Suppression, idle: tuple[str, ...]
) -> Edit:
    """The list of names without the idle ones."""
    opening = source.text.index("[", start, end) + 1
    closing = source.text.index("]", opening, end)
    kept = ", ".join(name for name in item.rules if name not in idle)
    return source.edit(opening, closing, kept)


def _removal(source: SourceText, start: int, end: int, *, last: bool) -> Edit:
    """The comment with the space before it; its line where nothing else stands on it."""
    line = max(each for each in source.lines if each <= start)
    before = source.text[line:start]
    if not last:
        # Another comment follows and takes the place of this one.
        return source.edit(start, end, "")
    if not before.strip():
        return source.edit(line, source.line_end(start), "")
    return source.edit(line + len(before.rstrip(_SPACE)), end, "")
