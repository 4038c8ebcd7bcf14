"""Observed runs over scratch repositories, and what becomes of their evidence."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.evidence.inputs.trees import MemoryBlobs

from bylaw.evidence.inputs.freshness import Freshness, Now, Plan, freshness_of
from bylaw.evidence.inputs.inputs import inputs_of
from bylaw.evidence.inputs.observed import Observed
from bylaw.evidence.inputs.observing import observation_for
from bylaw.evidence.inputs.tree import take_tree
from bylaw.evidence.item import HERE, PASS, Draft, Environment, Inputs, Item, Scope, Tool

PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist")
TOOL = Tool("pytest", "8.4.1")
ENVIRONMENT = Environment("CPython 3.11", "Linux-x86_64", "", ())
CLOCK = "2026-11-21T22:00:00.000000Z"
_COUNTS = re.compile(r"\d+ (?:passed|failed|errors?|skipped|deselected|warnings?)")


class Outcome(NamedTuple):
    """What a run came to."""

    code: int
    counts: tuple[str, ...]
    text: str

    def is_other(self, than: Outcome) -> bool:
        """Whether it is not the same outcome."""
        return (self.code, self.counts) != (than.code, than.counts)


def variables() -> dict[str, str]:
    """The variables of every run."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/root"),
        "LC_ALL": "C.UTF-8",
    }


def run(root: Path, given: Mapping[str, str], command: Sequence[str] = PYTEST) -> Outcome:
    """Runs a command in a root."""
    done = subprocess.run(
        command, cwd=root, env=dict(given), capture_output=True, text=True, check=False, timeout=120
    )
    text = done.stdout + done.stderr
    return Outcome(done.returncode, tuple(_COUNTS.findall(done.stdout)), text)


class Evidence(NamedTuple):
    """One observed run."""

    root: Path
    outcome: Outcome
    observed: Observed
    inputs: Inputs
    blobs: MemoryBlobs

    def freshness(self) -> Freshness:
        """What became of it."""
        item = item_of(self.inputs)
        now = Now(CLOCK, {"tests-green": plan()})
        return freshness_of({"tests-green": item}, take_tree(str(self.root)), now, self.blobs)[0]


def observe(root: Path, command: Sequence[str] = PYTEST, tool: str = "pytest") -> Evidence:
    """Runs a command under observation."""
    tree = take_tree(str(root))
    observer = observation_for(tool, tree, command, "", variables())
    with observer:
        outcome = run(root, observer.variables, command)
    observed = observer.result()
    blobs = MemoryBlobs()
    return Evidence(root, outcome, observed, inputs_of(tree, observed, blobs), blobs)


def plan() -> Plan:
    """What would be run."""
    return Plan(("pytest",), False, "", TOOL, ENVIRONMENT)


def item_of(inputs: Inputs) -> Item:
    """An item with these inputs."""
    draft = Draft(
        "tests-green", ("pytest",), False, "", 0, "2026-11-21T21:00:00.000000Z",
        "2026-11-21T21:00:01.000000Z", PASS, (), "", "", (), TOOL, inputs, ENVIRONMENT, (),
        Scope(), HERE,
    )  # fmt: skip
    return Item("EV-001", "here", "", "sha256:0", draft)
