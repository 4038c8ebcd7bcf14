"""``bylaw probe dependencies``: locked as declared, and nothing known to be vulnerable?"""

from __future__ import annotations

import os
import sys

import click


@click.command("dependencies")
@click.argument("path", default=".", type=click.Path())
@click.option("--advisories", default="", metavar="FILE", type=click.Path(),
              help="Advisories (OSV schema): a JSON file, a folder or an archive.")  # fmt: skip
def dependencies_command(path: str, advisories: str) -> None:
    """Compare lock files with their manifests, and what they hold with advisories.

    Without FILE pip-audit is asked, where it is installed; its answer comes from the network.
    """
    from bylaw.cli.checking import write_output
    from bylaw.linking import configuration_of, roots_of
    from bylaw.probes.dependencies.probe import probe_dependencies
    from bylaw.probes.outcome import render_outcome
    from bylaw.rules.repository import Repository
    from bylaw.source.discovery import discover

    root, inside = roots_of([path])
    config = configuration_of(root)
    found = discover(root, exclude=config.project.exclude)
    folders = [os.path.join(root, ".venv", "bin"), os.path.dirname(sys.executable)]
    repository = Repository(root, found.manifests)
    outcome = probe_dependencies(repository, advisories, folders, inside)
    write_output(render_outcome(outcome))
    sys.exit(outcome.exit_code)
