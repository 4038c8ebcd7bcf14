"""What ``bylaw check --fix`` and ``--diff`` do with an outcome: print it, exit."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from bylaw.cli.checking import Presentation, broken, not_run, render, write_output
from bylaw.errors import Diagnostic
from bylaw.mending import Mended, Wish, check_and_mend
from bylaw.report.mend_summary import mend_lines
from bylaw.rules.selection import Options


class Fixing(NamedTuple):
    """The words of a call that mends: ``--fix``, ``--unsafe-fixes``, ``--diff``."""

    fix: bool
    unsafe: bool
    diff: bool


def mend_and_report(
    paths: Sequence[str],
    options: Options,
    presentation: Presentation,
    fixing: Fixing,
    progress: Callable[[str], None],
) -> int:
    """Mends, or shows what mending would change.

    Returns:
        The exit code: what is still found in the tree as it then is decides.
    """
    started = time.perf_counter()
    problem = _misuse(options, presentation, fixing)
    if problem is not None:
        outcome = Mended(not_run(problem), None, b"")
    else:
        outcome = _mend(paths, options, presentation, fixing, progress)
    progress("")
    result = outcome.result
    if fixing.diff and result.mends is not None:
        write_output(outcome.diff)
        sys.stderr.write("\n".join(mend_lines(result.mends)) + "\n")
    else:
        text = render(result, presentation)
        if presentation.format == "text":
            text += f"  time          {time.perf_counter() - started:.2f} s\n"
        write_output(text)
    return 0 if presentation.exit_zero and result.exit_code == 1 else result.exit_code


def _mend(
    paths: Sequence[str],
    options: Options,
    presentation: Presentation,
    fixing: Fixing,
    progress: Callable[[str], None],
) -> Mended:
    try:
        return check_and_mend(paths, options, Wish(fixing.unsafe, not fixing.diff), progress)
    except Exception as error:
        if presentation.debug:
            raise
        return Mended(broken(error), None, b"")


def _misuse(options: Options, presentation: Presentation, fixing: Fixing) -> Diagnostic | None:
    """What is off about the words of a call, if anything."""
    message, hint = "", ""
    if fixing.unsafe and not (fixing.fix or fixing.diff):
        message, hint = (
            "--unsafe-fixes does nothing by itself",
            "add --fix, or --diff to look first",
        )
    elif options.update_baseline or options.grow_baseline:
        message, hint = "mending and changing the baseline are two steps", "run --fix first"
    elif fixing.diff and presentation.format != "text":
        message, hint = "--diff prints a diff and no report", "leave --format out"
    return Diagnostic("usage", message, hint=hint, exit_code=2) if message else None
