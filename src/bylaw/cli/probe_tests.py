"""``bylaw probe tests``: are a change's tests proof?"""

from __future__ import annotations

import sys
from typing import Any

import click

from bylaw.cli.progress import Progress
from bylaw.cli.stopping import end_on_sigterm


@click.command("tests")
@click.argument("path", default=".", type=click.Path())
@click.option("--base", default="", metavar="REF",
              help="Revision the change is compared with; origin's default branch.")  # fmt: skip
@click.option("--head", default="", metavar="REF",
              help="Revision the change ends in; the work tree where not given.")  # fmt: skip
@click.option("--only", default="", metavar="PARTS",
              help="green, determinism, red-green, coverage, negative-path, resilience, weakened; "
              "separated by commas.")  # fmt: skip
@click.option("--runner", type=click.Choice(["auto", "pytest", "unittest"]), default="auto",
              show_default=True, help="What runs the tests.")  # fmt: skip
@click.option("--python", default="", metavar="PYTHON",
              help="The project's interpreter; found where not given.")  # fmt: skip
@click.option("--test-seconds", type=click.FloatRange(min=0.1), default=60.0, show_default=True,
              metavar="N", help="Time for one test.")  # fmt: skip
@click.option("--seconds", type=click.FloatRange(min=1.0), default=1800.0, show_default=True,
              metavar="N", help="Time for the whole probe.")  # fmt: skip
@click.option("--memory", type=click.IntRange(min=64), default=8192, show_default=True,
              metavar="MIB", help="Address space of one process.")  # fmt: skip
@click.option("--processes", type=click.IntRange(min=1), default=256, show_default=True,
              metavar="N", help="Processes the tests may start.")  # fmt: skip
def tests_command(path: str, base: str, head: str, only: str, **given: Any) -> None:
    """Run a change's tests on both of its sides and under other conditions.

    Without network and your environment variables; the checkout stays as it is. Arguments for
    pytest are not taken: what a selection leaves out is not verified.
    """
    from bylaw.cli.checking import write_output
    from bylaw.errors import UsageError
    from bylaw.linking import configuration_of, roots_of
    from bylaw.probes.host import Limits
    from bylaw.probes.outcome import render_outcome
    from bylaw.probes.proof.probe import PARTS, Asked, probe_tests

    end_on_sigterm()
    parts = frozenset(each.strip() for each in only.split(",") if each.strip())
    unknown = sorted(parts - set(PARTS))
    if unknown:
        raise UsageError(f"no such part: {', '.join(unknown)}", hint=f"one of {', '.join(PARTS)}")
    root, inside = roots_of([path])
    config = configuration_of(root)
    progress = Progress()
    limits = Limits(given["test_seconds"], given["seconds"], given["memory"] << 20,
                    given["processes"])  # fmt: skip
    asked = Asked(
        root, inside, base, head, parts, given["runner"], given["python"], config.project.python,
        config.probe_environment, given["test_seconds"], limits,
    )  # fmt: skip
    outcome = probe_tests(asked, progress)
    progress("")
    write_output(render_outcome(outcome))
    sys.exit(outcome.exit_code)
