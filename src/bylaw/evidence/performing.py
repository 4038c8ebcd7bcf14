"""Performs a work: its steps one after the other, watched, in a room outside the tree."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from typing import NamedTuple

from bylaw.evidence.adapters.project import Project
from bylaw.evidence.adapters.pytest import AGENTS
from bylaw.evidence.adapters.work import CACHE, ROOM, Seen, Step, Verdict, Work, shown
from bylaw.evidence.inputs.manifest import Elsewhere
from bylaw.evidence.inputs.observing import Observed, observation_for
from bylaw.evidence.inputs.tree import Tree
from bylaw.evidence.item import NOT_VERIFIED, Output
from bylaw.evidence.ledger.blobs import Blobs
from bylaw.evidence.ledger.redaction import redacted, secret_values
from bylaw.evidence.running import LARGEST, Ended, Order, Runs
from bylaw.probes.host import folder_outside
from bylaw.source.atomic import cache_directory, hash_function

BYLAW = "{bylaw}"
_AGENTS = f"{BYLAW}/agents"


class Performed(NamedTuple):
    """What came of a work.

    Attributes:
        verdicts: by claim.
        steps: how its processes ended.
        outputs: what it left, stored.
        observed: what was looked at; None where nobody watched.
    """

    verdicts: Mapping[str, Verdict]
    steps: tuple[Ended, ...]
    outputs: tuple[Output, ...]
    observed: Observed | None

    @property
    def exit_code(self) -> int | None:
        """That of the first process that did not end with 0; of the last where all did."""
        codes = [each.exit_code for each in self.steps]
        return next((each for each in codes if each != 0), 0)

    @property
    def clock_back(self) -> bool:
        """Whether the clock of the machine went backwards meanwhile."""
        times = [moment for each in self.steps for moment in (each.started, each.ended)]
        return times != sorted(times) or any(each.clock_back for each in self.steps)

    @property
    def milliseconds(self) -> int:
        """All processes together took."""
        return sum(each.milliseconds for each in self.steps)


def perform(work: Work, project: Project, runs: Runs, tree: Tree, blobs: Blobs) -> Performed:
    """Runs the steps of a work and reads what they left.

    Args:
        work: the work.
        project: the project.
        runs: the processes that are under way.
        tree: the tree as it is before.
        blobs: where outputs are kept.
    """
    with tempfile.TemporaryDirectory(prefix="bylaw-run-", dir=folder_outside(project.root)) as room:
        for name in ("home", "tmp"):
            os.mkdir(os.path.join(room, name))
        ended, seen_by = [], []
        for number, step in enumerate(work.steps):
            result, observed = _run(step, number, work, project, runs, tree, room)
            ended.append(result)
            seen_by.append(observed)
            if result.exit_code is None or (step.stops and result.exit_code):
                break
        first = work.steps[0]
        line = shown(project.typed(first.plain or first.argv, first.cwd), first.cwd)
        verdicts = work.judge(Seen(tuple(ended), room, line))
        secrets = secret_values(project.variables())
        outputs = _kept(work, tuple(ended), room, blobs, secrets)
        return Performed(verdicts, tuple(ended), outputs, _joined(seen_by))


def _run(
    step: Step, number: int, work: Work, project: Project, runs: Runs, tree: Tree, room: str
) -> tuple[Ended, Observed]:
    cache = cache_of(project.root) or os.path.join(room, "cache")
    os.makedirs(cache, exist_ok=True)
    given = {**project.variables(), **dict(step.variables)}
    variables = {name: _filled(value, room, cache) for name, value in given.items()}
    argv = tuple(_filled(each, room, cache) for each in step.argv)
    observer = observation_for(work.tool.name, tree, argv, step.cwd, variables)
    folder = os.path.join(room, f"step-{number}")
    with observer:
        order = Order(argv, os.path.join(project.root, step.cwd), observer.variables,
                      step.seconds, folder)  # fmt: skip
        result = runs.run(order)
    return result, observer.result()


def _filled(text: str, room: str, cache: str) -> str:
    return text.replace(ROOM, room).replace(CACHE, cache)


def cache_of(root: str) -> str:
    """Where tools keep what they can make again: the user's cache, one folder a root."""
    place = cache_directory()
    if not place:
        return ""
    key = hash_function()(os.fsencode(os.path.realpath(root)), digest_size=16).hexdigest()
    return os.path.join(place, "tools", key)


def recorded_variables(work: Work, project: Project) -> tuple[tuple[str, str], ...]:
    """The variables of a work as items have them: directories of ours by what they stand for."""
    found = dict(project.variables())
    for step in work.steps:
        found |= dict(step.variables)
    return tuple(sorted((name, value.replace(AGENTS, _AGENTS)) for name, value in found.items()))


def recorded_command(work: Work, project: Project) -> tuple[str, ...]:
    """The words of a work as items have them; further steps follow after ``&&``."""
    if work.shell:
        return work.steps[0].argv
    words: list[str] = []
    for step in work.steps:
        words += ["&&"] * bool(words)
        words += [each.replace(AGENTS, _AGENTS) for each in project.recorded(step.argv)]
    return tuple(words)


def _kept(
    work: Work, steps: tuple[Ended, ...], room: str, blobs: Blobs, secrets: list[str]
) -> tuple[Output, ...]:
    found = []
    for ended in steps:
        for kind, stream in (("stdout", ended.stdout), ("stderr", ended.stderr)):
            if stream.size:
                found.append(kept_file(kind, stream.path, blobs, secrets, stream.cut))
    for report in work.reports:
        path = os.path.join(room, report.name)
        if os.path.isfile(path) and not os.path.islink(path):
            found.append(kept_file(report.kind, path, blobs, secrets))
    return tuple(found)


def kept_file(kind: str, path: str, blobs: Blobs, secrets: list[str], cut: int = 0) -> Output:
    """Keeps a file as an output, its secrets taken out first.

    Args:
        kind: as items name it.
        path: of the file.
        blobs: where it is kept.
        secrets: values that are taken out.
        cut: bytes of its end that are gone already.
    """
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        data = file.read(LARGEST)
    return kept(kind, data, blobs, secrets, cut + size - len(data))


def kept(kind: str, data: bytes, blobs: Blobs, secrets: list[str], cut: int = 0) -> Output:
    """Keeps bytes as an output, secrets taken out first."""
    clean, number = redacted(data, secrets)
    return Output(kind, blobs.put(clean), len(clean), number, cut)


def _joined(every: list[Observed]) -> Observed | None:
    """What all steps looked at together; all of the tree where one of them escaped."""
    if not every:
        return None
    elsewhere: tuple[Elsewhere, ...] = tuple(
        sorted({beside for each in every for beside in each.elsewhere})
    )
    blind = next((each for each in every if each.paths is None), None)
    if blind is not None:
        return Observed(None, blind.how, elsewhere)
    paths = frozenset(path for each in every for path in each.paths or ())
    how = "; ".join(dict.fromkeys(each.how for each in every))
    return Observed(paths, how, elsewhere)


def stopped(tool: str) -> Verdict:
    """The verdict of a work that never began, because Bylaw was told to stop."""
    return Verdict(NOT_VERIFIED, ("killed",), f"{tool} was not started", "")
