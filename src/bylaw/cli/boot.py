"""``bylaw boot``: how a backend is started."""

from __future__ import annotations

import sys

import click


@click.group("boot")
def boot_group() -> None:
    """How a backend is started: where its commands stand and which one wins."""


@boot_group.command("inventory")
@click.argument("path", default=".", type=click.Path())
@click.option("--format", "format_", type=click.Choice(("text", "json", "mermaid")),
              default="text", show_default=True)  # fmt: skip
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes to use.")
def inventory_command(path: str, format_: str, no_cache: bool, jobs: int | None) -> None:
    """Print every start command, which one wins on which platform, and why."""
    from bylaw.cli.checking import write_output
    from bylaw.errors import Diagnostic, exit_code_of
    from bylaw.linking import configuration_of, context_of, link_repository, roots_of
    from bylaw.report.boot_report import render_inventory
    from bylaw.rules.boot.inventory import inventory_of
    from bylaw.rules.repository import reading_problems
    from bylaw.rules.selection import Options

    root, inside = roots_of([path])
    options = Options(use_cache=not no_cache, jobs=jobs)
    linked = link_repository(root, configuration_of(root), options)
    context = context_of(linked)
    inventory = inventory_of(context)
    errors = [*linked.errors, *reading_problems(context.repository)]
    if not inventory.commands and not inventory.unsupported:
        hint = "give the path of a repository with deploy files"
        errors.append(Diagnostic("nothing-analysed", "no start command was found", hint=hint))
    write_output(render_inventory(inventory, errors, format_, inside))
    sys.exit(exit_code_of(errors))


@boot_group.command("adopt")
@click.argument("path", default=".", type=click.Path())
@click.option("--write", is_flag=True, help="Write the files; without it they are only shown.")
@click.option("--build", is_flag=True, help="Build the images too, where a builder answers.")
@click.option("--app", "application", default="", metavar="MODULE:NAME",
              help="The application, where several are found.")  # fmt: skip
@click.option("--skip", multiple=True, metavar="PART",
              type=click.Choice(("dockerfile", "procfile", "render", "compose", "config")),
              help="dockerfile, procfile, render, compose or config: not drafted.")  # fmt: skip
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text",
              show_default=True)  # fmt: skip
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
def adopt_command(
    path: str, write: bool, build: bool, application: str, skip: tuple[str, ...], format_: str,
    no_cache: bool,
) -> None:  # fmt: skip
    """Give a service one start command: entry file, image, Procfile, render.yaml, compose file.

    Shows a diff; --write makes it so. What cannot be decided is left as TODO(bylaw). Exits with 1
    where changes are pending, and with 3 where something is left open.
    """
    from bylaw.adopting import Wanted, adopt
    from bylaw.cli.checking import write_output
    from bylaw.linking import roots_of
    from bylaw.report.adopt_report import render_adoption
    from bylaw.rules.selection import Options

    root, inside = roots_of([path])
    wanted = Wanted(inside[0], application, frozenset(skip), write, build)
    adoption = adopt(root, Options(use_cache=not no_cache), wanted)
    write_output(render_adoption(adoption, format_))
    sys.exit(adoption.exit_code)
