"""What ``bylaw check`` does with a result: prints it, stores it, exits."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, NoReturn

from bylaw.analysis import Run, check_run
from bylaw.errors import Diagnostic, UsageError
from bylaw.result import CheckResult, Summary
from bylaw.rules.selection import Options
from bylaw.source import stat_index
from bylaw.source.replay import keep_report
from bylaw.version import __version__


class Presentation(NamedTuple):
    """How a result is shown.

    Attributes:
        format: one of the names ``bylaw check --format`` takes.
        show_suppressed: list silenced findings.
        statistics: count per rule.
        exit_zero: exit 0 instead of 1.
        debug: let internal errors through.
    """

    format: str
    show_suppressed: bool
    statistics: bool
    exit_zero: bool
    debug: bool


def check_and_report(
    paths: Sequence[str],
    options: Options,
    presentation: Presentation,
    progress: Callable[[str], None],
) -> tuple[int, Run | None]:
    """Runs the check, writes the report to standard output and keeps it for the next run.

    Returns:
        The exit code, and the run: to forget a large repository takes longer than to leave.
    """
    started, wall = time.perf_counter(), time.time_ns()
    try:
        result, run = check_run(paths, options, progress)
    except Exception as error:
        if presentation.debug:
            raise
        result, run = broken(error), None
    progress("")
    code = 0 if presentation.exit_zero and result.exit_code == 1 else result.exit_code
    text = render(result, presentation)
    timed = presentation.format == "text"
    keeps = options.use_cache and not options.observations
    if run is not None and keeps and not result.errors:
        snapshot = stat_index.take(run.linked.discovery, wall)
        keep_report(sys.argv[1:], result.root, snapshot, code, text, timed)
    if timed:
        text += f"  time          {time.perf_counter() - started:.2f} s\n"
    write_output(text)
    return code, run


def leave(code: int) -> NoReturn:
    """Ends the process without taking its memory apart first; the report must be written."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
    os._exit(code)


def broken(error: Exception) -> CheckResult:
    """The result of a run that an error of ours ended."""
    message = f"internal error: {type(error).__name__}: {error}"
    hint = "run it again with --debug and file the trace with the project"
    return not_run(Diagnostic("internal-error", message, hint=hint, exit_code=2))


def not_run(problem: Diagnostic) -> CheckResult:
    """The result of a run that did not come to pass: the one shape, with nothing in it."""
    try:
        root = os.getcwd()
    except OSError:
        root = ""
    return CheckResult(root, Summary(0, 0, (), 0, 0, 0, 0, 0), (), (), (problem,), (), 2)


def report_problems(words: Sequence[str], problems: Sequence[Diagnostic]) -> None:
    """Says in JSON why a call was not answered, where the call asks for JSON.

    Args:
        words: the command line after the program's name.
        problems: what is wrong.
    """
    asked = "--format json" in " ".join(words).replace("--format=", "--format ")
    if asked and words[0] == "check":
        result = not_run(problems[0])._replace(errors=tuple(problems))
        write_output(render(result, Presentation("json", False, False, False, False)))
    elif asked and words[0] == "graph":
        from bylaw.report.graph_report import render_no_graph

        write_output(render_no_graph("", problems))
    elif asked and words[0] == "boot":
        from bylaw.report.boot_report import EMPTY, render_inventory

        write_output(render_inventory(EMPTY, problems, "json"))
    elif asked and words[0] == "clauses":
        from bylaw.report.clauses_report import render_clauses

        write_output(render_clauses((), problems, "json", color=False, width=0))
    elif asked and words[0] == "pack":
        from bylaw.report.pack_report import render_no_pack

        write_output(render_no_pack(tuple(problems)))
    elif asked and words[0] == "ledger":
        from bylaw.report.ledger_report import render_no_ledger

        write_output(render_no_ledger(problems))
    elif asked and words[0] == "evidence":
        from bylaw.report.evidence_report import render_no_evidence

        write_output(render_no_evidence(problems))
    elif asked and words[0] in ("run", "verify"):
        from bylaw.report.verify_report import RUN, VERIFY, Shown, render_json

        schema = VERIFY if words[0] == "verify" else RUN
        write_output(render_json(Shown("", (), "", tuple(problems)), schema))
    elif asked and words[0] == "gate":
        from bylaw.report.gate_json import render_no_gate

        write_output(render_no_gate(problems))


def write_output(text: str | bytes) -> None:
    """Writes a report whatever the terminal's encoding; a closed pipe is no error.

    Args:
        text: the report; bytes go out as they are.

    Raises:
        UsageError: standard output takes no more (a full disk).
    """
    if sys.stdout is None:
        return
    try:
        coding = sys.stdout.encoding or "utf-8"
        data = text if isinstance(text, bytes) else text.encode(coding, "backslashreplace")
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        # What is left in the buffer must not fail once more when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise UsageError(f"the report cannot be written: {error.strerror}") from error


def wants_color() -> bool:
    """Whether standard output is a terminal that may be coloured (https://no-color.org)."""
    if os.environ.get("NO_COLOR"):
        return False
    terminal = sys.stdout is not None and sys.stdout.isatty()
    return bool(os.environ.get("FORCE_COLOR")) or terminal


def render(result: CheckResult, presentation: Presentation) -> str:
    """The report in the asked format."""
    if presentation.format == "json":
        from bylaw.report.json_report import render_json

        return render_json(result, __version__, show_suppressed=presentation.show_suppressed)
    if presentation.format == "sarif":
        from bylaw.installed import known_rules
        from bylaw.report.sarif import render_sarif

        return render_sarif(result, list(known_rules().infos.values()), __version__)
    if presentation.format == "github":
        from bylaw.report.github import render_github

        return render_github(result, prefix=repository_prefix(result.root))
    if presentation.format == "gitlab":
        from bylaw.report.gitlab import render_gitlab

        return render_gitlab(result, prefix=repository_prefix(result.root))
    if presentation.format == "junit":
        from bylaw.report.junit import render_junit

        return render_junit(result)
    if presentation.format == "markdown":
        from bylaw.report.markdown import render_markdown

        return render_markdown(result)
    from bylaw.report.text import render_text

    return render_text(
        result,
        color=wants_color(),
        width=shutil.get_terminal_size().columns,
        elapsed=None,
        show_suppressed=presentation.show_suppressed,
        statistics=presentation.statistics,
    )


def repository_prefix(root: str) -> str:
    """Folder of the root inside its git repository, which annotations are relative to."""
    top = root
    while not os.path.exists(os.path.join(top, ".git")):
        parent = os.path.dirname(top)
        if parent == top:
            return ""
        top = parent
    inside = os.path.relpath(root, top)
    return "" if inside == "." else inside.replace(os.sep, "/")
