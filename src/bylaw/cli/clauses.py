"""``bylaw clauses``: every binding sentence of the written documents, and what enforces it."""

from __future__ import annotations

import sys

import click


@click.command("clauses")
@click.argument("pack", required=False, metavar="[PACK]")
@click.option("--format", "format_", type=click.Choice(("text", "json", "markdown")),
              default="text", show_default=True)  # fmt: skip
@click.option("--check", is_flag=True, help="Fail on every name that leads nowhere.")
def clauses_command(pack: str | None, format_: str, check: bool) -> None:
    """List the sentences of the packs, what enforces each, and how many are covered."""
    import shutil

    from bylaw.cli.checking import wants_color, write_output
    from bylaw.packs.checking import dangling_names
    from bylaw.packs.choosing import chosen_packs
    from bylaw.packs.known import known_names
    from bylaw.packs.reading import load_packs
    from bylaw.packs.standing import standing_of
    from bylaw.report.clauses_report import render_clauses
    from bylaw.rules.pages import has_bad_case
    from bylaw.rules.registry import INFOS

    shown = chosen_packs(load_packs(), pack)
    known = known_names(INFOS.values())
    citing = () if pack else INFOS.values()
    errors = dangling_names(shown, known, citing, has_bad_case) if check else ()
    write_output(
        render_clauses(
            [standing_of(each, known) for each in shown], errors, format_,
            color=wants_color(), width=shutil.get_terminal_size().columns, checked=check,
        )
    )  # fmt: skip
    sys.exit(1 if errors else 0)
