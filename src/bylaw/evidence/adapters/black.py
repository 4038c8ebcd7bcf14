"""black: as formatter."""

from __future__ import annotations

import re

from bylaw.evidence.adapters.project import Project
from bylaw.evidence.adapters.usage import positionals, required, usage_of
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

_FLAGS = frozenset({"--check", "--diff", "-q", "--quiet", "-v", "--verbose", "--color",
                    "--no-color", "--safe", "--fast"})  # fmt: skip
_TAKES = frozenset({"-l", "--line-length", "-t", "--target-version", "--config", "--include",
                    "--exclude", "--extend-exclude", "--force-exclude", "-W", "--workers",
                    "--required-version", "--stdin-filename"})  # fmt: skip
_KEPT = re.compile(r"(\d+) files? would be left unchanged")
_OTHER = re.compile(r"(\d+) files? would be reformatted")


def format_work(project: Project, *, depends: bool) -> Work | Refusal | None:
    """``black --check``, where the repository formats with black."""
    # Beside ruff, to depend on black says nothing: it may be there for something else.
    depends = depends and not project.depends_on("ruff") and not any(
        "ruff" in table for table in project.tables.values()
    )  # fmt: skip
    usage = usage_of(project, "black", ("format",), tables=("black",),
                     hooks=("black", "black-jupyter"), dependency=depends,
                     without=(_FLAGS, ()))  # fmt: skip
    if usage is None:
        return None
    tool = required(project, "format-clean", "black", usage)
    if isinstance(tool, Refusal):
        return tool
    given = usage.argv
    words = (*project.words("black"), "--check", *given)
    words = words if positionals(given, _TAKES) else (*words, ".")
    cache = (("BLACK_CACHE_DIR", f"{CACHE}/black"),)
    steps = tuple(Step(words, home, cache) for home in usage.homes)
    return Work(("format-clean",), tool, steps, (), lambda seen: {"format-clean": _judged(seen)})


def _judged(seen: Seen) -> Verdict:
    early = broken_off(seen, "black")
    return early or merged(_step(seen, number) for number in range(len(seen.steps)))


def _step(seen: Seen, number: int) -> Verdict:
    ended = seen.steps[number]
    text = ended.text("stderr")
    if ended.exit_code not in (0, 1):
        return broken(seen._replace(steps=seen.steps[: number + 1]), "black")
    if "No Python files are present" in text or "No Path provided" in text:
        return Verdict(NOT_VERIFIED, ("zero-collected",), "black found no Python file", seen.shown)
    kept, other = _number(_KEPT, text), _number(_OTHER, text)
    if (ended.exit_code == 1) != bool(other) or kept + other == 0:
        return unreadable(seen, "black", "its summary does not say what it did")
    counts = counted(reformat=other, formatted=kept)
    if other:
        said = f"black would format {other} of {kept + other} files anew"
        return Verdict(FAIL, ("findings",), said, seen.shown.replace(" --check", ""), counts)
    return Verdict(PASS, (), f"black would leave {kept} files as they are", "", counts)


def _number(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.search(text)
    return int(found[1]) if found else 0
