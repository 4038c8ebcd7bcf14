"""Results as text for people."""

from __future__ import annotations

import os
from collections.abc import Sequence

from benchmarks.cases import COLD, floor_for
from benchmarks.measure import Outcome
from benchmarks.targets import Verdict
from benchmarks.trees import Tree


def align(rows: Sequence[Sequence[str]], left: frozenset[int] = frozenset({0})) -> str:
    """Lays out rows in columns.

    Args:
        rows: cells; the first row is the heading.
        left: columns that are aligned to the left; the others hold figures.

    Returns:
        The lines.
    """
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for number, row in enumerate(rows):
        cells = [
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
        if number == 0:
            lines.append("  ".join("-" * width for width in widths).rstrip())
    return "\n".join(lines)


def seconds_text(seconds: float) -> str:
    """A time, with as many figures as mean something.

    Args:
        seconds: the time.

    Returns:
        Milliseconds below one second, seconds above.
    """
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


def tree_table(tree: Tree, outcomes: Sequence[Outcome]) -> str:
    """Everything that was measured on one tree.

    Args:
        tree: the tree.
        outcomes: of every case.

    Returns:
        Heading and table.
    """
    known = {outcome.case: outcome for outcome in outcomes}
    floor = known[floor_for(len(tree.files))].median
    heads: tuple[str, ...] = (
        *("case", "median", "fastest", "slowest", "runs", "processor", "peak", "/ floor"),
        "",
    )
    rows = [heads]
    rows.extend(_case_row(outcome, floor) for outcome in outcomes)
    heading = f"{tree.name}: {tree.what}, {len(tree.files):,} files, {tree.lines:,} lines"
    return "\n".join([heading, "=" * len(heading), align(rows, frozenset({0, 8}))])


def tree_notes(tree: Tree, summary: dict[str, int] | None, memory_mib: float | None) -> str:
    """What a reader of the table has to know besides.

    Args:
        tree: the tree.
        summary: what Bylaw says it looked at; None if it did not run.
        memory_mib: peak of a cold run and all its processes; None if unknown.

    Returns:
        A few lines.
    """
    lines = []
    if summary is not None:
        lines.append(
            f"bylaw analysed {summary['analysed']:,} of {len(tree.files):,} files"
            f" and reported {summary['findings']:,} findings"
        )
    if memory_mib is not None:
        lines.append(f"peak of {COLD} with all its processes: {memory_mib:.0f} MiB")
    if tree.edited:
        edited = os.path.relpath(tree.edited, tree.root)
        lines.append(f"edited file: {edited}, imported by {tree.importers} others")
    return "".join(f"{line}\n" for line in lines)


def _case_row(outcome: Outcome, floor: float | None) -> tuple[str, ...]:
    median = outcome.median
    if median is None:
        note = f"{outcome.status}: {outcome.note}" if outcome.note else outcome.status
        if outcome.status == "stopped":
            return (outcome.case, outcome.note, "", "", "", "", "", "", "stopped")
        return (outcome.case, "-", "", "", "", "", "", "", note)
    processor = sorted(outcome.processor_seconds)[len(outcome.processor_seconds) // 2]
    return (
        outcome.case,
        seconds_text(median),
        seconds_text(min(outcome.seconds)),
        seconds_text(max(outcome.seconds)),
        str(len(outcome.seconds)),
        seconds_text(processor),
        f"{outcome.peak_mib:.0f} MiB",
        f"{median / floor:.2f}" if floor else "",
        "",
    )


def target_table(verdicts: Sequence[Verdict]) -> str:
    """Ratios against targets.

    Args:
        verdicts: the lines.

    Returns:
        Heading and table.
    """
    rows = [("", "", "value", "first landing", "", "goal", "", "")]
    for verdict in verdicts:
        value = "-" if verdict.value is None else _figure(verdict.value, verdict.unit)
        first, goal = (_limit(verdict, limit) for limit in verdict.limit)
        rows.append(
            (
                verdict.tree,
                verdict.label,
                value,
                first,
                verdict.first,
                goal,
                verdict.goal,
                verdict.note,
            )
        )
    return "Targets\n=======\n" + align(rows, frozenset({0, 1, 4, 6, 7}))


def _limit(verdict: Verdict, limit: float | None) -> str:
    if limit is None:
        return ""
    return f"<= {_figure(limit, verdict.unit)}"


def _figure(value: float, unit: str) -> str:
    return f"{value:.2f}x" if unit == "x" else f"{value:.0f} {unit}"


def growth_table(rows: Sequence[tuple[int, float | None, float | None]]) -> str:
    """Cold runs on generated trees of growing size.

    Args:
        rows: files, seconds of the floor and seconds of Bylaw; None for a failed case.

    Returns:
        Heading and table.
    """
    cells = [("files", "floor", "bylaw cold", "bylaw, 1,000 files")]
    for files, floor, cold in rows:
        cells.append(
            (
                f"{files:,}",
                "-" if floor is None else seconds_text(floor),
                "-" if cold is None else seconds_text(cold),
                "-" if cold is None else seconds_text(cold / files * 1000),
            )
        )
    return "growth: generated trees\n=======================\n" + align(cells, frozenset())
