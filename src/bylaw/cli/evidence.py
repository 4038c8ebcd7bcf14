"""``bylaw evidence``: what was run and seen."""

from __future__ import annotations

import itertools

import click


@click.command("evidence")
@click.argument("name", default="", metavar="[EV-ID]")
@click.option("--claim", default="", metavar="CLAIM", help="Only items of this claim.")
@click.option("--last", default=50, show_default=True, type=click.IntRange(min=0),
              help="How many of the newest; 0 for all.")  # fmt: skip
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text",
              show_default=True)  # fmt: skip
def evidence_command(name: str, claim: str, last: int, format_: str) -> None:
    """List items of evidence, newest first; or show one, with where its outputs lie."""
    import shutil

    from bylaw.cli.checking import wants_color, write_output
    from bylaw.errors import UsageError
    from bylaw.evidence.claim import slug_of
    from bylaw.evidence.ledger.problems import LedgerError
    from bylaw.evidence.ledger.store import open_ledger
    from bylaw.report.evidence_report import render_item, render_items
    from bylaw.source.project_root import find_root

    root = find_root(".")
    color, width = wants_color(), shutil.get_terminal_size().columns
    with open_ledger(root, create=False) as ledger:
        if not ledger.head():
            raise LedgerError("there is no evidence here", reason="LEDGER-ABSENT",
                              hint="bylaw verify")  # fmt: skip
        if name:
            item = ledger.find(name)
            if item is None:
                raise UsageError(f"no such item: {name}", hint="bylaw evidence")
            text = render_item(item, root, ledger.blobs, format_, color=color, width=width)
        else:
            found = ledger.history(slug_of(claim)) if claim else ledger.newest_first()
            items = list(itertools.islice(found, last or None))
            total = ledger.count(slug_of(claim))
            text = render_items(items, total, root, ledger.blobs, format_, color=color,
                                width=width)  # fmt: skip
    write_output(text)
