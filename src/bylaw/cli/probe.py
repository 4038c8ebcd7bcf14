"""``bylaw probe``: run the backend where reading cannot prove."""

from __future__ import annotations

import sys

import click

from bylaw.cli.probe_boot import boot_command
from bylaw.cli.probe_dependencies import dependencies_command
from bylaw.cli.probe_secrets import secrets_command
from bylaw.cli.probe_tests import tests_command
from bylaw.cli.progress import Progress
from bylaw.cli.stopping import end_on_sigterm


@click.group("probe")
def probe_command() -> None:
    """Run the backend in a child process and say what it does.

    Prints one JSON document (bylaw.probe/1). Exit code 0: pass, 1: fail, 3: not verified.
    """


@probe_command.command("imports")
@click.argument("path", default=".", type=click.Path())
@click.option("--python", default="", metavar="PYTHON",
              help="The project's interpreter; found where not given.")  # fmt: skip
@click.option("--module-seconds", type=click.FloatRange(min=0.1), default=30.0, show_default=True,
              metavar="N", help="Time for the import of one module.")  # fmt: skip
@click.option("--seconds", type=click.FloatRange(min=1.0), default=1800.0, show_default=True,
              metavar="N", help="Time for the whole probe.")  # fmt: skip
@click.option("--memory", type=click.IntRange(min=64), default=8192, show_default=True,
              metavar="MIB", help="Address space of one process.")  # fmt: skip
@click.option("--processes", type=click.IntRange(min=1), default=256, show_default=True,
              metavar="N", help="Processes a module may start.")  # fmt: skip
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
def imports_command(
    path: str, python: str, module_seconds: float, seconds: float, memory: int, processes: int,
    no_cache: bool,
) -> None:  # fmt: skip
    """Import every first-party module and say what that does.

    Twice: without any environment variable, then with the declared ones
    ([probe.environment], else .env.example; never .env).
    """
    from bylaw.cli.checking import write_output
    from bylaw.linking import configuration_of, link_repository, roots_of
    from bylaw.probes.host import Limits
    from bylaw.probes.imports.probe import Asked, probe_imports
    from bylaw.probes.outcome import render_outcome
    from bylaw.rules.selection import Options

    end_on_sigterm()
    root, inside = roots_of([path])
    config = configuration_of(root)
    progress = Progress()
    linked = link_repository(root, config, Options(use_cache=not no_cache), progress)
    limits = Limits(module_seconds, seconds, memory << 20, processes)
    asked = Asked(root, inside, python, config.project.python, config.probe_environment, limits)
    outcome = probe_imports(linked.graph, asked, progress)
    progress("")
    write_output(render_outcome(outcome))
    sys.exit(outcome.exit_code)


probe_command.add_command(boot_command)
probe_command.add_command(secrets_command)
probe_command.add_command(dependencies_command)
probe_command.add_command(tests_command)
