"""What the measurement says: a table, and every miss with its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from benchmarks.recall.measure import Outcome

Results = dict[tuple[str, str], list[Outcome]]
"""Outcomes by rule and tree."""


def counts(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Seeded, found, doubtful, missed and the share that was found."""
    by_result = Counter(outcome.result for outcome in outcomes)
    found = by_result["found"]
    return {
        "seeded": len(outcomes),
        "found": found,
        "doubtful": by_result["doubtful"],
        "missed": by_result["missed"],
        "recall": round(found / len(outcomes), 3) if outcomes else None,
    }


def table(results: Results, absent: Sequence[str]) -> str:
    """The table of all rules and trees, and a total for each rule.

    Args:
        results: the outcomes.
        absent: rules with templates that this Bylaw does not have.

    Returns:
        Markdown.
    """
    rows = [
        "| rule | tree | seeded | found | doubtful | missed | recall |",
        "|---|---|" + "--:|" * 5,
    ]
    for rule in dict.fromkeys(rule for rule, _ in results):
        mine = {tree: found for (name, tree), found in results.items() if name == rule}
        for tree, outcomes in mine.items():
            rows.append(_row(rule, tree, outcomes))
        if len(mine) > 1:
            rows.append(_row(rule, "all", [each for found in mine.values() for each in found]))
    rows.extend(f"| {rule} | no such rule | | | | | |" for rule in absent)
    return "\n".join(rows)


def _row(rule: str, tree: str, outcomes: Sequence[Outcome]) -> str:
    said = counts(outcomes)
    if not outcomes:
        return f"| {rule} | {tree} | 0 | | | | no place |"
    share = f"{100 * said['recall']:.0f} %"
    cells = (said["seeded"], said["found"], said["doubtful"], said["missed"], share)
    return f"| {rule} | {tree} | " + " | ".join(str(cell) for cell in cells) + " |"


def misses(results: Results) -> str:
    """Each template that was missed, with its places."""
    lines = []
    grouped: dict[tuple[str, str], list[str]] = {}
    totals: Counter[tuple[str, str]] = Counter()
    for (rule, tree), outcomes in results.items():
        for seed, result in outcomes:
            totals[rule, seed.template.name] += 1
            if result != "found":
                place = seed.place
                where = f"    {result}: {tree}: {place.file.path}:{place.line} ({place.symbol})"
                grouped.setdefault((rule, seed.template.name), []).append(where)
    for (rule, name), places in grouped.items():
        lines.append(f"{rule}: {name}: {len(places)} of {totals[rule, name]} not found")
        lines.extend(places)
    return "\n".join(lines)


def document(results: Results, absent: Sequence[str], seed: int) -> dict[str, Any]:
    """Everything, for programs to read."""
    return {
        "schema": "bylaw.recall/1",
        "seed": seed,
        "absent": list(absent),
        "measured": [
            {
                "rule": rule,
                "tree": tree,
                **counts(outcomes),
                "seeds": [
                    {
                        "template": each.template.name,
                        "path": each.place.file.path,
                        "line": each.place.line,
                        "symbol": each.place.symbol,
                        "lines": sorted(each.lines),
                        "result": result,
                    }
                    for each, result in outcomes
                ],
            }
            for (rule, tree), outcomes in results.items()
        ],
    }
