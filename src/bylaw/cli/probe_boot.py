"""``bylaw probe boot``: does the backend start, serve and stop, and does it fail fast?"""

from __future__ import annotations

import sys
from typing import Any

import click

from bylaw.cli.progress import Progress
from bylaw.cli.stopping import end_on_sigterm


@click.command("boot")
@click.argument("path", default=".", type=click.Path())
@click.option("--python", default="", metavar="PYTHON",
              help="The project's interpreter; found where not given.")  # fmt: skip
@click.option("--ready-seconds", type=click.FloatRange(min=0.5), default=5.0, show_default=True,
              metavar="N", help="Time until a service answers.")  # fmt: skip
@click.option("--stop-seconds", type=click.FloatRange(min=0.5), default=10.0, show_default=True,
              metavar="N", help="Time until a service has ended after SIGTERM.")  # fmt: skip
@click.option("--seconds", type=click.FloatRange(min=1.0), default=1800.0, show_default=True,
              metavar="N", help="Time for the whole probe.")  # fmt: skip
@click.option("--memory", type=click.IntRange(min=64), default=8192, show_default=True,
              metavar="MIB", help="Address space of one process.")  # fmt: skip
@click.option("--processes", type=click.IntRange(min=1), default=256, show_default=True,
              metavar="N", help="Processes a service may start.")  # fmt: skip
@click.option("--most-variables", type=click.IntRange(min=0), default=8, show_default=True,
              metavar="N", help="Required variables to take away one by one.")  # fmt: skip
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
def boot_command(path: str, python: str, memory: int, processes: int, no_cache: bool,
                 **given: Any) -> None:  # fmt: skip
    """Start every service, ask after it, stop it, and start it broken.

    Each in a room of its own: no network but its own, the project copy-on-write, the declared
    variables only ([probe.environment], else .env.example; never .env).
    """
    from bylaw.cli.checking import write_output
    from bylaw.linking import configuration_of, context_of, link_repository, roots_of
    from bylaw.probes.boot.probe import Asked, probe_boot
    from bylaw.probes.boot.running import Times
    from bylaw.probes.host import Limits
    from bylaw.probes.outcome import render_outcome
    from bylaw.rules.selection import Options

    end_on_sigterm()
    root, inside = roots_of([path])
    config = configuration_of(root)
    progress = Progress()
    linked = link_repository(root, config, Options(use_cache=not no_cache), progress)
    asked = Asked(
        inside, python, config.project.python, config.probe_environment,
        Times(given["ready_seconds"], given["stop_seconds"], given["seconds"]),
        Limits(memory=memory << 20, processes=processes), given["most_variables"],
    )  # fmt: skip
    outcome = probe_boot(context_of(linked), asked, progress)
    progress("")
    write_output(render_outcome(outcome))
    sys.exit(outcome.exit_code)
