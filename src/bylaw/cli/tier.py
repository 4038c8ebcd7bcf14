"""``bylaw tier``: how much risk a change carries, why, and what it must prove."""

from __future__ import annotations

import sys

import click


@click.command("tier")
@click.argument("path", default=".", type=click.Path())
@click.option("--base", default="", metavar="REF",
              help="Revision to compare with; origin's default branch else.")  # fmt: skip
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text",
              show_default=True)  # fmt: skip
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes to use.")
def tier_command(path: str, base: str, format_: str, no_cache: bool, jobs: int | None) -> None:
    """Say how much risk the change since the merge base carries, and what it must prove.

    The work tree counts, files that git does not track yet among it. Exit 3 where the change
    cannot be told: then it is taken for TIER-HIGH.
    """
    from bylaw.cli.checking import leave, write_output
    from bylaw.errors import exit_code_of
    from bylaw.linking import roots_of
    from bylaw.report.json_report import json_text
    from bylaw.report.tier_report import tier_document, tier_text
    from bylaw.rules.selection import Options
    from bylaw.tiering import tier_of

    root, _ = roots_of([path])
    told = tier_of(root, base, Options(use_cache=not no_cache, jobs=jobs))
    commits = (told.base, told.head)
    if format_ == "json":
        document = tier_document(told.tier, commits, told.reasons, told.obligations, told.errors)
        write_output(json_text(document))
    else:
        write_output(
            tier_text(
                told.tier, commits, told.reasons, told.obligations, told.errors, told.elsewhere
            )
        )
    code = exit_code_of(told.errors)
    sys.stdout.flush()
    leave(code)
