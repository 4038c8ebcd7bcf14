"""``bylaw run``: prove one claim."""

from __future__ import annotations

import shutil
import sys

import click

from bylaw.cli.progress import Progress
from bylaw.cli.stopping import end_on_sigterm


@click.command("run", context_settings={"ignore_unknown_options": False})
@click.argument("claim")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option("--base", default="", metavar="REF",
              help="Revision the change is compared with; origin's default branch.")  # fmt: skip
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text",
              show_default=True, help="How to say it.")  # fmt: skip
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache of the analysis.")
def run_command(
    claim: str, command: tuple[str, ...], base: str, format_: str, no_cache: bool
) -> None:
    """Run what proves CLAIM, and record it as evidence.

    With `-- COMMAND` any other command is run instead and recorded as asserted, which satisfies
    no gate. Exit code 0: pass, 1: fail, 3: not verified.
    """
    from bylaw.cli.checking import wants_color, write_output
    from bylaw.linking import roots_of
    from bylaw.report.verify_report import RUN, render_json, render_text
    from bylaw.verifying import Asked, assert_claim, shown_of, verify

    end_on_sigterm()
    root, _ = roots_of(["."])
    progress = Progress()
    asked = Asked(root, base, (claim,), reuse=False, use_cache=not no_cache)
    try:
        verified = assert_claim(asked, command, progress) if command else verify(asked, progress)
    finally:
        progress("")
    shown = shown_of(verified)
    if format_ == "json":
        write_output(render_json(shown, RUN))
    else:
        width = shutil.get_terminal_size().columns
        write_output(render_text(shown, color=wants_color(), width=width))
    sys.exit(verified.exit_code)
