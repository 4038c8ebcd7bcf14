"""``bylaw init``: find out how a backend is built, and write it down as ``bylaw.toml``."""

from __future__ import annotations

import os
import sys

import click

from bylaw.errors import UsageError, exit_code_of


@click.command("init")
@click.argument("path", default=".", type=click.Path())
@click.option("--baseline", is_flag=True, help="Accept today's findings as bylaw-baseline.json.")
@click.option("--force", is_flag=True, help="Overwrite what is there without asking.")
@click.option("--stdout", "to_stdout", is_flag=True, help="Print the file and write nothing.")
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text",
              show_default=True)  # fmt: skip
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
def init_command(
    path: str, baseline: bool, force: bool, to_stdout: bool, format_: str, no_cache: bool
) -> None:
    """Detect the conventions of a backend, each with the file that proves it.

    Writes them to bylaw.toml, which later changes are judged against; never overwrites a file
    without asking.
    """
    from bylaw.cli.checking import write_output
    from bylaw.initial import detect, write_lock
    from bylaw.linking import nothing_analysed, roots_of
    from bylaw.report.init_report import Initial, render_init
    from bylaw.rules.conventions.lock import render_lock
    from bylaw.rules.selection import Options

    root, _ = roots_of([path])
    options = Options(use_cache=not no_cache)
    targets = [] if to_stdout else ["bylaw.toml", *(["bylaw-baseline.json"] if baseline else [])]
    for name in targets:
        _may_write(root, name, force)
    linked, found = detect(root, options)
    errors = list(linked.errors)
    if not linked.project.paths:
        errors.append(nothing_analysed(linked.discovery))
    text = render_lock(found)
    if to_stdout:
        write_output(text)
        sys.exit(0)
    written: list[str] = []
    accepted = 0
    if linked.project.paths:
        accepted = write_lock(root, text, options, baseline=baseline)
        written = targets
    write_output(render_init(Initial(root, found, errors, written, accepted), format_))
    sys.exit(exit_code_of(errors))


def _may_write(root: str, name: str, force: bool) -> None:
    """Asks before a file is lost; a run that nobody can answer stops.

    Raises:
        UsageError: the file is there, and nobody said that it may go.
    """
    place = os.path.join(root, name)
    if force or not os.path.lexists(place):
        return
    if sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty():
        if click.confirm(f"{name} is there. Overwrite it?", default=False, err=True):
            return
        raise UsageError(f"{name} was left as it is", hint="bylaw init --stdout prints the new one")
    raise UsageError(
        f"{name} is already there", hint="--force overwrites it, --stdout prints the new one"
    )
