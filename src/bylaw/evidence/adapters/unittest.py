"""unittest: the whole suite, where no other runner is used."""

from __future__ import annotations

import os
import re

from bylaw.evidence.adapters import pytest
from bylaw.evidence.adapters.project import Asking, Project
from bylaw.evidence.adapters.suites import judged, read_record
from bylaw.evidence.adapters.usage import Usage, usage_of
from bylaw.evidence.adapters.work import (
    ROOM,
    TESTS,
    Refusal,
    Report,
    Seen,
    Step,
    Verdict,
    Work,
    broken,
    broken_off,
    merged,
    unreadable,
)
from bylaw.evidence.item import Tool

_CASE = re.compile(r"(?m)^\s*(?:import unittest|from unittest import)")


def usage(project: Project) -> Usage | None:
    """How the repository runs unittest; None where another runner does, or nothing is tested."""
    found = usage_of(project, "unittest", ("tests",), dependency=False)
    if found is not None:
        return found
    if project.depends_on("pytest") or project.repository.exists("manage.py"):
        return None
    for folder in ("tests", "test"):
        for name in project.repository.listing(folder):
            is_test = name.startswith("test") and name.endswith(".py")
            if is_test and _CASE.search(project.repository.text(f"{folder}/{name}")):
                top = folder if not project.repository.exists(f"{folder}/__init__.py") else ""
                words = ("discover", "-s", folder) if top else ("discover", "-s", folder, "-t", ".")
                return Usage(("",), words)
    return None


def suite_work(project: Project, asking: Asking) -> Work | Refusal | None:
    """The whole suite, where the repository tests with unittest."""
    own = usage(project)
    if own is None:
        return None
    argv = own.argv or ("discover",)
    return _work(project, asking, "tests-green", own, [argv])


def changed_work(project: Project, asking: Asking) -> Work | Refusal | None:
    """The test files that reach the change."""
    own = usage(project)
    if own is None:
        return None
    refused = pytest.refused_change(asking)
    if refused is not None:
        return refused
    return _work(project, asking, "changed-tests-green", own, [tuple(asking.tests or ())])


def _work(
    project: Project, asking: Asking, claim: str, own: Usage, commands: list[tuple[str, ...]]
) -> Work | Refusal:
    environment = project.environment
    if environment.problem:
        command = project.install("pip")
        return Refusal(claim, ("tool-broken",), environment.problem, command, "unittest")
    agent = os.path.join(pytest.AGENTS, "run_unittest.py")
    steps = [
        Step((environment.interpreter.path, agent, f"{ROOM}/tests-{number}.json", *argv),
             own.homes[0], (), asking.seconds)
        for number, argv in enumerate(commands)
    ]  # fmt: skip
    reports = tuple(Report("other", f"tests-{number}.json") for number in range(len(steps)))
    tool = Tool("unittest", environment.python.partition(" ")[2])

    def judge(seen: Seen) -> dict[str, Verdict]:
        shown = f"python -m unittest {' '.join(commands[0])}".strip()
        told = seen._replace(shown=shown)
        return {claim: merged(_judged(project, told, number) for number in range(len(steps)))}

    changed = asking.changed if claim == "changed-tests-green" else ()
    return Work((claim,), tool, tuple(steps), reports, judge, TESTS, paths=changed)


def _judged(project: Project, seen: Seen, number: int) -> Verdict:
    if number >= len(seen.steps):
        return broken(seen, "unittest")
    ended = seen.steps[number]
    early = broken_off(seen._replace(steps=(ended,)), "unittest")
    if early is not None:
        return early
    record = read_record(seen.report(f"tests-{number}.json"))
    if record is None:
        alone = seen._replace(steps=(ended,))
        return broken(alone, "unittest") if ended.exit_code else unreadable(
            alone, "unittest", "it ended without a word about its tests"
        )  # fmt: skip
    place = pytest.place_of(project, seen, "unittest", record, "")
    return judged(record, ended.exit_code or 0, place)
