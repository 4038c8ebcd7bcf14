"""``bylaw gate``: is this change ready?"""

from __future__ import annotations

import sys

import click

from bylaw.cli.progress import Progress
from bylaw.cli.stopping import end_on_sigterm

FORMATS = ("text", "json", "markdown", "github", "sarif")


@click.command("gate")
@click.argument("path", default=".", type=click.Path())
@click.option("--base", default="", metavar="REF",
              help="Revision the change is compared with; origin's default branch.")  # fmt: skip
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True,
              help="How the verdict is written.")  # fmt: skip
@click.option("--session-state", default="", metavar="FILE",
              help="Also write the state document of the governance kit.")  # fmt: skip
@click.option("--explain", default="", metavar="ID",
              help="Derive one word of the answer: a gate, a claim, a reason code, an item or an "
              "approval.")  # fmt: skip
@click.option("--verify", is_flag=True, help="First run what the change obliges.")
def gate_command(
    path: str, base: str, format_: str, session_state: str, explain: str, verify: bool
) -> None:
    """Say whether a change is ready, from evidence that Bylaw itself produced.

    Exit code 0 is ready, 1 has something to mend, 3 is not verified, 4 is not for this tool to
    decide. Nothing is run, unless --verify is given.
    """
    from bylaw.cli.gating import answer_and_report

    end_on_sigterm()
    progress = Progress()
    sys.exit(answer_and_report(path, base, format_, session_state, explain, verify, progress))
