"""The cases of the floor and of Bylaw itself."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sys
from typing import NamedTuple

from benchmarks.measure import Case, Outcome
from benchmarks.process import Command
from benchmarks.trees import Tree, append_function

FLOOR_ONE = "floor, 1 process"
FLOOR_ALL = "floor, all processes"
COLD = "bylaw cold"
UNCHANGED = "bylaw unchanged"
EDITED = "bylaw one file edited"
NO_CACHE = "bylaw --no-cache"
VERSION = "bylaw --version"
INTERPRETER = "bare interpreter"

_BYLAW_SECONDS = 600.0
_BYLAW_ACCEPTED = frozenset({0, 1, 3})
_FORKS_FROM = 50  # files; below that one process is faster than several


class Setting(NamedTuple):
    """What the cases of one tree need to know.

    Attributes:
        tree: the tree.
        scratch: directory for caches and other things that are not the tree.
        env: environment every command starts from.
        python: interpreter that the floor and Bylaw run on.
        bylaw: the command, without its subcommand.
        jobs: number of processes.
        jobs_asked: whether the user named that number, so that Bylaw has to be told.
        peer_seconds: time limit of a peer.
        edits: numbers the edits of the tree.
    """

    tree: Tree
    scratch: str
    env: dict[str, str]
    python: str
    bylaw: tuple[str, ...]
    jobs: int
    jobs_asked: bool
    peer_seconds: float
    edits: itertools.count[int]

    def edit(self) -> None:
        """Appends one more function to the file that is edited."""
        append_function(self.tree.edited, next(self.edits))

    def folder(self, name: str) -> str:
        """A place for the cache of one tool; the tool makes it."""
        return os.path.join(self.scratch, name)

    def command(self, argv: tuple[str, ...], timeout: float) -> Command:
        """A command in this tree."""
        env = {**self.env, "XDG_CACHE_HOME": self.folder("cache")}
        return Command(argv, self.tree.root, env, timeout)


def processors() -> int:
    """How many processors this process may use, whatever the machine has.

    Returns:
        The smaller of the affinity and the quota of the control group, and 1 at least.
    """
    try:
        count = len(os.sched_getaffinity(0))
    except AttributeError:
        count = os.cpu_count() or 1
    try:
        with open("/sys/fs/cgroup/cpu.max", encoding="ascii") as stream:
            quota, period = stream.read().split()
    except (OSError, ValueError):
        return count
    return count if quota == "max" else max(1, min(count, int(quota) // int(period)))


def floor_for(files: int) -> str:
    """The floor with as many processes as Bylaw uses for a tree of this size.

    Args:
        files: number of files.

    Returns:
        The name of the case.
    """
    return FLOOR_ALL if files >= _FORKS_FROM else FLOOR_ONE


def floor_cases(setting: Setting) -> list[Case]:
    """Reading and parsing, in one process and in all.

    Args:
        setting: the tree and how to run in it.

    Returns:
        Two cases.
    """
    os.makedirs(setting.scratch, exist_ok=True)
    listed = setting.folder("files")
    with open(listed, "wb") as stream:
        stream.write(b"\0".join(os.fsencode(path) for path in setting.tree.files))
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "floor.py")
    start = (setting.python, "-I", "-S", "-W", "ignore", script, listed)
    return [
        Case(
            name,
            setting.command((*start, str(jobs)), _BYLAW_SECONDS),
            frozenset({0}),
            reads_seconds=True,
        )
        for name, jobs in ((FLOOR_ONE, 1), (FLOOR_ALL, setting.jobs))
    ]


def check_command(setting: Setting, *options: str) -> Command:
    """``bylaw check .`` in the tree.

    Args:
        setting: the tree and how to run in it.
        options: further options.

    Returns:
        The command.
    """
    jobs = ("--jobs", str(setting.jobs)) if setting.jobs_asked else ()
    argv = (*setting.bylaw, "check", ".", "--format", "json", *jobs, *options)
    return setting.command(argv, _BYLAW_SECONDS)


def forget(setting: Setting) -> None:
    """Empties Bylaw's cache.

    Args:
        setting: the tree and how to run in it.
    """
    shutil.rmtree(setting.folder("cache"), ignore_errors=True)


def bylaw_cases(setting: Setting) -> list[Case]:
    """Bylaw with an empty cache, with a full one, after an edit, and without one.

    Args:
        setting: the tree and how to run in it.

    Returns:
        The cases; without the edit where no file of the tree qualifies for it.
    """
    check = check_command(setting)
    cases = [
        Case(COLD, check, _BYLAW_ACCEPTED, prepare=lambda: forget(setting)),
        Case(UNCHANGED, check, _BYLAW_ACCEPTED),
    ]
    if setting.tree.edited:
        cases.append(Case(EDITED, check, _BYLAW_ACCEPTED, prepare=setting.edit))
    cases.append(Case(NO_CACHE, check_command(setting, "--no-cache"), _BYLAW_ACCEPTED))
    return [case._replace(problem=report_problem) for case in cases]


def report_summary(output: bytes) -> dict[str, int] | None:
    """The counts of a JSON report.

    Args:
        output: what ``bylaw check --format json`` printed.

    Returns:
        Files found, files analysed and findings; None if it is no such report.
    """
    try:
        summary = json.loads(output)["summary"]
        return {name: int(summary[name]) for name in ("files", "analysed", "findings")}
    except (ValueError, KeyError, TypeError):
        return None


def report_problem(output: bytes) -> str:
    """Why a run of Bylaw does not count, though its exit code is in order.

    Args:
        output: what it printed.

    Returns:
        The reason; empty if there is none. Nothing analysed is quick, and is no measurement.
    """
    summary = report_summary(output)
    if summary is None:
        return "printed no report"
    return "" if summary["analysed"] else "analysed no file"


def distrust(outcomes: list[Outcome]) -> list[Outcome]:
    """Fails the runs whose stored results gave another report than a run without them.

    A quick wrong answer is no measurement. In each round the unchanged run sees the tree of the
    cold one, and the run without a cache that of the edited one.

    Args:
        outcomes: of the cases of a tree.

    Returns:
        The same, with the status and the note of such runs changed.
    """
    reports = {outcome.case: outcome.output for outcome in outcomes if outcome.status == "ok"}
    twins = {UNCHANGED: COLD, EDITED: NO_CACHE}

    def differs(case: str) -> bool:
        twin = twins.get(case, "")
        return case in reports and twin in reports and reports[case] != reports[twin]

    return [
        outcome._replace(status="failed", note=f"another report than {twins[outcome.case]}")
        if differs(outcome.case)
        else outcome
        for outcome in outcomes
    ]


def start_cases(setting: Setting) -> list[Case]:
    """What it costs to start at all.

    Args:
        setting: any tree.

    Returns:
        The bare interpreter and ``bylaw --version``.
    """
    bare = setting.command((setting.python, "-c", "pass"), _BYLAW_SECONDS)
    version = setting.command((*setting.bylaw, "--version"), _BYLAW_SECONDS)
    return [
        Case(INTERPRETER, bare, frozenset({0})),
        Case(VERSION, version, frozenset({0})),
    ]


def find_bylaw(project: str) -> tuple[str, tuple[str, ...]]:
    """The interpreter and the command of a checkout.

    Args:
        project: root of the checkout.

    Returns:
        The interpreter of its environment, or the running one; its ``bylaw``, or the module.
    """
    binaries = os.path.join(project, ".venv", "bin")
    python = os.path.join(binaries, "python")
    if not os.path.exists(python):
        python = sys.executable
    script = os.path.join(binaries, "bylaw")
    return python, (script,) if os.path.exists(script) else (python, "-m", "bylaw")
