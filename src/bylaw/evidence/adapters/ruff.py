"""ruff: as linter and as formatter.

Bylaw depends on ruff itself; that one is never used for a project, whose own version counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from bylaw.evidence.adapters.project import Project
from bylaw.evidence.adapters.usage import Usage, positionals, required, usage_of
from bylaw.evidence.adapters.work import (
    CACHE,
    Refusal,
    Seen,
    Step,
    Verdict,
    Work,
    broken,
    broken_off,
    counted,
    merged,
    unreadable,
)
from bylaw.evidence.item import FAIL, NOT_VERIFIED, PASS

_FILES = ("ruff.toml", ".ruff.toml")
_FLAGS = frozenset({
    "--fix", "--unsafe-fixes", "--no-unsafe-fixes", "--show-fixes", "--diff", "-w", "--watch",
    "--fix-only", "--exit-zero", "-e", "--exit-non-zero-on-fix", "--exit-non-zero-on-format",
    "--statistics", "-q", "--quiet", "-s", "--silent", "-v", "--verbose", "-n", "--no-cache",
    "--check", "--show-source", "--add-noqa",
})  # fmt: skip
_VALUED = frozenset({"--output-format", "--format", "--cache-dir", "-o", "--output-file",
                     "--color"})  # fmt: skip
_TAKES = frozenset({"--config", "--select", "--ignore", "--extend-select", "--extend-ignore",
                    "--target-version", "--exclude", "--extend-exclude", "--per-file-ignores",
                    "--line-length", "--extension", "--extend-per-file-ignores", "--fixable",
                    "--unfixable", "--range", "--isolated"})  # fmt: skip
_KEPT = re.compile(r"(\d+) files? already formatted|(\d+) files? left unchanged")
_OTHER = re.compile(r"(\d+) files? would be reformatted")


def lint_work(project: Project, *, depends: bool) -> Work | Refusal | None:
    """``ruff check``, where the repository lints with ruff."""
    usage = usage_of(project, "ruff", ("lint",), tables=("ruff", "ruff.lint"), files=_FILES,
                     hooks=("ruff", "ruff-check"), dependency=depends,
                     without=(_FLAGS, _VALUED))  # fmt: skip
    if usage is None:
        return None
    return _work(project, "lint-clean", usage, ("check", "--no-fix"), ("--output-format", "json"))


def format_work(project: Project, *, depends: bool) -> Work | Refusal | None:
    """``ruff format --check``, where the repository formats with ruff."""
    del depends  # who depends on ruff lints with it
    usage = usage_of(project, "ruff", ("format",), tables=("ruff.format",), hooks=("ruff-format",),
                     dependency=False, without=(_FLAGS, _VALUED))  # fmt: skip
    if usage is None:
        return None
    return _work(project, "format-clean", usage, ("format", "--check"), ())


def _work(
    project: Project, claim: str, usage: Usage, start: tuple[str, ...], end: tuple[str, ...]
) -> Work | Refusal:
    tool = required(project, claim, "ruff", usage)
    if isinstance(tool, Refusal):
        return tool
    given = usage.argv[1:] if usage.argv[:1] in (("check",), ("format",)) else usage.argv
    places = positionals(given, _TAKES)
    words = (*project.words("ruff"), *start, *given, *(() if places else (".",)))
    cache = ("--cache-dir", f"{CACHE}/ruff")
    steps = tuple(Step((*words, *end, *cache), home, plain=words) for home in usage.homes)
    if claim == "lint-clean":
        # It reads pyproject.toml as well: that it found something to read is asked for.
        steps += tuple(Step((*words, "--show-files"), home) for home in usage.homes)
    judge = _judged_lint if claim == "lint-clean" else _judged_format
    return Work((claim,), tool, steps, (), lambda seen: {claim: judge(seen)})


def _judged_lint(seen: Seen) -> Verdict:
    early = broken_off(seen, "ruff")
    half = len(seen.steps) // 2
    return early or merged(_lint_step(seen, number, half + number) for number in range(half))


def _lint_step(seen: Seen, number: int, listing: int) -> Verdict:
    ended = seen.steps[number]
    if ended.exit_code not in (0, 1):
        return broken(seen._replace(steps=seen.steps[: number + 1]), "ruff")
    try:
        found = json.loads(ended.text("stdout") or "null")
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        return unreadable(seen, "ruff", "its answer is not the JSON it was asked for")
    files = [row for row in seen.steps[listing].text("stdout").splitlines()
             if row.endswith((".py", ".pyi", ".ipynb"))]  # fmt: skip
    if not files:
        return Verdict(NOT_VERIFIED, ("zero-collected",), "ruff found no Python file", seen.shown)
    counts = counted(findings=len(found), files=len(files))
    if found:
        first = found[0]
        place = first.get("location") or {}
        code = first.get("code") or "syntax"
        what = f"{code} at {_short(first)}:{place.get('row', 0)}"
        return Verdict(FAIL, ("findings",), f"ruff finds {len(found)}, the first {what}",
                       seen.shown, counts)  # fmt: skip
    if ended.exit_code != 0:
        return broken(seen, "ruff")
    return Verdict(PASS, (), f"ruff finds nothing in {len(files)} files", "", counts)


def _short(finding: Mapping[str, object]) -> str:
    path = str(finding.get("filename", ""))
    return "/".join(path.split("/")[-2:])


def _judged_format(seen: Seen) -> Verdict:
    early = broken_off(seen, "ruff")
    return early or merged(_format_step(seen, number) for number in range(len(seen.steps)))


def _format_step(seen: Seen, number: int) -> Verdict:
    ended = seen.steps[number]
    text = ended.text("stdout") + ended.text("stderr")
    kept, other = _number(_KEPT, text), _number(_OTHER, text)
    if ended.exit_code not in (0, 1):
        return broken(seen._replace(steps=seen.steps[: number + 1]), "ruff format")
    if ended.exit_code == 0 and not kept:
        return Verdict(NOT_VERIFIED, ("zero-collected",), "ruff found no Python file", seen.shown)
    if (ended.exit_code == 1) != bool(other) or kept + other == 0:
        return unreadable(seen, "ruff format", "its summary does not say what it did")
    counts = counted(reformat=other, formatted=kept)
    if other:
        text = f"ruff would format {other} of {kept + other} files anew"
        return Verdict(FAIL, ("findings",), text, seen.shown.replace(" --check", ""), counts)
    return Verdict(PASS, (), f"ruff would leave {kept} files as they are", "", counts)


def _number(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.search(text)
    return int(next(each for each in found.groups() if each)) if found else 0
