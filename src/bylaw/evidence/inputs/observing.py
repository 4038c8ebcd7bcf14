"""Observation: asked for before a tool runs, told afterwards.

    observer = observation_for("pytest", tree, command, folder, variables)
    with observer:
        subprocess.run(command, env=observer.variables, ...)
    observed = observer.result()

It never adds to what a tool was given on its command line. Where it cannot see everything, it
says so, and the whole tree counts.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Protocol

from bylaw.evidence.inputs.observed import Observed
from bylaw.evidence.inputs.python_runs import PythonObserver
from bylaw.evidence.inputs.ruff_reads import RuffObserver
from bylaw.evidence.inputs.tree import Tree

__all__ = ["Observed", "Observer", "observation_for"]

_HEAD = 256


class Observer(Protocol):
    """Watches one run; a context manager around it.

    Attributes:
        variables: what to run the tool with: what was given, and what observation adds. An item
            records those that were given.
    """

    variables: dict[str, str]

    def __enter__(self) -> Observer: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...  # fmt: skip

    def result(self) -> Observed:
        """What was seen; to be asked once, after the run."""


class _Blind:
    """Sees nothing, and says so."""

    def __init__(self, variables: Mapping[str, str], why: str) -> None:
        self.variables = dict(variables)
        self._why = why

    def __enter__(self) -> _Blind:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        return None

    def result(self) -> Observed:
        """All of it."""
        return Observed(None, self._why)


def observation_for(
    tool: str, tree: Tree, command: Sequence[str], folder: str, variables: Mapping[str, str]
) -> Observer:
    """How a run of a tool is watched.

    Args:
        tool: its name, as ``Tool.name`` has it.
        tree: the tree, looked at before the run.
        command: the words it is started with.
        folder: directory below the root it is started in; empty for the root.
        variables: all variables it is started with.

    Returns:
        An observer; one that sees nothing where there is no way to see what this tool reads.
    """
    program = shutil.which(command[0], path=variables.get("PATH", os.defpath)) or command[0]
    if not os.path.isabs(program):
        program = os.path.join(tree.root, folder, program)
    if tool == "ruff":
        return RuffObserver(tree, command, folder, variables)
    if _is_python(program):
        return PythonObserver(tree, command, variables)
    return _Blind(variables, f"nothing sees what {tool} reads")


def _is_python(program: str) -> bool:
    """Whether a program is an interpreter of Python, or a script for one."""
    if _names_python(os.path.basename(program)):
        return True
    try:
        with open(program, "rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    first, _, rest = head.partition(b"\n")
    # Where the path is too long for a first line, installers write a shell line below it.
    line = rest.partition(b"\n")[0] if first == b"#!/bin/sh" and b"'''exec'" in rest else first
    return line[:2] in (b"#!", b"''") and b"python" in line.lower()


def _names_python(name: str) -> bool:
    return name.lower().startswith(("python", "pypy"))
