"""The page ``docs/clauses.md``: the packs as tables, with links to the rules."""

from __future__ import annotations

from collections.abc import Sequence

from bylaw.packs.clause import STATUSES, STRENGTHS, Enforcer
from bylaw.packs.standing import PackStanding, Standing

_INTRODUCTION = """\
# Clauses

Every binding sentence of the written documents, in our words, and what enforces it. This page is
printed by `bylaw clauses --format markdown`; do not edit it. What the columns mean, and how a pack
is written: [packs](packs.md).
"""


def clauses_page(packs: Sequence[PackStanding]) -> str:
    """Writes packs as a page of Markdown.

    Args:
        packs: the packs as they stand.

    Returns:
        A table of the coverage, and a table of the clauses of each pack.
    """
    columns = ("total", *STATUSES)
    head = "| pack | strength | clauses | " + " | ".join(STATUSES) + " |"
    lines = [_INTRODUCTION, head, "|---|---|" + "--:|" * len(columns)]
    for standing in packs:
        coverage, name = standing.coverage, standing.pack.name
        for strength in STRENGTHS:
            counts = coverage[strength]
            if counts["total"]:
                numbers = " | ".join(str(counts[column]) for column in columns)
                lines.append(f"| [{name}](#{name}) | {strength} | {numbers} |")
    for standing in packs:
        lines += ["", f"## {standing.pack.name}", "", f"Source {standing.pack.source}.", ""]
        lines += ["| clause | strength | sentence | section | enforced by | status |"]
        lines += ["|---|---|---|---|---|---|"]
        lines += [_row(each) for each in standing.clauses]
    return "\n".join(lines) + "\n"


def _row(standing: Standing) -> str:
    clause = standing.clause
    names = ", ".join(_linked(each, each in standing.missing) for each in clause.enforcers)
    status = f"{standing.status}: {standing.why}" if standing.why else standing.status
    cells = (f"`{clause.id}`", clause.strength, clause.text, clause.section, names, status)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _linked(enforcer: Enforcer, missing: bool) -> str:
    if enforcer.kind in ("rule", "option") and not missing:
        return f"[{enforcer}](rules/{enforcer.name.partition('.')[0]}.md)"
    return str(enforcer)
