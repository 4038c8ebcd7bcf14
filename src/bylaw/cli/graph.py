"""``bylaw graph``: what Bylaw believes about imports, calls and effects."""

from __future__ import annotations

import sys

import click


@click.command("graph")
@click.argument("path", default=".", type=click.Path())
@click.option("--format", "format_", default="text", show_default=True,
              type=click.Choice(("text", "json", "dot", "mermaid")))  # fmt: skip
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes to use.")
def graph_command(path: str, format_: str, no_cache: bool, jobs: int | None) -> None:
    """Print the import and call graph with the effects each function reaches."""
    from bylaw.cli.checking import write_output
    from bylaw.linking import configuration_of, link_repository, roots_of
    from bylaw.report.graph_report import render_graph
    from bylaw.rules.selection import Options

    root, inside = roots_of([path])
    options = Options(use_cache=not no_cache, jobs=jobs)
    linked = link_repository(root, configuration_of(root), options)
    write_output(render_graph(linked.graph, root, inside, linked.errors, format_))
    sys.exit(3 if linked.errors or not linked.project.paths else 0)
