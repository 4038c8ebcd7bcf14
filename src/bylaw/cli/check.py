"""``bylaw check``: analyse a repository and report what breaks its rules."""

from __future__ import annotations

import sys

import click

from bylaw.cli.progress import Progress
from bylaw.finding import CONFIDENCES

FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit", "markdown")


def split_names(_: click.Context, __: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Names given as ``a,b`` or by repeating the option."""
    return tuple(name.strip() for each in value for name in each.split(",") if name.strip())


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]...")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--select", multiple=True, callback=split_names, metavar="RULE,...|all",
              help="Run these rules instead of the default ones.")  # fmt: skip
@click.option("--ignore", multiple=True, callback=split_names, metavar="RULE,...",
              help="Do not run these rules.")  # fmt: skip
@click.option("--min-confidence", type=click.Choice(CONFIDENCES), default="probable",
              show_default=True, help="Least confidence of a finding.")  # fmt: skip
@click.option("--base", default="", metavar="REV",
              help="What the change is compared with; origin's default branch.")  # fmt: skip
@click.option("--baseline", default="", metavar="FILE", help="Findings that are accepted.")
@click.option("--update-baseline", is_flag=True, help="Remove stale entries from the baseline.")
@click.option("--grow-baseline", is_flag=True, help="Add today's findings to the baseline.")
@click.option("--show-suppressed", is_flag=True, help="List what comments and baseline silence.")
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes to use.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 instead of 1.")
@click.option("--statistics", is_flag=True, help="Count findings per rule.")
@click.option("--fix", is_flag=True, help="Mend what can be mended without changing behaviour.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix: also where behaviour may change.")
@click.option("--diff", is_flag=True, help="Print what --fix would change and write nothing.")
@click.option("--with-observations", default="", metavar="FILE",
              help="What `bylaw probe imports` printed; - for standard input.")  # fmt: skip
@click.option("--debug", is_flag=True, help="Show the trace of an internal error.")
def check_command(
    paths: tuple[str, ...],
    format_: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    min_confidence: str,
    base: str,
    baseline: str,
    update_baseline: bool,
    grow_baseline: bool,
    show_suppressed: bool,
    no_cache: bool,
    jobs: int | None,
    exit_zero: bool,
    statistics: bool,
    fix: bool,
    unsafe_fixes: bool,
    diff: bool,
    with_observations: str,
    debug: bool,
) -> None:
    """Analyse a repository and report what breaks its rules.

    The whole root is analysed; PATH filters what is reported.
    """
    from bylaw.rules.selection import Options

    options = Options(
        select, ignore, min_confidence, baseline, update_baseline, grow_baseline, not no_cache,
        jobs, base, format_ == "text", read_observations(with_observations),
    )  # fmt: skip
    from bylaw.cli.checking import Presentation, check_and_report, leave

    presentation = Presentation(format_, show_suppressed, statistics, exit_zero, debug)
    if fix or unsafe_fixes or diff:
        from bylaw.cli.fixing import Fixing, mend_and_report

        fixing = Fixing(fix, unsafe_fixes, diff)
        sys.exit(mend_and_report(paths, options, presentation, fixing, Progress()))
    code, _run = check_and_report(paths, options, presentation, Progress())
    leave(code)


def read_observations(path: str) -> str:
    """Text of a file of observations, or of standard input; empty where none is asked for.

    Raises:
        UsageError: it cannot be read, or is not what a probe prints.
    """
    if not path:
        return ""
    from bylaw.errors import UsageError
    from bylaw.probes.outcome import read_outcome

    try:
        if path == "-":
            text = sys.stdin.read()
        else:
            with open(path, encoding="utf-8") as file:
                text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        hint = "write it with: bylaw probe imports > FILE"
        raise UsageError(f"cannot read the observations {path}: {error}", hint=hint) from None
    if read_outcome(text, path).probe != "imports":
        raise UsageError(f"{path} is not of the import probe", hint="bylaw probe imports > FILE")
    return text
