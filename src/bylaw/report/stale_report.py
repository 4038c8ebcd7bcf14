"""What ``bylaw stale`` says: a line for each claim, with the reasons below it; or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from bylaw.errors import Diagnostic
from bylaw.evidence.inputs.freshness import NEVER, Cause, Freshness
from bylaw.evidence.item import OBSERVED

SCHEMA = "bylaw.stale/1"

_WORDS = {NEVER: "never run"}
_MOST_CAUSES = 5


def render_json(claims: Sequence[Freshness], errors: Sequence[Diagnostic]) -> str:
    """The document, ended by a line break.

    Args:
        claims: what became of each.
        errors: what could not be told.
    """
    document = {
        "schema": SCHEMA,
        "claims": [
            {"claim": f"claim/{each.claim}", "item": each.item, "state": each.state,
             "set": each.set, "how": each.how, "files": each.files,
             "causes": [{"kind": cause.kind, "path": _printable(cause.path),
                         "detail": cause.detail} for cause in each.causes]}
            for each in claims
        ],
        "errors": [each.entry() for each in errors],
    }  # fmt: skip
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def render_text(claims: Sequence[Freshness], errors: Sequence[Diagnostic]) -> str:
    """One line a claim; below it why it is stale.

    Args:
        claims: what became of each.
        errors: what could not be told.
    """
    ran = [each for each in claims if each.state != NEVER]
    name = max((len(each.claim) for each in ran), default=0)
    item = max((len(each.item) for each in ran), default=0)
    lines = []
    for each in ran:
        state = _WORDS.get(each.state, each.state)
        lines.append(f"{state:<5}  {each.claim:<{name}}  {each.item:<{item}}  {_set(each)}")
        lines += _reasons(each.causes)
    never = [each.claim for each in claims if each.state == NEVER]
    if never:
        lines.append(f"{_WORDS[NEVER]}: {', '.join(never)}")
    for error in errors:
        place = f"{error.path}: " if error.path else ""
        lines.append(f"{place}{error.message}")
    if any(each.causes for each in ran) or never:
        lines += ["", "next: bylaw verify"]
    return "\n".join(lines) + "\n"


def _set(each: Freshness) -> str:
    files = f"{each.files} file{'s' * (each.files != 1)}"
    if each.set == OBSERVED:
        return f"{files}, {each.how}; and which files there are"
    return f"all {files}" + (f": {each.how}" if each.how else "")


def _reasons(causes: Sequence[Cause]) -> Iterable[str]:
    for cause in causes[:_MOST_CAUSES]:
        place = f"{_printable(cause.path)}: " if cause.path else ""
        yield f"       {place}{cause.detail}" + ("" if place else f" ({cause.kind})")
    if len(causes) > _MOST_CAUSES:
        yield f"       and {len(causes) - _MOST_CAUSES} more"


def _printable(path: str) -> str:
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
