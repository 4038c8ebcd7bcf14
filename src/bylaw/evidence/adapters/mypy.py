"""mypy: as type checker."""

from __future__ import annotations

import json
import re

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

_FLAGS = frozenset({
    "--install-types", "--non-interactive", "--pretty", "--no-error-summary", "--show-traceback",
    "--verbose", "-v", "--incremental", "--no-incremental", "--sqlite-cache", "--raise-exceptions",
    "--pdb", "--show-error-context", "--dump-build-stats", "--stats", "--fine-grained-incremental",
    "run", "--color-output", "--error-summary", "--show-error-end", "--no-silence-site-packages",
})  # fmt: skip
_VALUED = frozenset({
    "--cache-dir", "--output", "-O", "--junit-xml", "--html-report", "--txt-report",
    "--xml-report", "--cobertura-xml-report", "--linecount-report", "--linecoverage-report",
    "--lineprecision-report", "--any-exprs-report", "--python-executable", "--junit-format",
    "--xslt-html-report", "--xslt-txt-report", "--timing-stats", "--line-checking-stats",
})  # fmt: skip
_TAKES = frozenset({
    "--config-file", "--python-version", "--platform", "--exclude", "--follow-imports", "-m",
    "--module", "-p", "--package", "-c", "--command", "--enable-error-code",
    "--disable-error-code", "--always-true", "--always-false", "--shadow-file",
    "--custom-typeshed-dir", "--num-workers", "-n",
})  # fmt: skip
_ASKS = ("--no-color-output", "--show-error-codes", "--no-pretty", "--hide-error-context",
         "--error-summary")  # fmt: skip
_FOUND = re.compile(r"^(?P<path>.+?):(?:(?P<line>\d+):)?(?:\d+:)*\s?(?P<kind>error|note|warning): "
                    r"(?P<text>.*?)(?:\s+\[(?P<code>[\w-]+)\])?$")  # fmt: skip
_CLEAN = re.compile(r"^Success: no issues found in (\d+) source files?", re.MULTILINE)
_DIRTY = re.compile(r"^Found (\d+) errors? in (\d+) files? "
                    r"\((?:checked (\d+) source files?|errors prevented further checking)\)",
                    re.MULTILINE)  # fmt: skip
_ABSENT = re.compile(r"Cannot find implementation or library stub for module named \"([\w.]+)\"|"
                     r"Library stubs not installed for \"([\w.]+)\"")  # fmt: skip


def types_work(project: Project, *, depends: bool) -> Work | Refusal | None:
    """``mypy`` on what the repository names, where it checks types with mypy."""
    usage = usage_of(project, "mypy", ("types",), tables=("mypy",), hooks=("mypy",),
                     files=("mypy.ini", ".mypy.ini"), dependency=depends,
                     without=(_FLAGS, _VALUED))  # fmt: skip
    if usage is None and project.ini_sections("setup.cfg", "mypy"):
        usage = Usage(("",))
    if usage is None:
        return None
    tool = required(project, "types-clean", "mypy", usage)
    if isinstance(tool, Refusal):
        return tool
    given = usage.argv
    steps = tuple(_step_in(project, home, given, usage) for home in usage.homes)

    def judge(seen: Seen) -> dict[str, Verdict]:
        early = broken_off(seen, "mypy")
        parts = (_judged(project, seen, number) for number in range(len(seen.steps)))
        return {"types-clean": early or merged(parts)}

    return Work(("types-clean",), tool, steps, (), judge)


def _step_in(project: Project, home: str, given: tuple[str, ...], usage: Usage) -> Step:
    words = project.words("mypy", as_module=usage.as_module)
    named = positionals(given, _TAKES) or {"-m", "-p", "-c", "--module", "--package"} & set(given)
    targets: tuple[str, ...] = ()
    if not named and not _named_in_settings(project, home):
        targets = tuple(project.sources(home)) or (".",)
    python = ("--python-executable", project.environment.interpreter.path)
    cache = ("--cache-dir", f"{CACHE}/mypy")
    plain = (*words, *given, *targets)
    return Step((*plain, *_ASKS, *python, *cache), home, plain=plain)


def _named_in_settings(project: Project, home: str) -> bool:
    """Whether mypy's own settings say what is checked."""
    table = project.tables.get(home, {}).get("mypy")
    if isinstance(table, dict) and {"files", "packages", "modules"} & set(table):
        return True
    lead = f"{home}/" if home else ""
    for name in ("mypy.ini", ".mypy.ini", "setup.cfg"):
        text = project.repository.text(lead + name)
        head = re.search(r"(?ms)^\[mypy\]\s*$(.*?)(?=^\[|\Z)", text)
        if head is not None and re.search(r"(?m)^(files|packages|modules)\s*=", head[1]):
            return True
    return False


def _judged(project: Project, seen: Seen, number: int) -> Verdict:
    ended = seen.steps[number]
    text = ended.text("stdout")
    errors = [each for each in map(_finding, text.splitlines()) if each and each[2] == "error"]
    clean, dirty = _CLEAN.search(text), _DIRTY.search(text)
    if ended.exit_code == 0 and clean is not None and not errors:
        files = int(clean[1])
        if not files:
            return Verdict(NOT_VERIFIED, ("zero-collected",), "mypy checked no file", seen.shown)
        return Verdict(PASS, (), f"mypy finds nothing in {files} files", "", counted(files=files))
    if not errors:
        if "There are no .py[i] files" in text + ended.text("stderr"):
            return Verdict(NOT_VERIFIED, ("zero-collected",), "mypy found no file", seen.shown)
        alone = seen._replace(steps=seen.steps[: number + 1])
        return broken(alone, "mypy") if ended.exit_code != 1 else unreadable(
            seen, "mypy", "it ended with 1 and named no error"
        )  # fmt: skip
    if dirty is None and ended.exit_code != 2:
        return unreadable(seen, "mypy", "its summary is missing")
    files = int(dirty[3]) if dirty is not None and dirty[3] else 0
    counts = counted(findings=len(errors), files=files)
    absent = _absent(project, [each[3] for each in errors])
    if absent:
        said = f"mypy needs what is not installed: {', '.join(absent[:5])}"
        command = project.install(absent[0].replace("_", "-"))
        return Verdict(NOT_VERIFIED, ("missing-package",), said, command, counts)
    path, line, _, said = errors[0]
    text = f"mypy finds {len(errors)}, the first at {path}:{line}: {said[:160]}"
    return Verdict(FAIL, ("findings",), text, seen.shown, counts)


def _finding(row: str) -> tuple[str, int, str, str] | None:
    """Path, line, kind and message of one line."""
    if row.startswith("{"):
        try:
            said = json.loads(row)
            return str(said["file"]), int(said["line"]), str(said["severity"]), str(said["message"])
        except (ValueError, KeyError, TypeError):
            return None
    found = _FOUND.match(row)
    if found is None:
        return None
    return found["path"], int(found["line"] or 0), found["kind"], found["text"]


def _absent(project: Project, messages: list[str]) -> list[str]:
    """Packages that are missing here, where every error comes from that alone."""
    names = []
    for each in messages:
        found = _ABSENT.match(each)
        if found is None:
            return []
        names.append((found[1] or found[2]).partition(".")[0])
    ours = {name.partition(".")[0] for name in project.repository.listing()}
    ours |= {name.partition(".")[0] for name in project.repository.listing("src")}
    return [] if ours & set(names) else sorted(set(names))
