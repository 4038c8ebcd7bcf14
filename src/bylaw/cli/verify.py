"""``bylaw verify``: prove what the change obliges."""

from __future__ import annotations

import shutil
import sys

import click

from bylaw.cli.progress import Progress
from bylaw.cli.stopping import end_on_sigterm


@click.command("verify")
@click.argument("path", default=".", type=click.Path())
@click.option("--base", default="", metavar="REF",
              help="Revision the change is compared with; origin's default branch.")  # fmt: skip
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text",
              show_default=True, help="How to say it.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(min=1), default=None, metavar="N",
              help="Processes beside each other.")  # fmt: skip
@click.option("--all", "every", is_flag=True, help="Every claim, whatever the tier obliges.")
@click.option("--no-reuse", is_flag=True, help="Run everything, whatever is proven already.")
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache of the analysis.")
def verify_command(
    path: str, base: str, format_: str, jobs: int | None, every: bool, no_reuse: bool,
    no_cache: bool,
) -> None:  # fmt: skip
    """Run what the tier of the change obliges, and record it as evidence.

    In this order: lint and format, types, targeted tests, the whole suite, migrations, probes.
    What is proven on exactly this tree is reused. Exit code 0: all pass, 1: one fails, 3: one is
    not verified.
    """
    from bylaw.cli.checking import wants_color, write_output
    from bylaw.linking import roots_of
    from bylaw.report.verify_report import VERIFY, render_json, render_text
    from bylaw.verifying import Asked, shown_of, verify

    end_on_sigterm()
    root, _ = roots_of([path])
    progress = Progress()
    asked = Asked(root, base, (), every, jobs, not no_reuse, not no_cache)
    try:
        verified = verify(asked, progress)
    finally:
        progress("")
    shown = shown_of(verified)
    if format_ == "json":
        write_output(render_json(shown, VERIFY))
    else:
        width = shutil.get_terminal_size().columns
        write_output(render_text(shown, color=wants_color(), width=width))
    sys.exit(verified.exit_code)
