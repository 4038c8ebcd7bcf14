"""From times to ratios, and from ratios to met or missed. Pure: no clock, no files.

The limits are those of the project's performance design: for the first landing, and the goal.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

from benchmarks import cases, peers

MET = "met"
MISSED = "missed"
NOT_MEASURED = "not measured"

_MIB_IN_MB = 1.048576


class Figures(NamedTuple):
    """What was measured on one tree.

    Attributes:
        name: the tree.
        role: ``small``, ``medium`` or ``large``.
        files: number of its Python files.
        medians: seconds by case; cases that went wrong are absent.
        memory_mib: peak of a cold run and all its processes; None if unknown.
    """

    name: str
    role: str
    files: int
    medians: dict[str, float]
    memory_mib: float | None


class Limit(NamedTuple):
    """The most a figure may be; None where nothing is asked.

    Attributes:
        first: at the first landing.
        goal: in the end.
    """

    first: float | None
    goal: float | None


class Verdict(NamedTuple):
    """One line of the table of targets.

    Attributes:
        tree: name of the tree, or of the machine-wide measure.
        label: what is compared.
        value: the figure; None if it could not be had.
        unit: ``x`` for a ratio, ``ms`` or ``MB``.
        limit: what was asked.
        first: met, missed or not measured; empty where nothing is asked.
        goal: likewise.
        note: why it was not measured, or what the figure leaves out.
    """

    tree: str
    label: str
    value: float | None
    unit: str
    limit: Limit
    first: str
    goal: str
    note: str = ""


class Target(NamedTuple):
    """A figure of a tree and its limits by role.

    Attributes:
        label: what is compared.
        unit: of the figure and its limits.
        figure: computes it.
        limits: by role; a role that is absent is shown and not judged.
    """

    label: str
    unit: str
    figure: Callable[[Figures], float | None]
    limits: dict[str, Limit]


def ratio(upper: float | None, lower: float | None) -> float | None:
    """Divides, where both figures are known.

    Args:
        upper: what is divided.
        lower: what it is divided by.

    Returns:
        The quotient; None if a figure is missing or the lower one is zero.
    """
    if upper is None or lower is None or lower == 0:
        return None
    return upper / lower


def judge(value: float | None, limit: float | None) -> str:
    """Holds a figure to a limit.

    Args:
        value: the figure; None if it could not be had.
        limit: the most it may be; None if nothing is asked.

    Returns:
        ``met``, ``missed``, ``not measured``, or nothing where nothing is asked.
    """
    if limit is None:
        return ""
    if value is None:
        return NOT_MEASURED
    return MET if value <= limit else MISSED


def _cold_to_floor(figures: Figures) -> float | None:
    floor = figures.medians.get(cases.floor_for(figures.files))
    return ratio(figures.medians.get(cases.COLD), floor)


def _quotient(upper: str, lower: str) -> Callable[[Figures], float | None]:
    return lambda figures: ratio(figures.medians.get(upper), figures.medians.get(lower))


def _milliseconds(case: str) -> Callable[[Figures], float | None]:
    def figure(figures: Figures) -> float | None:
        seconds = figures.medians.get(case)
        return None if seconds is None else seconds * 1000

    return figure


def _megabytes(figures: Figures) -> float | None:
    return None if figures.memory_mib is None else figures.memory_mib * _MIB_IN_MB


def tree_targets() -> tuple[Target, ...]:
    """What every tree is held to.

    Returns:
        The targets, in the order they are shown in.
    """

    def both(first: float | None, goal: float | None) -> dict[str, Limit]:
        return {"medium": Limit(first, goal), "large": Limit(first, goal)}

    return (
        Target("cold / floor", "x", _cold_to_floor, both(2.0, 1.6)),
        Target("cold / ty", "x", _quotient(cases.COLD, peers.TY), both(1.0, 0.7)),
        Target(
            "unchanged",
            "ms",
            _milliseconds(cases.UNCHANGED),
            {"medium": Limit(150, None), "large": Limit(300, None)},
        ),
        Target(
            "unchanged / ruff warm",
            "x",
            _quotient(cases.UNCHANGED, peers.RUFF_WARM),
            both(None, 1.0),
        ),
        Target(
            "edit / mypy edit", "x", _quotient(cases.EDITED, peers.MYPY_EDITED), both(0.25, None)
        ),
        Target(
            "edit",
            "ms",
            _milliseconds(cases.EDITED),
            {"medium": Limit(None, 100), "large": Limit(None, 250)},
        ),
        Target("memory, cold", "MB", _megabytes, {"large": Limit(1000, 500)}),
    )


def judge_tree(figures: Figures) -> list[Verdict]:
    """Holds one tree to its targets.

    Args:
        figures: what was measured on it.

    Returns:
        One line for each target.
    """
    lines = []
    for target in tree_targets():
        limit = target.limits.get(figures.role, Limit(None, None))
        lines.append(
            _verdict(figures.name, target.label, target.figure(figures), target.unit, limit)
        )
    return lines


def _verdict(
    tree: str, label: str, value: float | None, unit: str, limit: Limit, note: str = ""
) -> Verdict:
    first, goal = judge(value, limit.first), judge(value, limit.goal)
    return Verdict(tree, label, value, unit, limit, first, goal, note)


def growth(sizes: Sequence[tuple[int, float]]) -> float | None:
    """How far a time grows faster than the number of files.

    Args:
        sizes: files and seconds, smallest first.

    Returns:
        Of the steps from one size to the next, the worst growth in time over growth in files:
        1.0 is linear, below 1.0 is better; None with fewer than two sizes.
    """
    steps = [
        (after[1] / before[1]) / (after[0] / before[0])
        for before, after in itertools.pairwise(sizes)
    ]
    return max(steps, default=None)


def judge_machine(
    starts: dict[str, float], cold_by_size: Sequence[tuple[int, float]]
) -> list[Verdict]:
    """Holds to their targets the figures that belong to no tree.

    Args:
        starts: median seconds of the start cases.
        cold_by_size: files and seconds of cold runs on the generated trees.

    Returns:
        One line each; what no command exists for yet is listed as not measured.
    """
    version = starts.get(cases.VERSION)
    milliseconds = None if version is None else version * 1000
    absent = "there is no such command yet"
    return [
        _verdict("start", "--version", milliseconds, "ms", Limit(60, 25)),
        _verdict("growth", "worst step", growth(cold_by_size), "x", Limit(1.15, 1.15)),
        _verdict(
            "import probe",
            "1,000 modules / one process each",
            None,
            "x",
            Limit(1 / 10, 1 / 30),
            "measured by python -m benchmarks.import_probe",
        ),
        _verdict("verdict", "unchanged tree, 40 claims", None, "ms", Limit(100, 60), absent),
    ]
