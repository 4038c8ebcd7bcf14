"""The list of what is built names only what answers."""

from __future__ import annotations

from bylaw.cli.probe import probe_command
from bylaw.packs.built import BUILT
from bylaw.packs.clause import BUILT_KINDS


def test_built_probes_are_the_commands() -> None:
    assert set(BUILT["probe"]) == set(probe_command.commands)


def test_built_kinds_are_known() -> None:
    assert set(BUILT) <= set(BUILT_KINDS) - {"rule", "option"}
