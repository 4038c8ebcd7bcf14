"""``bylaw approve``: what a person answers for."""

from __future__ import annotations

import sys

import click


@click.command("approve")
@click.argument("subject")
@click.argument("path", default=".", type=click.Path())
@click.option("--reason", required=True, metavar="TEXT", help="Why; it stands in every report.")
@click.option("--at", "places", multiple=True, metavar="PATH[:LINE]",
              help="For a rule: which findings; may be repeated.")  # fmt: skip
@click.option("--base", default="", metavar="REF",
              help="Revision the change is compared with; origin's default branch.")  # fmt: skip
@click.option("--days", type=click.IntRange(min=1), default=None, metavar="N",
              help="Days until it runs out (30); [waivers] longest_days caps it.")  # fmt: skip
@click.option("--by", default="", metavar="NAME", help="Who approves; git's user.email.")
def approve_command(
    subject: str, path: str, reason: str, places: tuple[str, ...], base: str, days: int | None,
    by: str,
) -> None:  # fmt: skip
    """Sign a waiver or an answer and write it below .bylaw/approvals.

    SUBJECT is the name of a rule (with --at), claim/NAME, check-weakened/CLAIM,
    note/compatibility, note/deployment-order, or clause/ID. What is approved stays visible, and
    runs out.
    """
    from bylaw.approving import Wish, approve
    from bylaw.cli.checking import write_output

    wish = Wish(path, subject, reason, places, base, days, by)
    write_output(approve(wish))
    sys.exit(0)
