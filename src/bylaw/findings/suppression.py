"""Comments that silence a finding: ``# bylaw: ignore[rule-name] reason``, and ``noqa``."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bylaw.facts.noqa import SPACE, skip_space
from bylaw.finding import Finding, Suppressed, sort_key

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

TOOL_RULES = frozenset(
    {
        "duplicate-module",
        "pack-conflict",
        "stale-baseline",
        "suppression-without-reason",
        "syntax-not-supported",
        "unused-suppression",
    }
)

_FORM = "# bylaw: ignore[rule-name] reason"
_OTHER_PRAGMAS = ("bylaw:", "noqa", "type:")
# What people put between the bracket and the reason.
_REASON_LEAD = SPACE + ":-,;\u2013\u2014"
_NAMES_SHOWN = 5
_LONGEST_NAME = 80


class Suppression(NamedTuple):
    """One suppression comment, as written.

    Attributes:
        line: 1-based line of the comment.
        column: 1-based column of the ``#`` that opens the suppression.
        rules: rules it names, in order, without repeats.
        reason: why; empty where none is given.
        own_line: nothing but the comment stands on the line.
        problem: ``blanket`` (names no rule), ``unclosed`` (the bracket does not close), or empty.
    """

    line: int
    column: int
    rules: tuple[str, ...]
    reason: str
    own_line: bool
    problem: str = ""


class SuppressionMatch(NamedTuple):
    """What the comments did.

    Attributes:
        kept: findings no comment silences, sorted.
        suppressed: findings one does, sorted.
        tool_findings: ``unused-suppression`` and ``suppression-without-reason``, sorted. They
            are made whether or not those rules are enabled; the caller drops or re-grades them.
    """

    kept: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...]
    tool_findings: tuple[Finding, ...]


def parse_suppressions(
    comment_lines: Sequence[tuple[int, int, str, bool]],
) -> tuple[Suppression, ...]:
    """Read the suppressions out of a file's comments.

    Args:
        comment_lines: per comment its line, column (both 1-based), text from ``#`` to the end of
            the line, and whether it stands alone on its line.

    Returns:
        One entry per ``bylaw: ignore``, in the order given. A comment may hold several, and may
        share its line with other tools' comments.
    """
    found = []
    for line, column, text, own_line in comment_lines:
        if "bylaw" not in text.lower():
            continue
        starts = _segment_starts(text)
        for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
            parsed = _parse_segment(text[start:end])
            if parsed is not None:
                rules, reason, problem = parsed
                found.append(Suppression(line, column + start, rules, reason, own_line, problem))
    return tuple(found)


def apply_suppressions(
    findings: Sequence[Finding],
    suppressions_by_path: Mapping[str, Sequence[Suppression]],
    known_rules: Collection[str],
    enabled_rules: Collection[str],
) -> SuppressionMatch:
    """Divide findings into kept and silenced ones, and report comments that are no use.

    A suppression counts on any line of the finding's span, or alone on the line directly above
    it (several such comments may be stacked). Without a reason it silences nothing. Rules about
    the tool itself cannot be silenced.

    Args:
        findings: findings of the run, before any filter by path, confidence or baseline:
            a comment whose finding was filtered away would look unused.
        suppressions_by_path: the suppressions of each file.
        known_rules: every rule that exists.
        enabled_rules: rules that ran. A comment naming a rule that did not is never unused.

    Returns:
        Kept findings, silenced findings and findings about the comments.
    """
    targets = {path: _targets(items) for path, items in suppressions_by_path.items() if items}
    used: set[tuple[str, Suppression, str]] = set()
    kept, suppressed = [], []
    for finding in sorted(findings, key=sort_key):
        matches = _covering(finding, targets.get(finding.path, {}))
        used.update((finding.path, match, finding.rule) for match in matches)
        if matches:
            suppressed.append(Suppressed(finding, "comment", matches[0].reason))
        else:
            kept.append(finding)
    tool_findings: list[Finding] = []
    for path, items in suppressions_by_path.items():
        for item in items:
            spent = {name for name in item.rules if (path, item, name) in used}
            tool_findings += _judge(path, item, spent, known_rules, enabled_rules)
    return SuppressionMatch(
        tuple(kept), tuple(suppressed), tuple(sorted(tool_findings, key=sort_key))
    )


def needless_names(
    item: Suppression,
    items: Sequence[Suppression],
    silenced: Sequence[Finding],
    known_rules: Collection[str],
    enabled_rules: Collection[str],
) -> tuple[str, ...]:
    """The names a suppression could do without, for whoever takes them out.

    Args:
        item: the suppression.
        items: all of its file.
        silenced: findings of that file that comments silence.
        known_rules: every rule that exists.
        enabled_rules: rules that ran.

    Returns:
        Names of rules that do not exist, cannot be silenced or are not broken here, in order.
    """
    targets = _targets(items)
    spent = {each.rule for each in silenced if item in _covering(each, targets)}
    unknown, own, idle = _sorted_out(item, spent, known_rules, enabled_rules)
    return tuple(name for name in item.rules if name in (*unknown, *own, *idle))


def segment_end(text: str, start: int) -> int:
    """Where the comment that starts at ``start`` of a comment's text ends, or the next begins."""
    return next((each for each in _segment_starts(text) if each > start), len(text))


def _segment_starts(text: str) -> list[int]:
    """Where the comments that share this line begin: ``# noqa: X  # bylaw: ignore[y] z``."""
    starts = [0]
    at = 0
    while (at := text.find("#", at + 1)) > 0:
        if text[at - 1] not in SPACE:
            continue
        word = skip_space(text, at + 1)
        # "see #123" is part of a reason; "# " or a known word opens a new comment.
        if word > at + 1 or text[word : word + 8].lower().startswith(_OTHER_PRAGMAS):
            starts.append(at)
    return starts


def _parse_segment(segment: str) -> tuple[tuple[str, ...], str, str] | None:
    """Rules, reason and problem of ``# bylaw: ignore...``; None for any other comment."""
    at = skip_space(segment, 1)
    if segment[at : at + 5].lower() != "bylaw":
        return None
    at = skip_space(segment, at + 5)
    if segment[at : at + 1] != ":":
        return None
    at = skip_space(segment, at + 1)
    after = at + len("ignore")
    if segment[at:after].lower() != "ignore":
        return None
    follower = segment[after : after + 1]
    if follower.isalnum() or (follower and follower in "_-"):
        return None
    at = skip_space(segment, after)
    if segment[at : at + 1] != "[":
        return (), "", "blanket"
    close = segment.find("]", at)
    if close < 0:
        return (), "", "unclosed"
    names = dict.fromkeys(name.strip() for name in segment[at + 1 : close].split(","))
    names.pop("", None)
    reason = segment[close + 1 :].lstrip(_REASON_LEAD).rstrip()
    if not any(map(str.isalnum, reason)):
        reason = ""
    return tuple(names), reason, "" if names else "blanket"


class _Target(NamedTuple):
    """A line that suppressions speak for: their own, or the one below (``below``)."""

    line: int
    below: bool
    item: Suppression


def _targets(items: Sequence[Suppression]) -> dict[str, list[_Target]]:
    """Per rule the lines that suppressions speak for, sorted.

    Comments stacked on lines of their own all speak for the line below the last of them.
    """
    alone = {item.line for item in items if item.own_line}
    below: dict[int, int] = {}
    for line in sorted(alone, reverse=True):
        below[line] = below.get(line + 1, line + 1)
    targets: dict[str, list[_Target]] = {}
    for item in items:
        if item.problem or not item.reason:
            continue
        for rule in item.rules:
            lines = targets.setdefault(rule, [])
            lines.append(_Target(item.line, False, item))
            if item.own_line:
                lines.append(_Target(below[item.line], True, item))
    return {rule: sorted(lines) for rule, lines in targets.items()}


def _covering(finding: Finding, targets: Mapping[str, list[_Target]]) -> list[Suppression]:
    """The suppressions that silence a finding, each once."""
    lines = targets.get(finding.rule)
    if not lines or finding.rule in TOOL_RULES:
        return []
    from bisect import bisect_left

    end_line = max(finding.line, finding.end_line)
    covering: dict[Suppression, None] = {}
    for index in range(bisect_left(lines, (finding.line,)), len(lines)):
        target = lines[index]
        if target.line > end_line:
            break
        # Below a comment means: the finding begins there.
        if not target.below or target.line == finding.line:
            covering[target.item] = None
    return list(covering)


def _judge(
    path: str,
    item: Suppression,
    spent: Collection[str],
    known: Collection[str],
    enabled: Collection[str],
) -> list[Finding]:
    """Findings about one comment."""
    found = []
    reasonless = _reason_problem(item)
    if reasonless:
        found.append(_about(path, item, "suppression-without-reason", *reasonless))
    unknown, own, idle = _sorted_out(item, spent, known, enabled)
    if unknown:
        message = f"no rule is named {_listed(unknown)}, so nothing is suppressed"
        found.append(_about(path, item, "unused-suppression", message, _nearest(unknown[0], known)))
    if own:
        message = f"{_listed(own)} is about Bylaw itself and cannot be suppressed"
        mend = "mend what it reports and remove the name from the comment"
        found.append(_about(path, item, "unused-suppression", message, mend))
    if idle:
        message = f"nothing here breaks {_listed(idle)}: the suppression is unused"
        mend = "remove the comment" if len(idle) == len(item.rules) else "remove the unused name"
        found.append(_about(path, item, "unused-suppression", message, mend))
    return found


def _sorted_out(
    item: Suppression,
    spent: Collection[str],
    known: Collection[str],
    enabled: Collection[str],
) -> tuple[list[str], list[str], list[str]]:
    """Names of a suppression that do nothing: unknown ones, those of the tool, unused ones."""
    unknown = [name for name in item.rules if name not in known and name not in TOOL_RULES]
    own = [name for name in item.rules if name in TOOL_RULES]
    rest = [name for name in item.rules if name in known and name not in TOOL_RULES]
    judged = _reason_problem(item) is None and all(name in enabled for name in rest)
    return unknown, own, [name for name in rest if name not in spent] if judged else []


def _reason_problem(item: Suppression) -> tuple[str, str] | None:
    """Message and mend where the comment cannot count, else None."""
    if item.problem == "blanket":
        message = "the suppression names no rule, so it has no effect: rules must be named"
        return message, f"write `{_FORM}`"
    if item.problem == "unclosed":
        message = "the suppression's bracket is not closed, so it has no effect"
        return message, f"write `{_FORM}`"
    if not item.reason:
        names = _listed(item.rules)
        message = f"the suppression of {names} gives no reason, so it has no effect"
        return message, f"say why after the bracket: `# bylaw: ignore[{names}] reason`"
    return None


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(_short(name) for name in names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME] + "..."


def _nearest(name: str, known: Collection[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name[:_LONGEST_NAME].lower(), sorted(known), n=1)
    if near:
        return f"did you mean `{near[0]}`?"
    return "`bylaw rules` lists the names"


def _about(path: str, item: Suppression, rule: str, message: str, mend: str) -> Finding:
    return Finding(
        rule=rule,
        clauses=(),
        severity="error" if rule == "suppression-without-reason" else "warning",
        confidence="definite",
        path=path,
        line=item.line,
        column=item.column,
        end_line=item.line,
        symbol="",
        message=message,
        mend=mend,
        sink=_listed(item.rules),
    )
