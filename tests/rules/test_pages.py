"""Every case of every rule page, executed."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from page_cases import Page, PageCase, load_page, page_names
from page_repository import write_case

import bylaw
from bylaw.analysis import check_run
from bylaw.finding import Finding
from bylaw.result import CheckResult
from bylaw.rules.registry import INFOS
from bylaw.rules.selection import Options

FILES_THAT_DO_NOT_PARSE = "syntax-not-supported"
INCOMPLETE = 3
TOOL_RULES = frozenset(
    {
        "duplicate-module",
        "pack-conflict",
        "stale-baseline",
        "suppression-without-reason",
        "syntax-not-supported",
        "unused-suppression",
    }
)

PAGES: tuple[Page, ...] = tuple(load_page(name) for name in page_names())
CASES: tuple[PageCase, ...] = tuple(case for page in PAGES for case in page.cases)


def _check(case: PageCase, root: Path) -> CheckResult:
    messages = write_case(case, root)
    if INFOS[case.rule].how == "probe":
        options = Options(tuple(case.select), (), use_cache=False, jobs=1,
                          observations=_observed(root))  # fmt: skip
        result, _ = check_run([str(root)], options)
    else:
        result = bylaw.check(str(root), select=case.select, use_cache=False, jobs=1)
    findings = tuple(
        each._replace(path=messages.get(each.path, each.path)) for each in result.findings
    )
    return result._replace(findings=findings)


def _observed(root: Path) -> str:
    """What the test probe prints about a case."""
    command = ["bylaw", "probe", "tests", str(root), "--only", "red-green", "--python"]
    done = subprocess.run(
        [sys.executable, "-m", *command, sys.executable], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    return done.stdout


def _shown(finding: Finding) -> str:
    road = "".join(f"\n      {step.path}:{step.line} {step.note}" for step in finding.witness)
    return (
        f"{finding.path}:{finding.line} {finding.rule} {finding.severity} "
        f"{finding.confidence}: {finding.message}{road}"
    )


def _differences(case: PageCase, findings: tuple[Finding, ...]) -> list[str]:
    """What the run says and the page does not, and the reverse."""
    by_place: dict[tuple[str, int, str], list[Finding]] = {}
    for each in findings:
        by_place.setdefault((each.path, each.line, each.rule), []).append(each)
    marked = {(mark.path, mark.line, mark.rule) for mark in case.expected}
    wrong = [
        f"not announced: {_shown(each)}"
        for place, group in by_place.items()
        if place not in marked
        for each in group
    ]
    for mark in case.expected:
        group = by_place.get((mark.path, mark.line, mark.rule), [])
        shown = "; ".join(_shown(each) for each in group)
        if not group:
            wrong.append(f"not found: {mark.path}:{mark.line} {mark.rule}")
        elif mark.severity not in ("", *(each.severity for each in group)):
            wrong.append(f"severity should be {mark.severity}: {shown}")
        elif mark.confidence not in ("", *(each.confidence for each in group)):
            wrong.append(f"confidence should be {mark.confidence}: {shown}")
    return wrong


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}/{case.slug}")
def test_check_page_case_matches_markers(case: PageCase, tmp_path: Path) -> None:
    result = _check(case, tmp_path)
    if case.rule == FILES_THAT_DO_NOT_PARSE:
        assert (result.exit_code == INCOMPLETE) == (case.kind == "Bad")
    else:
        broken = (result.errors, result.not_verified)
        assert broken == ((), ()), f"the case itself is broken: {broken}"
    wrong = _differences(case, result.findings)
    place = f"docs/rules/{case.rule}.md:{case.line}"
    assert not wrong, "\n  ".join([f"{place} ({case.kind}: {case.title})", *wrong])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_cases_are_enough(page: Page) -> None:
    bad, legal = (2, 1) if page.name in TOOL_RULES else (3, 3)
    kinds = Counter(case.kind for case in page.cases)
    assert kinds["Bad"] >= bad, f"{page.name}: {kinds['Bad']} bad cases, {bad} needed"
    assert kinds["Legal"] >= legal, f"{page.name}: {kinds['Legal']} legal cases, {legal} needed"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_markers_follow_the_kind_of_case(page: Page) -> None:
    for case in page.cases:
        assert bool(case.expected) == (case.kind == "Bad"), f"{page.name}: {case.title}"
        assert {mark.rule for mark in case.expected} <= set(case.select)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_case_headings_are_unique(page: Page) -> None:
    counts = Counter(case.slug for case in page.cases)
    assert [slug for slug, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_python_blocks_parse_unless_the_rule_is_about_that(page: Page) -> None:
    if page.name == FILES_THAT_DO_NOT_PARSE:
        return
    for case in page.cases:
        for file in case.files:
            if file.path.endswith(".py"):
                ast.parse(file.text, filename=f"docs/rules/{page.name}.md:{file.line}")
