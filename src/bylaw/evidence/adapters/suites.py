"""What a recorded run of tests says: whether it is green, and whether that proves anything."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from bylaw.evidence.adapters.work import Verdict, counted
from bylaw.evidence.item import FAIL, NOT_VERIFIED, PASS

SCHEMA = "bylaw.tests/1"
_OUTCOMES = ("passed", "failed", "error", "skipped", "xfailed", "xpassed")
_UNANSWERED = re.compile(
    r"ConnectionRefusedError|\bgaierror\b|onnection refused|ould not connect|Can't connect to|"
    r"ame or service not known|Temporary failure in name resolution|ailed to resolve|"
    r"No servers found|Connect call failed|DockerException|Is the docker daemon running|"
    r"connection to server at .* failed"
)
_VARIABLES = (
    re.compile(r"KeyError: \W*Config '(\w+)' is missing"),
    re.compile(r"KeyError: '([A-Z][A-Z0-9_]{2,})'\s*$", re.MULTILINE),
    re.compile(r"(\w+) not found\. Declare it as envvar"),
    re.compile(r"Environment variable \"(\w+)\" not set"),
    re.compile(r"Set the (\w+) environment variable"),
    re.compile(r"validation errors? for \w*(?:Settings|Config)\w*\s+(\w+)\s+Field required"),
)
"""How a suite says that it cannot be imported without a variable."""
_MODULE = re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'")
_LISTS = {"deselect": "--deselect", "ignore": "--ignore", "ignore_glob": "--ignore-glob"}
_WORDS = {"keyword": "-k", "markexpr": "-m"}
_SWITCHES = {"lf": "--lf", "stepwise": "--stepwise", "splits": "--splits"}


class Record(NamedTuple):
    """What one run wrote down.

    Attributes:
        outcomes: outcome of each test.
        failures: test, phase and message of what failed.
        uncollected: file and message of what could not be collected.
        deselected: tests that were left out.
        reruns: how often a test was tried again.
        retries: options that try again.
        chosen: options that choose tests.
        variable: ``PYTEST_ADDOPTS``.
        elsewhere: files that were imported in place of the project's own.
    """

    outcomes: dict[str, str]
    failures: list[tuple[str, str, str]]
    uncollected: list[tuple[str, str]]
    deselected: int
    reruns: int
    retries: dict[str, str]
    chosen: dict[str, Any]
    variable: str
    elsewhere: tuple[str, ...] = ()


class Place(NamedTuple):
    """Where a run stands.

    Attributes:
        tool: what ran.
        shown: the command.
        whole: the command without what chooses tests; empty where it chose nothing.
        ours: first parts of the names of the project's own modules.
        install: names to the command that installs what is missing.
        declare: names to the command that declares a variable.
        variables: names of those that are declared.
    """

    tool: str
    shown: str
    whole: str
    ours: Collection[str]
    install: Callable[[str], str]
    declare: Callable[[str], str]
    variables: Collection[str] = ()


def read_record(data: bytes | None) -> Record | None:
    """Reads what a run wrote down; None where it wrote nothing, or not all of it."""
    try:
        said = json.loads(data or b"")
        if said["schema"] != SCHEMA:
            return None
        failures = [(str(a), str(b), str(c)) for a, b, c in said["failures"]]
        return Record(
            {str(k): str(v) for k, v in said["outcomes"].items()}, failures,
            [(str(a), str(b)) for a, b in said["uncollected"]], int(said["deselected"]),
            int(said["reruns"]), dict(said["retries"]), dict(said["chosen"]),
            str(said["environment"]), tuple(map(str, said["elsewhere"])),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError):
        return None


def counts_of(record: Record) -> tuple[tuple[str, int], ...]:
    """Everything that was counted."""
    counted_ = Counter(record.outcomes.values())
    extra = {name: getattr(record, name) for name in ("deselected", "reruns")
             if getattr(record, name)}  # fmt: skip
    if record.uncollected:
        extra["uncollected"] = len(record.uncollected)
    return counted(**{each: counted_[each] for each in _OUTCOMES}, **extra)


def judged(record: Record, exit_code: int, place: Place) -> Verdict:
    """Whether a run is green, and whether that says anything.

    Args:
        record: what it wrote down.
        exit_code: of its process.
        place: where it ran.
    """
    counts = counts_of(record)
    problem = _not_green(record, exit_code, place)
    if problem is not None:
        return problem._replace(counts=counts)
    if not record.outcomes:
        text = f"{place.tool} found no test"
        return Verdict(NOT_VERIFIED, ("zero-collected",), text, place.shown, counts)
    ran = {each for each in record.outcomes.values() if each != "skipped"}
    if not ran:
        text = f"all {len(record.outcomes)} tests are skipped"
        return Verdict(NOT_VERIFIED, ("all-skipped",), text, place.shown, counts)
    if record.reruns or record.retries:
        text = "failing tests are tried again until they pass"
        return Verdict(NOT_VERIFIED, ("reruns",), text, place.shown, counts)
    narrowing = _narrowing(record)
    if narrowing:
        text = f"{narrowing} leaves tests out"
        if record.deselected:
            text = f"{narrowing or 'a hook'} leaves {record.deselected} tests out"
        command = place.whole or place.shown
        return Verdict(NOT_VERIFIED, ("narrowed-selection",), text, command, counts)
    passed = sum(each == "passed" for each in record.outcomes.values())
    return Verdict(PASS, (), f"{passed} tests pass", "", counts)


def _not_green(record: Record, exit_code: int, place: Place) -> Verdict | None:
    real = [each for each in record.failures if not _UNANSWERED.search(each[2])]
    absent = _absent(record, place)
    broken = [each for each in record.uncollected if not _UNANSWERED.search(each[1])]
    if absent and len(absent) == len(broken):
        broken = []
    unset = [each for each in (missing_variable(text, place.variables) for _, text in broken)
             if each]  # fmt: skip
    if unset and len(unset) == len(broken) and not real:
        return undeclared(unset[0], place.declare)
    if real or broken:
        name, what = (real[0][0], real[0][2]) if real else broken[0]
        number = len(real) + len(broken)
        first = " ".join(what.strip().splitlines()[-1 if not real else 0].split())[:160]
        text = f"{number} tests fail, the first is {name}: {first}"
        return Verdict(FAIL, ("tests-failed",), text, place.shown)
    if absent:
        text = f"the tests need a package that is not installed: {absent[0]}"
        return Verdict(NOT_VERIFIED, ("missing-package",), text, place.install(absent[0]))
    if record.failures or record.uncollected:
        name, what = [(a, c) for a, _, c in record.failures][:1][0] if record.failures else (
            record.uncollected[0]
        )  # fmt: skip
        found = _UNANSWERED.search(what)
        said = found[0] if found else what
        text = f"{name} needs what is not here: {said}"
        return Verdict(NOT_VERIFIED, ("needs-service",), text, place.shown)
    if exit_code not in (0, 5):
        text = f"{place.tool} ended with {exit_code} though no test failed"
        return Verdict(FAIL, ("exit-code",), text, place.shown)
    return None


def _absent(record: Record, place: Place) -> list[str]:
    """Packages of others without which files cannot be collected."""
    found = []
    for _, message in record.uncollected:
        module = _MODULE.search(message)
        if module is not None and module[1].partition(".")[0] not in place.ours:
            found.append(module[1].partition(".")[0])
    return found


def _narrowing(record: Record) -> str:
    """What leaves tests out; empty where nothing does."""
    found = []
    if record.variable:
        found.append(f"PYTEST_ADDOPTS={record.variable}")
    if record.deselected:
        found += [f"{_WORDS[name]} {record.chosen[name]!r}" for name in _WORDS
                  if record.chosen.get(name)]  # fmt: skip
        found = found or ["a hook of the project"]
    found += [f"{option} {' '.join(record.chosen[name])}" for name, option in _LISTS.items()
              if record.chosen.get(name)]  # fmt: skip
    found += [option for name, option in _SWITCHES.items() if record.chosen.get(name)]
    return ", ".join(found)


def missing_variable(text: str, declared: Collection[str]) -> str:
    """The variable without which modules cannot be imported; empty where none is missing."""
    names = {each.upper() for each in declared}
    for pattern in _VARIABLES:
        found = pattern.search(text)
        if found is not None and found[1].upper() not in names:
            return found[1].upper()
    return ""


def undeclared(name: str, declare: Callable[[str], str]) -> Verdict:
    """The verdict where a variable is missing that nobody declares."""
    text = f"the tests cannot be imported without {name}, and no value is declared for it"
    return Verdict(NOT_VERIFIED, ("missing-variable",), text, declare(name))


def missing_module(text: str, ours: Collection[str]) -> str:
    """The package of others that a traceback misses; empty where it misses none."""
    found = _MODULE.search(text)
    name = found[1].partition(".")[0] if found is not None else ""
    return "" if name in ours else name
