"""pytest: the whole suite, and the tests that reach a change."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Collection, Sequence
from functools import partial

from bylaw.evidence.adapters.junit import read_junit
from bylaw.evidence.adapters.native import Native, are_plain
from bylaw.evidence.adapters.project import Asking, Project
from bylaw.evidence.adapters.suites import (
    Place,
    Record,
    judged,
    missing_module,
    missing_variable,
    read_record,
    undeclared,
)
from bylaw.evidence.adapters.usage import Usage, filtered, positionals, required, usage_of
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
    shown,
    unreadable,
)
from bylaw.evidence.item import FAIL, NOT_VERIFIED

AGENTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "agents")
_FILES = ("pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml")
_GATES = (".github/", ".gitlab-ci")
_FLAGS = frozenset({
    "-v", "-vv", "-vvv", "--verbose", "-q", "-qq", "--quiet", "-x", "--exitfirst", "--lf",
    "--last-failed", "--ff", "--failed-first", "--nf", "--sw", "--stepwise", "--pdb", "--trace",
    "-s", "--no-header", "--no-summary", "--co", "--collect-only", "--cache-clear", "--no-cov",
    "--cov-append", "--cov-branch", "-l", "--showlocals", "--disable-warnings", "--cov-reset",
    "--disable-pytest-warnings", "--store-durations", "--clean-durations", "--setup-show",
    "--self-contained-html", "-ra", "-rA", "-rs", "-rf", "-rxXs", "--cov", "--looponfail", "-f",
})  # fmt: skip
_VALUED = frozenset({
    "-k", "-m", "--deselect", "--ignore", "--ignore-glob", "--maxfail", "--reruns",
    "--reruns-delay", "--only-rerun", "--retries", "--retry-delay", "--junitxml", "--junit-xml",
    "--cov-report", "--cov-config", "--cov-fail-under", "--cov-context", "--tb", "--durations",
    "--durations-min", "--color", "--html", "--splits", "--group", "--splitting-algorithm",
    "--durations-path", "--report-log", "--json-report-file", "--verbosity", "--junit-prefix",
    "-r", "--show-capture", "--capture", "--num-shards", "--shard-id", "--test-group",
    "--test-group-count", "--basetemp",
})  # fmt: skip
_CHOOSING = frozenset({"-k", "-m", "--deselect", "--ignore", "--ignore-glob"})
TAKES = frozenset({
    "-c", "--config-file", "--rootdir", "--confcutdir", "-p", "-n", "--numprocesses", "--dist",
    "--maxprocesses", "--ds", "--dc", "-W", "--pythonwarnings", "-o", "--override-ini",
    "--import-mode", "--log-level", "--log-cli-level", "--asyncio-mode",
    "--timeout", "--tx", "--rsyncdir",
})  # fmt: skip


def usage(project: Project) -> Usage | None:
    """How the repository runs pytest; None where it does not."""
    found = usage_of(project, "pytest", ("tests",), tables=("pytest",), files=_FILES,
                     without=(_FLAGS, _VALUED))  # fmt: skip
    if found is None and (project.ini_sections("setup.cfg", "tool:pytest")
                          or project.ini_sections("tox.ini", "pytest")):  # fmt: skip
        return Usage(("",))
    return found


def suite_work(project: Project, asking: Asking) -> Work | Refusal | None:
    """The whole suite, where the repository tests with pytest."""
    own = usage(project)
    if own is None:
        return None
    tool = required(project, "tests-green", "pytest", own)
    if isinstance(tool, Refusal):
        return tool
    words, reports, steps = options(project, own), [], []
    for number, home in enumerate(own.homes):
        targets = suite_targets(project, home)
        step, written = recorded_step(project, own, home, (*words, *targets), number, asking)
        steps.append(step)
        reports += written

    def judge(seen: Seen) -> dict[str, Verdict]:
        return {"tests-green": judged_steps(project, seen, own.homes)}

    return Work(("tests-green",), tool, tuple(steps), tuple(reports), judge, TESTS)


def changed_work(project: Project, asking: Asking) -> Work | Refusal | None:
    """The test files that reach the change."""
    own = usage(project)
    if own is None:
        return None
    claim = "changed-tests-green"
    refused = refused_change(asking)
    if refused is not None:
        return refused
    tool = required(project, claim, "pytest", own)
    if isinstance(tool, Refusal):
        return tool
    steps: list[Step] = []
    reports: list[Report] = []
    homes = []
    left = list(asking.tests or ())
    for home in sorted(own.homes, key=len, reverse=True):
        lead = f"{home}/" if home else ""
        mine = [each for each in left if each.startswith(lead)]
        left = [each for each in left if each not in mine]
        if mine:
            words = (*options(project, own), *(each.removeprefix(lead) for each in mine))
            step, written = recorded_step(project, own, home, words, len(steps), asking)
            steps.append(step)
            reports += written
            homes.append(home)
    if not steps:
        text = f"{left[0]} lies in no directory whose tests are run"
        return Refusal(claim, ("zero-collected",), text, "bylaw run tests-green", "pytest")

    def judge(seen: Seen) -> dict[str, Verdict]:
        return {claim: judged_steps(project, seen, homes)}

    return Work((claim,), tool, tuple(steps), tuple(reports), judge, TESTS, paths=asking.changed)


def refused_change(asking: Asking) -> Refusal | None:
    """Why no tests can be chosen for the change; None where they can."""
    claim = "changed-tests-green"
    if asking.tests is None:
        text = "there is nothing to compare with, so which tests reach the change is not known"
        return Refusal(claim, ("no-base",), text, "bylaw run tests-green", "pytest")
    if not asking.tests:
        text = "no test reaches what was changed"
        return Refusal(claim, ("zero-collected",), text, "bylaw run tests-green", "pytest")
    return None


def options(project: Project, own: Usage) -> tuple[str, ...]:
    """Options of the repository's own command, but for those that choose, report or repeat."""
    given = filtered(own.argv, _FLAGS, _VALUED)
    given = tuple(each for each in given if not each.startswith(("--cov=", "--cov-")))
    plain = _without(given, positionals(given, TAKES))
    needs = {"-n": "pytest-xdist", "--numprocesses": "pytest-xdist", "--dist": "pytest-xdist"}
    for option, package in needs.items():
        if project.tool(package) is None:
            plain = filtered(plain, (), (option,))
    return plain


def _without(words: Sequence[str], gone: Sequence[str]) -> tuple[str, ...]:
    left = list(gone)
    found = []
    for each in words:
        if each in left and not each.startswith("-"):
            left.remove(each)
        else:
            found.append(each)
    return tuple(found)


def suite_targets(project: Project, home: str) -> tuple[str, ...]:
    """Paths that the repository's own commands name, all of them together; none for everything."""
    mine = [each for each in project.natives
            if each.tool == "pytest" and each.directory == home
            and are_plain(_places(each))]  # fmt: skip
    gates = [each for each in mine if each.path.startswith(_GATES)]
    gates = gates or [each for each in mine if not each.path.endswith(".md")]
    named: list[str] = []
    for each in gates:
        places = _places(each)
        if not places:
            return ()
        named += [path for path in places
                  if project.repository.exists(posixpath.join(home, path))]  # fmt: skip
    return tuple(dict.fromkeys(named))


def _places(native: Native) -> list[str]:
    given = filtered(native.argv, _FLAGS - {"--cov"}, _VALUED | {"--cov"})
    # A single test of a script is no suite.
    return [each.rstrip("/") for each in positionals(given, TAKES) if "::" not in each]


def recorded_step(
    project: Project, own: Usage, home: str, words: Sequence[str], number: int, asking: Asking,
    start: tuple[str, ...] = (), end: tuple[str, ...] | None = None,
) -> tuple[Step, list[Report]]:  # fmt: skip
    """One run of pytest that records every test; nothing of it is written into the tree.

    Args:
        project: the project.
        own: how the repository runs pytest.
        home: directory below the root.
        words: options and paths.
        number: of the step.
        asking: what is asked for.
        start: the first words, where something runs pytest.
        end: further options in place of the one that switches coverage off.
    """
    if end is None:
        end = ("--no-cov",) if project.tool("pytest-cov") is not None else ()
    command = start or project.words("pytest", as_module=own.as_module)
    ours = ("-p", "bylaw_recorder", "-o", f"cache_dir={ROOM}/pytest-cache",
            f"--junitxml={ROOM}/junit-{number}.xml")  # fmt: skip
    argv = (*command, *words, *end, *ours)
    declared = project.variables().get("PYTHONPATH", "")
    sources = [posixpath.relpath(each, home or ".") for each in source_files(project, home)]
    variables = [
        ("BYLAW_RECORD", os.pathsep.join([f"{ROOM}/tests-{number}.json", *sources])),
        ("COVERAGE_FILE", f"{ROOM}/coverage-{number}.data"),
        ("PYTHONPATH", os.pathsep.join(each for each in (declared, AGENTS) if each)),
    ]
    step = Step(argv, home, tuple(variables), asking.seconds, plain=(*command, *words))
    return step, [Report("junit", f"junit-{number}.xml"), Report("other", f"tests-{number}.json")]


def judged_steps(project: Project, seen: Seen, homes: Sequence[str]) -> Verdict:
    """The verdict over all runs of a work."""
    return merged(_judged(project, seen, number, home) for number, home in enumerate(homes))


def _judged(project: Project, seen: Seen, number: int, home: str) -> Verdict:
    if number >= len(seen.steps):
        return broken(seen, "pytest")
    ended = seen.steps[number]
    early = broken_off(seen._replace(steps=(ended,)), "pytest")
    if early is not None:
        return early
    record = read_record(seen.report(f"tests-{number}.json"))
    if record is not None and record.elsewhere:
        return other_file(project, record.elsewhere[0])
    if record is None:
        usage_error = ended.exit_code == 4
        alone = seen._replace(steps=(ended,))
        if usage_error or ended.exit_code in (1, 2, 3):
            return _never_began(project, alone)
        return unreadable(alone, "pytest", "it ended without a word about its tests")
    if ended.exit_code == 3:
        return broken(seen._replace(steps=(ended,)), "pytest")
    junit = read_junit(seen.report(f"junit-{number}.xml") or b"")
    if junit is None:
        return unreadable(seen, "pytest", "its JUnit file is missing or broken")
    verdict = judged(record, ended.exit_code or 0, place_of(project, seen, "pytest", record, home))
    red = bool(record.failures or record.uncollected)
    if red != bool(junit.failures + junit.errors):
        return unreadable(seen, "pytest", "its JUnit file and its tests do not agree")
    return verdict


def _never_began(project: Project, seen: Seen) -> Verdict:
    """Pytest ended before it had a session: a conftest that fails, or an option nobody knows."""
    text = seen.last.text("stderr") + seen.last.text("stdout")
    module = missing_module(text, own_names(project))
    if module:
        said = f"the tests need a package that is not installed: {module}"
        command = project.install(module.replace("_", "-"))
        return Verdict(NOT_VERIFIED, ("missing-package",), said, command)
    variable = missing_variable(text, project.variables())
    if variable:
        return undeclared(variable, partial(declare_command, project))
    if "ImportError while loading conftest" in text:
        last = [each for each in text.splitlines() if each.startswith("E ")]
        said = last[-1][2:].strip() if last else "its conftest cannot be imported"
        return Verdict(FAIL, ("tests-failed",), f"the suite cannot start: {said}"[:300], seen.shown)
    return broken(seen, "pytest")


def source_files(project: Project, home: str) -> list[str]:
    """Packages of the project as files below the root: what tests have to import."""
    found = []
    for folder in project.sources(home):
        place = posixpath.normpath(posixpath.join(home, folder))
        inside = [posixpath.join(place, name) for name in project.repository.listing(place)]
        for each in (place, *inside):
            if project.repository.exists(f"{each}/__init__.py"):
                found.append(f"{each}/__init__.py")
    return sorted(set(found))


def other_file(project: Project, path: str) -> Verdict:
    """The tests imported another copy of the project than the one that is looked at."""
    python = project.relative(project.environment.interpreter.path)
    text = f"the tests import {path}, which is not of this tree"
    return Verdict(NOT_VERIFIED, ("other-file",), text, f"{python} -m pip install -e .")


def declare_command(project: Project, name: str) -> str:
    """The command that declares a variable for everything Bylaw runs."""
    if project.config.path:
        return f"grep -n 'probe.environment' {project.config.path}"
    return f"printf '[probe.environment]\\n{name} = \"for-tests\"\\n' >> bylaw.toml"


def own_names(project: Project) -> Collection[str]:
    """First parts of the names of modules that the repository itself holds."""
    found = set()
    for folder in {*project.folders, "src", "tests", *(f"{each}/src" for each in project.folders)}:
        found |= {name.removesuffix(".py") for name in project.repository.listing(folder)}
    return found


def place_of(project: Project, seen: Seen, tool: str, record: Record, home: str) -> Place:
    """Where a run stands, for its verdict."""

    def install(module: str) -> str:
        return project.install(module.replace("_", "-"))

    whole = ""
    if record.deselected and (record.chosen.get("markexpr") or record.chosen.get("keyword")):
        words = project.words("pytest")
        whole = shown((*project.typed(words, home), "-m", "", "-k", ""), home)
    declare = partial(declare_command, project)
    return Place(tool, seen.shown, whole, own_names(project), install, declare,
                 tuple(project.variables()))  # fmt: skip
