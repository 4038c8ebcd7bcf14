"""What ``bylaw verify`` and ``bylaw run`` say: one screen of text, or one JSON document."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from bylaw.errors import Diagnostic
from bylaw.evidence.item import FAIL, NOT_VERIFIED, PASS, Draft

VERIFY, RUN = "bylaw.verify/1", "bylaw.run/1"
_COLORS = {PASS: "32", FAIL: "31", NOT_VERIFIED: "33"}
_SEEN = {"observed-now": "observed now", "reused": "reused"}
_MOST_COUNTS = 4
_LEAST_WIDTH = 60


class Row(NamedTuple):
    """One claim as it is shown.

    Attributes:
        draft: what was run and seen.
        evidence: name of its item.
        seen: ``observed-now`` or ``reused``.
    """

    draft: Draft
    evidence: str
    seen: str


class Shown(NamedTuple):
    """Everything that is shown.

    Attributes:
        tier: of the change; empty where nobody asked.
        rows: one for each claim.
        next_command: the one next command; empty where all is well.
        errors: what could not be told.
        is_empty: whether nothing changed.
    """

    tier: str
    rows: tuple[Row, ...]
    next_command: str
    errors: tuple[Diagnostic, ...]
    is_empty: bool = False


def render_json(shown: Shown, schema: str) -> str:
    """The document, ended by a line break.

    Args:
        shown: what is shown.
        schema: ``bylaw.verify/1`` or ``bylaw.run/1``.
    """
    claims = [_claim(each) for each in shown.rows]
    document: dict[str, Any] = {"schema": schema}
    if schema == VERIFY:
        document["tier"] = shown.tier
    document |= {"claims": claims, "next_command": shown.next_command,
                 "errors": [each.entry() for each in shown.errors]}  # fmt: skip
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _claim(row: Row) -> Mapping[str, Any]:
    draft = row.draft
    return {
        "claim": f"claim/{draft.claim}", "result": draft.result,
        "reason_codes": list(draft.reason_codes), "message": draft.message,
        "evidence": row.evidence, "seen": row.seen, "counts": dict(draft.counts),
        "next_command": draft.next_command,
    }  # fmt: skip


def render_text(shown: Shown, *, color: bool, width: int) -> str:
    """One line a claim, with a second one for what is no pass, and the one next command.

    Args:
        shown: what is shown.
        color: whether results are coloured.
        width: of the terminal.
    """
    lines = []
    if shown.tier:
        lines.append(f"{shown.tier}  {_tally(shown.rows)}".rstrip())
    if not shown.rows:
        lines.append("nothing changed: nothing is to be proven" if shown.is_empty
                     else "nothing is to be proven")  # fmt: skip
    name = max((len(each.draft.claim) for each in shown.rows), default=0)
    evidence = max((len(each.evidence) for each in shown.rows), default=0)
    for row in shown.rows:
        lines += _lines(row, name, evidence, color, max(width, _LEAST_WIDTH))
    for error in shown.errors:
        place = f"{error.path}: " if error.path else ""
        lines.append(f"{place}{error.message}")
    if shown.next_command:
        lines += ["", f"next: {shown.next_command}"]
    return "\n".join(lines) + "\n"


def _tally(rows: Sequence[Row]) -> str:
    counted = {kind: sum(each.draft.result == kind for each in rows)
               for kind in (PASS, FAIL, NOT_VERIFIED)}  # fmt: skip
    return ", ".join(f"{number} {kind}" for kind, number in counted.items() if number)


def _lines(row: Row, name: int, evidence: int, color: bool, width: int) -> Iterable[str]:
    draft = row.draft
    result = draft.result.ljust(len(NOT_VERIFIED))
    if color:
        result = f"\033[{_COLORS[draft.result]}m{result}\033[0m"
    counts = ", ".join(f"{number} {word}" for word, number in _few(draft.counts))
    seen = _SEEN.get(row.seen, row.seen).ljust(len("observed now"))
    yield f"{draft.claim.ljust(name)}  {result}  {seen}  {row.evidence.ljust(evidence)}  " \
          f"{counts}".rstrip()  # fmt: skip
    if draft.result != PASS:
        codes = ", ".join(draft.reason_codes)
        text = f"  {codes}: {draft.message}" if codes else f"  {draft.message}"
        yield text if len(text) <= width else text[: width - 3] + "..."


def _few(counts: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """The counts that say most: none of them zero, a few of them."""
    return [each for each in counts if each[1]][:_MOST_COUNTS]
