"""``bylaw rules``: every rule with what it finds."""

from __future__ import annotations

import click


@click.command("rules")
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text",
              show_default=True)  # fmt: skip
def rules_command(format_: str) -> None:
    """List every rule with what it finds."""
    from bylaw.cli.checking import write_output
    from bylaw.report.rules_report import render_rules
    from bylaw.rules.registry import INFOS

    write_output(render_rules(list(INFOS.values()), format_))
