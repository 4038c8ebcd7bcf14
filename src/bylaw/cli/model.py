"""``bylaw model``: what the backend consists of, as Bylaw understands it."""

from __future__ import annotations

import sys

import click


@click.command("model")
@click.argument("path", default=".", type=click.Path())
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text",
              show_default=True)  # fmt: skip
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes to use.")
def model_command(path: str, format_: str, no_cache: bool, jobs: int | None) -> None:
    """Print routes, tables, settings, roles, tests and exceptions of a backend."""
    from bylaw.cli.checking import write_output
    from bylaw.errors import exit_code_of
    from bylaw.linking import configuration_of, link_repository, nothing_analysed, roots_of
    from bylaw.model.backend.backend_model import BackendModel
    from bylaw.report.model_report import render_model
    from bylaw.rules.selection import Options
    from bylaw.version import __version__

    root, inside = roots_of([path])
    options = Options(use_cache=not no_cache, jobs=jobs)
    linked = link_repository(root, configuration_of(root), options)
    errors = list(linked.errors)
    if not linked.project.paths:
        errors.append(nothing_analysed(linked.discovery))
    model = BackendModel(linked.graph)
    write_output(render_model(model, root, inside, errors, format_, __version__))
    sys.exit(exit_code_of(errors))
