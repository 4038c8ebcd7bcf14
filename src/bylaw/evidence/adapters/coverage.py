"""coverage: whether a run of the suite reaches the floor that the repository sets."""

from __future__ import annotations

import json
import posixpath
from typing import NamedTuple

from bylaw.evidence.adapters import pytest
from bylaw.evidence.adapters.project import Asking, Project
from bylaw.evidence.adapters.usage import Usage, required
from bylaw.evidence.adapters.work import (
    ROOM,
    TESTS,
    Refusal,
    Report,
    Seen,
    Step,
    Verdict,
    Work,
    broken_off,
    counted,
    unreadable,
)
from bylaw.evidence.item import FAIL, NOT_VERIFIED, PASS
from bylaw.probes.proof.settings import Settings, read_settings

CLAIM = "coverage-floor"
_FILES = (".coveragerc", "pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini")
_FLOORS = ("--cov-fail-under", "--fail-under")
_SOURCES = ("--cov", "--cov-branch", "--cov-config", "--source", "--branch", "--rcfile")


class Floor(NamedTuple):
    """The floor, and where it stands.

    Attributes:
        percent: as it is written.
        place: file, and line where a command has it.
        precision: digits behind the point that count.
    """

    percent: float
    place: str
    precision: int


def work(project: Project, asking: Asking) -> Work | Refusal:
    """The suite under coverage; it proves that the suite is green as well."""
    own = pytest.usage(project)
    home = own.homes[0] if own is not None else ""
    floor = floor_of(project, home)
    if floor is None:
        text = "the repository sets no floor for coverage"
        command = project.install("coverage")
        if project.tool("coverage") is not None:
            command = " ".join([*project.recorded(project.words("coverage")), "run -m pytest"])
        return Refusal(CLAIM, ("tool-not-configured",), text, command, "coverage")
    if own is None:
        text = "only suites of pytest are measured"
        return Refusal(CLAIM, ("not-built-yet",), text, "coverage run -m unittest", "coverage")
    for name in ("coverage", "pytest"):
        tool = required(project, CLAIM, name, own)
        if isinstance(tool, Refusal):
            return tool
    measured = project.tool("coverage")
    assert measured is not None
    steps, reports = _steps(project, own, home, asking)

    def judge(seen: Seen) -> dict[str, Verdict]:
        suite = pytest.judged_steps(project, seen._replace(steps=seen.steps[:1]), (home,))
        return {CLAIM: _judged(seen, floor, suite), "tests-green": suite}

    claims = (CLAIM, "tests-green")
    return Work(claims, measured, tuple(steps), tuple(reports), judge, TESTS)


def _steps(
    project: Project, own: Usage, home: str, asking: Asking
) -> tuple[list[Step], list[Report]]:
    words = (*pytest.options(project, own), *pytest.suite_targets(project, home))
    given = _given(project, home)
    json_file = f"{ROOM}/coverage.json"
    if project.tool("pytest-cov") is not None:
        end = (*(given or ("--cov",)), "--cov-report=", f"--cov-report=json:{json_file}",
               "--cov-fail-under=0")  # fmt: skip
        step, reports = pytest.recorded_step(project, own, home, words, 0, asking, end=end)
        return [step], [*reports, Report("coverage", "coverage.json")]
    start = (*project.words("coverage"), "run", *_plain(given), "-m", "pytest")
    step, reports = pytest.recorded_step(project, own, home, words, 0, asking, start, ())
    data = (("COVERAGE_FILE", f"{ROOM}/coverage-0.data"),)
    base = project.words("coverage")
    # Runs of several processes leave a file each.
    joined = Step((*base, "combine", "--keep", ROOM), home, data)
    told = Step((*base, "json", "--fail-under=0", "-o", json_file), home, data)
    steps = [step, joined, told] if _in_parallel(project, home) else [step, told]
    return steps, [*reports, Report("coverage", "coverage.json")]


def _in_parallel(project: Project, home: str) -> bool:
    table = project.tables.get(home, {}).get("coverage", {})
    run = table.get("run", {}) if isinstance(table, dict) else {}
    return bool(isinstance(run, dict) and (run.get("parallel") or run.get("concurrency")))


def _given(project: Project, home: str) -> tuple[str, ...]:
    """What the repository's own commands say is measured."""
    found: list[str] = []
    for each in project.natives:
        if each.directory != home or each.tool != "pytest" or not each.is_plain:
            continue
        at = 0
        while at < len(each.argv):
            word = each.argv[at]
            if word.partition("=")[0] in _SOURCES[:3]:
                found.append(word)
                bare = word in ("--cov", "--cov-config") and at + 1 < len(each.argv)
                if bare and not each.argv[at + 1].startswith("-"):
                    found[-1] = f"{word}={each.argv[at + 1]}"
                    at += 1
            at += 1
        if found:
            return tuple(dict.fromkeys(found))
    return ()


def _plain(given: tuple[str, ...]) -> tuple[str, ...]:
    """Options of pytest-cov as coverage itself has them."""
    sources = [each.partition("=")[2] for each in given if each.startswith("--cov=")]
    found = [f"--source={','.join(sources)}"] if sources else []
    found += ["--branch"] if "--cov-branch" in given else []
    found += [f"--rcfile={each.partition('=')[2]}" for each in given
              if each.startswith("--cov-config=")]  # fmt: skip
    return tuple(found)


def floor_of(project: Project, home: str) -> Floor | None:
    """The highest floor that the repository sets: in settings, ``addopts`` or its commands."""
    found = []
    for name in _FILES:
        path = posixpath.join(home, name)
        if not project.repository.exists(path):
            continue
        read = read_settings(name, project.repository.text(path))
        if read is not None:
            floor = _of_options(read.options) or read.floor
            if floor:
                found.append(Floor(floor, path, _precision(project, read, home)))
    for each in project.natives:
        floor = _of_options(each.argv) if each.tool in ("pytest", "coverage") else None
        if floor and not each.path.endswith(".md"):
            found.append(Floor(floor, f"{each.path}:{each.line}", _precision(project, None, home)))
    return max(found, default=None, key=lambda each: each.percent)


def _of_options(words: tuple[str, ...]) -> float | None:
    for number, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in _FLOORS:
            value = value if equals else next(iter(words[number + 1 : number + 2]), "")
            if value.replace(".", "", 1).isdigit():
                return float(value)
    return None


def _precision(project: Project, read: Settings | None, home: str) -> int:
    table = project.tables.get(home, {}).get("coverage", {})
    report = table.get("report", {}) if isinstance(table, dict) else {}
    value = report.get("precision", 0) if isinstance(report, dict) else 0
    return value if isinstance(value, int) else 0


def _judged(seen: Seen, floor: Floor, suite: Verdict) -> Verdict:
    early = broken_off(seen, "coverage")
    if early is not None:
        return early
    if suite.result != PASS:
        text = f"coverage of a suite that does not pass says nothing: {suite.message}"
        result = suite.result
        return Verdict(result, suite.codes, text, suite.next_command)
    try:
        totals = json.loads(seen.report("coverage.json") or b"")["totals"]
        percent = float(totals["percent_covered"])
        statements, covered = int(totals["num_statements"]), int(totals["covered_lines"])
    except (ValueError, KeyError, TypeError):
        return unreadable(seen, "coverage", "its JSON report is missing or broken")
    if not statements:
        text = "coverage measured no statement"
        return Verdict(NOT_VERIFIED, ("zero-collected",), text, seen.shown)
    counts = counted(statements=statements, covered=covered, hundredths=int(percent * 100))
    # As coverage itself compares: rounded to its precision, and 100 only for all of it.
    rounded = round(percent, floor.precision)
    low = (percent != 100) if floor.percent == 100 else rounded < floor.percent
    text = f"coverage is {percent:.2f} %, the floor is {floor.percent:g} % ({floor.place})"
    if low:
        return Verdict(FAIL, ("findings",), text, seen.shown, counts)
    return Verdict(PASS, (), text, "", counts)
