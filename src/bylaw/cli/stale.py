"""``bylaw stale``: is what was proven still proven, and if not, why?"""

from __future__ import annotations

import sys

import click


@click.command("stale")
@click.argument("claims", nargs=-1, metavar="[CLAIM]...")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text",
              show_default=True, help="How to say it.")  # fmt: skip
def stale_command(claims: tuple[str, ...], format_: str) -> None:
    """Say for each claim whether its evidence is fresh, and if not, which file or tool it is.

    Runs nothing. Exit code 0: all fresh, 3: one is stale or was never run.
    """
    from bylaw.cli.checking import write_output
    from bylaw.linking import roots_of
    from bylaw.report.stale_report import render_json, render_text
    from bylaw.staling import keep_answer, staleness_of

    root, _ = roots_of(["."])
    found = staleness_of(root, claims)
    render = render_json if format_ == "json" else render_text
    text = render(found.claims, found.errors)
    write_output(text)
    keep_answer(sys.argv[1:], found, text)
    sys.exit(found.exit_code)
