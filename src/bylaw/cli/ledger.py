"""``bylaw ledger``: whether evidence is as it was written, and how it travels."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bylaw.evidence.ledger.store import Ledger

_FORMAT = click.Choice(("text", "json"))
_FILE = click.Path(exists=True, dir_okay=False)


@click.group("ledger")
def ledger_command() -> None:
    """Look after the ledger that evidence is kept in."""


@ledger_command.command("check")
@click.option("--checkpoint", "kept", type=_FILE, metavar="FILE",
              help="A checkpoint kept elsewhere: shows what was dropped or rewritten.")  # fmt: skip
@click.option("--key", "keys", type=_FILE, multiple=True, metavar="PUB",
              help="Believe only this public key (PEM); may be given several times.")  # fmt: skip
@click.option("--full", is_flag=True, help="Also what an earlier check found whole.")
@click.option("--format", "format_", type=_FORMAT, default="text", show_default=True)
def check_command(kept: str | None, keys: tuple[str, ...], full: bool, format_: str) -> None:
    """Check that nothing in the ledger changed since it was written. Needs no network."""
    import shutil

    from bylaw.cli.checking import wants_color, write_output
    from bylaw.evidence.ledger.checking import check_ledger
    from bylaw.evidence.ledger.checkpoint import LARGEST
    from bylaw.report.ledger_report import render_check
    from bylaw.source.project_root import find_root

    checkpoint = None
    if kept is not None:
        with open(kept, "rb") as file:
            checkpoint = file.read(LARGEST)
    checked = check_ledger(find_root("."), full=full, checkpoint=checkpoint, keys=keys)
    width = shutil.get_terminal_size().columns
    write_output(render_check(checked, format_, color=wants_color(), width=width))
    sys.exit(checked.exit_code)


@ledger_command.command("checkpoint")
@click.option("--out", type=click.Path(dir_okay=False), metavar="FILE",
              help="Where to write it; standard output else.")  # fmt: skip
def checkpoint_command(out: str | None) -> None:
    """Write a signed checkpoint: how many items there are, and the digest of the newest.

    Kept where nobody who writes the ledger can write, it shows what is dropped or rewritten later.
    """
    from bylaw.evidence.ledger.checkpoint import Checkpoint, signed

    with _open() as ledger:
        with ledger.snapshot():
            count, head = ledger.count(), ledger.head()
        checkpoint = Checkpoint(ledger.identity().own, count, head, ledger.now())
        _write(out, [signed(checkpoint, ledger.signer()) + b"\n"])


@ledger_command.command("export")
@click.option("--out", type=click.Path(dir_okay=False), metavar="FILE",
              help="Where to write it; standard output else.")  # fmt: skip
@click.option("--as", "kind", type=click.Choice(("ledger", "test-result", "vsa")),
              default="ledger", show_default=True,
              help="The ledger, or its newest items in in-toto's or SLSA's words.")  # fmt: skip
def export_command(out: str | None, kind: str) -> None:
    """Write the ledger as one file: JSON Lines of signed envelopes and of what they name."""
    from bylaw.evidence.ledger.exchange import exported
    from bylaw.evidence.ledger.projections import newest, results_of_tests, summaries
    from bylaw.version import __version__

    with _open() as ledger:
        if kind == "ledger":
            _write(out, exported(ledger))
            return
        items, signer = newest(ledger.items()), ledger.signer()
        envelopes = (results_of_tests(items, signer) if kind == "test-result"
                     else summaries(items, signer, __version__))  # fmt: skip
        _write(out, (each + b"\n" for each in envelopes))


@ledger_command.command("import")
@click.argument("file", type=_FILE)
@click.option("--key", "keys", type=_FILE, multiple=True, required=True, metavar="PUB",
              help="Public key (PEM) of who signed; may be given several times.")  # fmt: skip
@click.option("--format", "format_", type=_FORMAT, default="text", show_default=True)
def import_command(file: str, keys: tuple[str, ...], format_: str) -> None:
    """Take items of another clone's ledger over, as the word of whoever signed them."""
    import shutil

    from bylaw.cli.checking import wants_color, write_output
    from bylaw.evidence.ledger.exchange import imported
    from bylaw.evidence.ledger.store import open_ledger
    from bylaw.report.ledger_report import render_import
    from bylaw.source.project_root import find_root

    root = find_root(".")
    with open_ledger(root, create=True) as ledger:
        taken = imported(ledger, file, keys)
    width = shutil.get_terminal_size().columns
    write_output(render_import(taken, root, format_, color=wants_color(), width=width))
    sys.exit(1 if taken.findings else 0)


def _open() -> Ledger:
    """The ledger here; one without items has nothing to say."""
    from bylaw.evidence.ledger.problems import LedgerError
    from bylaw.evidence.ledger.store import open_ledger
    from bylaw.source.project_root import find_root

    ledger = open_ledger(find_root("."), create=False)
    if not ledger.head():
        ledger.close()
        raise LedgerError("there is no evidence here", reason="LEDGER-ABSENT", hint="bylaw verify")
    return ledger


def _write(out: str | None, lines: Iterable[bytes]) -> None:
    """Write lines to a file, whole or not at all, or to standard output."""
    from bylaw.cli.checking import write_output
    from bylaw.errors import UsageError

    if out is None:
        for line in lines:
            write_output(line)
        return
    temporary = f"{out}.{os.urandom(4).hex()}.tmp"
    try:
        with open(temporary, "xb") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, out)
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}") from None
    finally:
        if os.path.lexists(temporary):
            os.unlink(temporary)
