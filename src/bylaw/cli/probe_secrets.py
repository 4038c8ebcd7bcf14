"""``bylaw probe secrets``: does the change, or its history, hold a key?"""

from __future__ import annotations

import sys

import click


@click.command("secrets")
@click.argument("path", default=".", type=click.Path())
@click.option("--base", default="", metavar="REF",
              help="Revision to compare with; origin's default branch else.")  # fmt: skip
def secrets_command(path: str, base: str) -> None:
    """Look for keys and tokens in every line that the change adds.

    Also in lines that a later commit takes away again: the history keeps them. Values are shown
    nowhere.
    """
    from bylaw.cli.checking import write_output
    from bylaw.linking import roots_of
    from bylaw.probes.added_secrets import probe_secrets
    from bylaw.probes.outcome import render_outcome

    root, inside = roots_of([path])
    outcome = probe_secrets(root, base, inside)
    write_output(render_outcome(outcome))
    sys.exit(outcome.exit_code)
