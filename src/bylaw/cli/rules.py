"""``bylaw rules``: every rule with what it finds."""

from __future__ import annotations

import click


@click.command("rules")
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text",
              show_default=True)  # fmt: skip
def rules_command(format_: str) -> None:
    """List every rule with what it finds, those of installed plug-ins included."""
    from bylaw.cli.checking import write_output
    from bylaw.config import ConfigProblemsError
    from bylaw.installed import known_rules
    from bylaw.report.rules_report import render_rules

    known = known_rules()
    write_output(render_rules(list(known.infos.values()), format_))
    if known.problems:
        raise ConfigProblemsError(known.problems)
