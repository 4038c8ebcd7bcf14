"""The command line: one group, one module per command, no logic."""

from __future__ import annotations

import sys

import click

from bylaw.cli.boot import boot_group
from bylaw.cli.check import check_command
from bylaw.cli.clauses import clauses_command
from bylaw.cli.evidence import evidence_command
from bylaw.cli.explain import explain_command
from bylaw.cli.graph import graph_command
from bylaw.cli.init import init_command
from bylaw.cli.ledger import ledger_command
from bylaw.cli.model import model_command
from bylaw.cli.pack import pack_command
from bylaw.cli.probe import probe_command
from bylaw.cli.rules import rules_command
from bylaw.cli.tier import tier_command
from bylaw.errors import BylawError, Diagnostic
from bylaw.version import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="bylaw %(version)s")
@click.option("--debug", is_flag=True, help="Show the trace of an internal error.")
def bylaw(debug: bool) -> None:
    """Makes the written rules of a Python backend binding."""


bylaw.add_command(check_command)
bylaw.add_command(init_command)
bylaw.add_command(clauses_command)
bylaw.add_command(explain_command)
bylaw.add_command(rules_command)
bylaw.add_command(graph_command)
bylaw.add_command(boot_group)
bylaw.add_command(model_command)
bylaw.add_command(pack_command)
bylaw.add_command(probe_command)
bylaw.add_command(tier_command)
bylaw.add_command(evidence_command)
bylaw.add_command(ledger_command)


def run() -> None:
    """Runs a command; an internal error is one line and exit code 2, never a traceback."""
    try:
        bylaw.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        _report("usage", error.format_message(), f"{_command()} --help")
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        sys.stderr.write("bylaw: stopped\n")
        sys.exit(130)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except BylawError as error:
        from bylaw.cli.checking import report_problems

        sys.stderr.write(error_text(error))
        report_problems(sys.argv[1:], getattr(error, "problems", None) or [error.diagnostic()])
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - the last one to be told
        if "--debug" in sys.argv:
            import traceback

            traceback.print_exc()
            sys.exit(2)
        sys.stderr.write(internal_error_text(error))
        message = f"internal error: {type(error).__name__}: {error}"
        _report("internal-error", message, "run it again as `bylaw --debug ...`")
        sys.exit(2)


def _command() -> str:
    return f"bylaw {sys.argv[1]}" if len(sys.argv) > 1 else "bylaw"


def _report(code: str, message: str, hint: str) -> None:
    from bylaw.cli.checking import report_problems

    report_problems(sys.argv[1:], [Diagnostic(code, message, hint=hint, exit_code=2)])


def error_text(error: BylawError) -> str:
    """Two lines for each thing that is wrong: what and where, and the mend."""
    text = ""
    for each in getattr(error, "problems", None) or [error.diagnostic()]:
        place = f"{each.path}:{each.line}: " if each.path else ""
        text += f"bylaw: {place}{each.message}\n" + (f"  {each.hint}\n" if each.hint else "")
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def internal_error_text(error: BaseException) -> str:
    """Two lines for an error nobody foresaw: what it was, and how to report it."""
    kind = type(error).__name__
    return (
        f"bylaw: internal error: {kind}: {error}\n"
        "  run it again as `bylaw --debug ...` and file the trace with the project\n"
    )
