"""Starts the test agent over one revision of the project and listens to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from bylaw.probes.host import Agent, Limits
from bylaw.probes.interpreter import Interpreter
from bylaw.probes.proof.session import (
    EMPTY,
    Collected,
    Ran,
    Session,
    Uncollected,
    failure_of,
    lines_of,
    told_of,
)

PROTOCOL = "bylaw.tests-agent/1"
_MARGIN = 60.0
Progress = Callable[[str], None]


class Run(NamedTuple):
    """One run over the collected tests.

    Attributes:
        name: its name.
        order: ``collected``, ``reversed`` or ``random``.
        seed: of a random order.
        shift: seconds the clock is set off.
        lines: whether lines are recorded.
        calls: whether the clock and chance are watched.
    """

    name: str
    order: str = "collected"
    seed: int = 0
    shift: float = 0.0
    lines: bool = False
    calls: bool = False


class Setting(NamedTuple):
    """What all sessions of a probe have in common.

    Attributes:
        root: absolute path of the root.
        folder: directory below it that tests run in.
        arguments: paths for the runner, relative to the folder.
        runner: ``pytest``, ``unittest`` or ``auto``.
        interpreter: the project's.
        environment: variables.
        limits: of each child.
        test_seconds: time for one test.
        deadline: monotonic time at which the probe ends.
        contain: whether to use namespaces.
        progress: told what is under way.
    """

    root: str
    folder: str
    arguments: tuple[str, ...]
    runner: str
    interpreter: Interpreter
    environment: Mapping[str, str]
    limits: Limits
    test_seconds: float
    deadline: float
    contain: bool
    progress: Progress


def run_session(
    setting: Setting, title: str, tree: str, runs: Sequence[Run], *, sources: Iterable[str] = (),
    traced: Iterable[str] = (), only: Iterable[tuple[str, str]] | None = None,
    variables: Mapping[str, str] | None = None, arguments: Sequence[str] | None = None,
) -> Session:  # fmt: skip
    """Runs the tests of one revision.

    Args:
        setting: what all sessions share.
        title: for the progress.
        tree: what makes the checkout that revision; empty for the checkout itself.
        runs: what to run.
        sources: files whose imported content is told.
        traced: files whose lines are recorded.
        only: file and function of the tests to run; None for all.
        variables: environment variables that differ from the others.
        arguments: paths for the runner in place of the shared ones.

    Returns:
        What the agent told, also where it ended early.
    """
    plan = {
        "protocol": PROTOCOL, "folder": setting.folder, "runner": setting.runner,
        "arguments": list(setting.arguments if arguments is None else arguments),
        "runs": [each._asdict() for each in runs], "sources": sorted(sources),
        "traced": sorted(traced), "only": None if only is None else sorted(only),
        "test_seconds": setting.test_seconds, "deadline": setting.deadline,
    }  # fmt: skip
    environment = {**setting.environment, **(variables or {})}
    listener = _Listener(setting, title)
    with Agent(
        setting.interpreter, "run_tests.py", plan, setting.root, environment, setting.limits,
        setting.contain, loopback=True, delta=tree,
    ) as agent:  # fmt: skip
        silence = setting.test_seconds + _MARGIN
        for said in agent.messages(silence, max(setting.deadline, time.monotonic()) + _MARGIN):
            listener.take(said)
        return listener.session(agent)


class _Listener:
    """Builds a session from messages."""

    def __init__(self, setting: Setting, title: str) -> None:
        self._session = EMPTY
        self._runs: dict[str, Ran] = {}
        self._uncollected: list[Uncollected] = []
        self._at: Ran | None = None
        self._problem = ""
        self._setting, self._title = setting, title

    def take(self, said: Mapping[str, Any]) -> None:
        """One message."""
        getattr(self, f"_take_{said['kind']}", self._ignore)(said)

    def session(self, agent: Agent) -> Session:
        """Everything that was told."""
        self._close()
        problem = self._problem or agent.problem
        return self._session._replace(
            runs=self._runs, uncollected=tuple(self._uncollected), room=agent.room, problem=problem
        )

    def _ignore(self, said: Mapping[str, Any]) -> None:
        """Messages that only show life."""

    def _take_hello(self, said: Mapping[str, Any]) -> None:
        self._session = self._session._replace(
            runner=str(said["runner"]), python=tuple(said["python"])
        )

    def _take_clock(self, said: Mapping[str, Any]) -> None:
        self._session = self._session._replace(clock=str(said["problem"]))

    def _take_plugins(self, said: Mapping[str, Any]) -> None:
        self._session = self._session._replace(plugins=tuple(said["names"]))

    def _take_uncollected(self, said: Mapping[str, Any]) -> None:
        failure = failure_of(said["failure"])
        self._uncollected.append(Uncollected(str(said["path"]), str(said["skipped"]), failure))

    def _take_collected(self, said: Mapping[str, Any]) -> None:
        tests = tuple(
            Collected(str(a), str(b), int(c), str(d), tuple(e)) for a, b, c, d, e in said["tests"]
        )
        self._session = self._session._replace(
            tests=tests, deselected=tuple(said["deselected"]), reruns=int(said["reruns"]),
            imported=lines_of(said["reached"]),
        )  # fmt: skip

    def _take_run(self, said: Mapping[str, Any]) -> None:
        self._close()
        self._at = Ran(str(said["name"]), {}, "", {}, {})

    def _take_starts(self, said: Mapping[str, Any]) -> None:
        if self._at is not None:
            self._at = self._at._replace(started=str(said["id"]))
            self._setting.progress(f"{self._title}, {self._at.name}: {said['id']}")

    def _take_test(self, said: Mapping[str, Any]) -> None:
        if self._at is not None:
            self._at.tests[str(said["id"])] = told_of(said)
            self._at = self._at._replace(started="")

    def _take_loaded(self, said: Mapping[str, Any]) -> None:
        if self._at is not None:
            self._at = self._at._replace(files=said["files"], elsewhere=said["elsewhere"])

    def _take_ran(self, said: Mapping[str, Any]) -> None:
        self._close()

    def _take_unsafe(self, said: Mapping[str, Any]) -> None:
        self._session = self._session._replace(unsafe=tuple(said["runs"]))

    def _take_late(self, said: Mapping[str, Any]) -> None:
        self._session = self._session._replace(late=tuple(said["runs"]))

    def _take_broken(self, said: Mapping[str, Any]) -> None:
        self._problem = str(said["message"])

    def _take_done(self, said: Mapping[str, Any]) -> None:
        self._session = self._session._replace(said=str(said["said"]))

    def _close(self) -> None:
        if self._at is not None:
            self._runs[self._at.name] = self._at
        self._at = None
