"""``bylaw pack lint``: what stands behind each sentence of a team's own documents."""

from __future__ import annotations

import sys

import click


@click.group("pack")
def pack_command() -> None:
    """Look after the documents a team writes its rules in."""


@pack_command.command("lint")
@click.argument("files", nargs=-1, type=click.Path(), metavar="[FILE]...")
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text",
              show_default=True)  # fmt: skip
@click.option("--strict", is_flag=True, help="Fail on sentences that nothing enforces as well.")
def lint_command(files: tuple[str, ...], format_: str, strict: bool) -> None:
    """List the binding sentences of Markdown documents and what enforces each.

    Without FILE, the documents that are enabled are looked through.
    """
    import shutil

    from bylaw.cli.checking import wants_color, write_output
    from bylaw.installed import known_rules
    from bylaw.packs.own.linting import lint_files
    from bylaw.report.pack_report import render_pack

    report = lint_files(files, known_rules())
    width = shutil.get_terminal_size().columns
    write_output(render_pack(report, format_, color=wants_color(), width=width))
    sys.exit(report.exit_code(strict=strict))
