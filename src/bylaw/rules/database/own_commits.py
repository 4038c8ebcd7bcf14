"""Statements of a connection that commits each of them: ``autocommit`` of a driver."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F

_SWITCHES = ("autocommit=:True", "isolation_level=:None", "isolation_level='AUTOCOMMIT")
_WRITES = re.compile(r"(?is)^'\s*(?:insert\s+into|update|delete\s+from|merge\s+into)\b")
_BEGINS = re.compile(r"(?is)^'\s*(?:begin|start\s+transaction|savepoint)\b")
_RUNS = re.compile(r"^\+?(?:\.cursor\(\)\+?)?\.execute(?:many)?$")


def written_alone(function: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Calls of a function that change rows over a connection which commits every statement.

    Args:
        function: its facts. The connection is made there, or switched there.

    Yields:
        The calls, none where the function begins a transaction by hand.
    """
    connections = set(_switched(function))
    if not connections:
        return
    ran = [call for call in function[F.F_CALLS] if _is_run(call, connections)]
    if any(_BEGINS.search(call[F.C_ARGS][0]) for call in ran):
        return
    yield from (call for call in ran if _WRITES.search(call[F.C_ARGS][0]))


def _switched(function: tuple[Any, ...]) -> Iterator[str]:
    """Paths of the connections that commit by themselves."""
    for write in function[F.F_WRITES]:
        path, _, name = write[F.W_PATH].rpartition(".")
        if name == "autocommit" and write[F.W_OP] == "attribute" and write[F.W_LAZY] != F.CLEARED:
            yield path
    for call in function[F.F_CALLS]:
        owner, _, name = call[F.C_PATH].rpartition(".")
        if name == "set_session" and "autocommit=:True" in call[F.C_ARGS]:
            yield owner
        elif name == "connect" and not _is_off(call[F.C_ARGS]):
            yield f"{call[F.C_PATH]}()"


def _is_off(arguments: tuple[str, ...]) -> bool:
    return not any(each in _SWITCHES for each in arguments)


def _is_run(call: tuple[Any, ...], connections: set[str]) -> bool:
    path = call[F.C_PATH]
    return bool(call[F.C_ARGS]) and any(
        path.startswith(each) and _RUNS.search(path[len(each) :]) for each in connections
    )
