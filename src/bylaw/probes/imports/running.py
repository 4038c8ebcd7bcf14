"""Runs the import agent over the modules of a project, once per state and environment."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from bylaw.model.roles import TEST
from bylaw.probes.environment import SCRUBBED
from bylaw.probes.host import Agent, Limits, Room
from bylaw.probes.imports.targets import Target, Targets
from bylaw.probes.interpreter import Interpreter

PROTOCOL = "bylaw.agent/1"
PLAIN, DJANGO, AFTER_ENTRY = "plain", "django", "after entry"
_SILENCE = 240.0
_MOST_RESTARTS = 20

Progress = Callable[[str], None]


class Answer(NamedTuple):
    """What became of one module in one state and environment.

    Attributes:
        target: the module.
        state: ``plain``, ``django`` or ``after entry``.
        environment: ``scrubbed`` or ``declared``.
        said: what the agent says of it.
    """

    target: Target
    state: str
    environment: str
    said: Mapping[str, Any]


class Preparation(NamedTuple):
    """What happened while a state was prepared."""

    state: str
    environment: str
    said: Mapping[str, Any]


class Runs(NamedTuple):
    """Everything the agents said.

    Attributes:
        answers: of the modules.
        preparations: of the states.
        rooms: where the agents ran.
        threads: packages that start threads when they are imported.
        spawning: whether each module got an interpreter of its own.
        problems: why an agent ended early, with the module it was at, which may be empty.
        late: modules that the time for the whole probe did not reach.
    """

    answers: list[Answer]
    preparations: list[Preparation]
    rooms: set[Room]
    threads: set[str]
    spawning: set[bool]
    problems: list[tuple[str, str]]
    late: list[Target]


class Job(NamedTuple):
    """One state in one environment.

    Attributes:
        state: its name.
        environment: name of the environment.
        variables: the environment itself.
        modules: what is imported in it.
        prepare: what brings the process into that state; None for nothing.
    """

    state: str
    environment: str
    variables: Mapping[str, str]
    modules: Sequence[Target]
    prepare: Mapping[str, Any] | None


def jobs_for(targets: Targets, environments: Mapping[str, Mapping[str, str]]) -> list[Job]:
    """States and environments to import in; the second look for cycles comes last."""
    jobs = []
    last = list(environments)[-1]
    for name, variables in environments.items():
        # What tests do never counts: they are imported once.
        plain, django = (
            [each for each in found if name == last or each.role != TEST]
            for found in (targets.modules, targets.django)
        )
        jobs.append(Job(PLAIN, name, variables, plain, None))
        if django:
            prepare = {"django": targets.settings, "modules": [], "root": targets.django_root}
            jobs.append(Job(DJANGO, name, variables, django, prepare))
    if targets.entries:
        home = targets.entries[0].root
        names = [each.name for each in targets.entries if each.root == home]
        later = [each for each in targets.modules if each.role != TEST and each.root == home]
        name, variables = list(environments.items())[-1]
        prepare = {"django": "", "modules": names, "root": home}
        jobs.append(Job(AFTER_ENTRY, name, variables, later, prepare))
    return jobs


class Runner:
    """Runs jobs with one interpreter over one project.

    Attributes:
        runs: what was said so far.
    """

    def __init__(
        self, root: str, targets: Targets, paths: Sequence[str],
        wrapped: Sequence[tuple[str, str]], interpreter: Interpreter, limits: Limits,
        contain: bool, progress: Progress,
    ) -> None:  # fmt: skip
        self.runs = Runs([], [], set(), set(), set(), [], [])
        self._root = root
        self._targets = targets
        self._paths = list(paths)
        self._wrapped = list(wrapped)
        self._interpreter = interpreter
        self._limits = limits
        self._contain = contain
        self._progress = progress
        self._deadline = time.monotonic() + limits.total

    def run(self, job: Job) -> None:
        """Runs one job; an agent that dies is started again behind the module it died at."""
        left = list(job.modules)
        prepared = False
        if job.state == AFTER_ENTRY and not _entries_work(job, self.runs.answers):
            return
        for _ in range(_MOST_RESTARTS):
            if not left:
                return
            if time.monotonic() > self._deadline:
                break
            at, problem = self._once(job, left, prepared)
            prepared = True
            if at is None:
                return
            named = left[at].path if 0 <= at < len(left) else ""
            if problem:
                self.runs.problems.append((problem, named))
            if at < 0:
                return
            left = left[at + 1 :]
        self.runs.late.extend(left)

    def _plan(self, job: Job, left: Sequence[Target]) -> dict[str, Any]:
        return {
            "protocol": PROTOCOL,
            "paths": self._paths,
            "roots": list(self._targets.roots),
            "preload": list(self._targets.preload),
            "wrapped": self._wrapped,
            "prepare": job.prepare,
            "modules": [[each.name, each.path, each.root] for each in left],
            "seconds": self._limits.seconds,
            "processes": self._limits.processes,
            "deadline": self._deadline,
            "spawn": False,
        }

    def _once(self, job: Job, left: Sequence[Target], again: bool) -> tuple[int | None, str]:
        """One agent: the module it died at (-1 for none at all), or None, and why."""
        at, spoiled = -1, False
        plan = self._plan(job, left)
        deadline = self._deadline + 2 * self._limits.seconds
        with Agent(
            self._interpreter, "run_imports.py", plan, self._root, job.variables, self._limits,
            self._contain,
        ) as agent:  # fmt: skip
            for said in agent.messages(max(_SILENCE, 2 * self._limits.seconds), deadline):
                kind = said["kind"]
                if kind == "hello":
                    self.runs.threads.update(said["threads"])
                    self.runs.spawning.add(said["spawning"])
                elif kind == "prepared" and not again:
                    self.runs.preparations.append(Preparation(job.state, job.environment, said))
                elif kind == "starts":
                    at = said["index"]
                    place = f"{job.state}, {job.environment}: {at + 1} of {len(left)}"
                    self._progress(f"importing {left[at].path} ({place})")
                elif kind == "module":
                    answer = Answer(left[said["index"]], job.state, job.environment, said)
                    self.runs.answers.append(answer)
                elif kind == "late":
                    self.runs.late.extend(left[said["index"] :])
                elif kind == "broken":
                    agent.problem = f"the agent failed: {said['message']}"
                    break
                elif kind == "spoiled":
                    spoiled = True
                elif kind == "done" and not spoiled:
                    at = len(left)
            if agent.room is not None:
                self.runs.rooms.add(agent.room)
            return (None, "") if at == len(left) else (at, agent.problem)


def _entries_work(job: Job, answers: Sequence[Answer]) -> bool:
    """Whether what makes the application can be imported at all, which was tried before."""
    working = {
        each.target.name
        for each in answers
        if each.environment == job.environment
        and each.said["failure"] is None
        and not each.said["ended"]
    }
    return job.prepare is not None and set(job.prepare["modules"]) <= working


def environments_for(
    scrubbed: Mapping[str, str], declared: Mapping[str, str]
) -> dict[str, Mapping[str, str]]:
    """The environments to run in: scrubbed, and the declared one where it is another."""
    from bylaw.probes.environment import DECLARED, joined

    found: dict[str, Mapping[str, str]] = {SCRUBBED: scrubbed}
    if declared:
        found[DECLARED] = joined(scrubbed, declared)
    return found
