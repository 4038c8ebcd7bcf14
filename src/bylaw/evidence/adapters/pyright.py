"""pyright and basedpyright: as type checkers."""

from __future__ import annotations

import json
import os
from functools import partial
from typing import Any

from bylaw.evidence.adapters.project import Project
from bylaw.evidence.adapters.usage import Usage, required, usage_of
from bylaw.evidence.adapters.work import (
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

_NAMES = ("pyright", "basedpyright")
_FLAGS = frozenset({"--outputjson", "--stats", "--verbose", "-w", "--watch", "--skipunannotated",
                    "--dependencies", "--writebaseline"})  # fmt: skip
_VALUED = frozenset({"--level", "--pythonpath", "-v", "--venvpath", "--venv-path"})


def types_work(project: Project, *, depends: bool) -> Work | Refusal | None:
    """``pyright --outputjson``, where the repository checks types with pyright."""
    for name in _NAMES:
        usage = usage_of(project, name, ("types",), tables=(name,), hooks=(name,),
                         files=("pyrightconfig.json",) if name == "pyright" else (),
                         dependency=depends, without=(_FLAGS, _VALUED))  # fmt: skip
        if usage is not None:
            return _work(project, name, usage)
    return None


def _work(project: Project, name: str, usage: Usage) -> Work | Refusal:
    tool = required(project, "types-clean", name, usage)
    if isinstance(tool, Refusal):
        return tool
    given = usage.argv
    python = ("--pythonpath", project.environment.interpreter.path)
    plain = (*project.words(name), *given)
    words = (*plain, "--outputjson", *python)
    steps = tuple(Step(words, home, _own_cache(), plain=plain) for home in usage.homes)

    def judge(seen: Seen) -> dict[str, Verdict]:
        early = broken_off(seen, name)
        parts = map(partial(_judged, seen, name), range(len(seen.steps)))
        return {"types-clean": early or merged(parts)}

    return Work(("types-clean",), tool, steps, (), judge)


def _own_cache() -> tuple[tuple[str, str], ...]:
    """Where pyright's Python package keeps the program itself, if it is there: none is fetched."""
    place = os.path.join(os.path.expanduser("~"), ".cache", "pyright-python")
    found = [("PYRIGHT_PYTHON_IGNORE_WARNINGS", "1")]
    if os.path.isdir(place):
        found.append(("PYRIGHT_PYTHON_CACHE_DIR", place))
    return tuple(found)


def _judged(seen: Seen, name: str, number: int) -> Verdict:
    ended = seen.steps[number]
    alone = seen._replace(steps=seen.steps[: number + 1])
    text = ended.text("stdout")
    try:
        said = json.loads(text[text.index("{") :])
        summary, found = said["summary"], said["generalDiagnostics"]
        files, errors = int(summary["filesAnalyzed"]), int(summary["errorCount"])
        warnings = int(summary["warningCount"])
    except (ValueError, KeyError, TypeError):
        if ended.exit_code in (0, 1):
            return unreadable(seen, name, "its answer is not the JSON it was asked for")
        return broken(alone, name)
    if ended.exit_code not in (0, 1):
        return broken(alone, name)
    if not files:
        return Verdict(NOT_VERIFIED, ("zero-collected",), f"{name} checked no file", seen.shown)
    counts = counted(findings=errors, warnings=warnings, files=files)
    if errors or ended.exit_code == 1:
        worst = sorted(found, key=lambda each: str(each.get("severity")))
        first: dict[str, Any] = next(iter(worst), {})
        line = int(first.get("range", {}).get("start", {}).get("line", -1)) + 1
        place = f"{os.path.basename(str(first.get('file', '')))}:{line}"
        message = " ".join(str(first.get("message", "")).split())[:160]
        what = f"{name} finds {errors or warnings}, the first at {place}: {message}"
        return Verdict(FAIL, ("findings",), what, seen.shown, counts)
    return Verdict(PASS, (), f"{name} finds nothing in {files} files", "", counts)
