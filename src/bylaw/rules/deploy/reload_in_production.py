"""``reload-in-production``: what is deployed reloads itself, or shows its insides."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.finding import Finding, Step
from bylaw.rules.boot.inventory import inventory_of
from bylaw.rules.boot.items import StartCommand
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="reload-in-production",
    summary="A deployed command reloads on every change of a file, or runs the framework's "
    "debugger.",
    clauses=("DC-1.1",),
    severity="error",
    how="tree",
    family="deploy",
    mend="keep reloading and debugging in a command or file for developers",
    needs=frozenset({"manifests"}),
)

_TRUE = frozenset({"1", "true", "yes", "on", "t", "y"})
_DEBUG = ("FLASK_DEBUG", "DJANGO_DEBUG", "UVICORN_RELOAD", "DEBUG_RELOAD", "QUART_DEBUG")
_CALL = re.compile(r"\b(?:app|application|uvicorn|server|socketio)\.run\(")
_WORD = re.compile(r"\b(reload|debug|use_reloader)\s*=\s*True\b")


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per command, variable or call."""
    seen = set()
    for each in inventory_of(context).winning():
        if each.is_development or not each.argv:
            continue
        for finding in _judged(context, each):
            key = (finding.path, finding.line, finding.sink)
            if key not in seen:
                seen.add(key)
                yield finding


def _judged(context: RuleContext, each: StartCommand) -> Iterator[Finding]:
    meaning = each.meaning
    # A plain compose file is as often for developers as not.
    doubtful = each.platform == "compose" and not re.search(r"prod|stag|deploy", each.workload.path)
    if meaning.reload:
        what = {"runserver": "Django's development server", "runserver_plus": "a debugger",
                "dev": "fastapi dev"}.get(meaning.reload, meaning.reload)  # fmt: skip
        step = each.main
        path, line = (step.path, step.line) if step is not None else (each.path, each.line)
        message = f"the deployed {each.role} runs with {what}"
        yield _finding(each, path, line, message, meaning.reload, doubtful)
    if each.role != "api":
        return
    yield from _variables(each, doubtful)
    yield from _calls(context, each, doubtful)


def _variables(each: StartCommand, doubtful: bool) -> Iterator[Finding]:
    image = each.place.image
    for name, value in each.workload.environment:
        if _is_debug(name, value):
            message = f"{name}={value} is set for the deployed {each.role}"
            yield _finding(each, each.workload.path, each.workload.line, message, name, doubtful)
    for name, value, instruction in image.state.environment if image is not None else ():
        if _is_debug(name, value):
            assert image is not None
            yield _finding(each, image.path, instruction.line,
                           f"the image sets {name}={value}", name, False)  # fmt: skip


def _is_debug(name: str, value: str) -> bool:
    value = value.strip("\"' ").lower()
    if name == "FLASK_ENV":
        return value == "development"
    return name in _DEBUG and value in _TRUE


def _calls(context: RuleContext, each: StartCommand, doubtful: bool) -> Iterator[Finding]:
    """``app.run(debug=True)`` in the module that the command runs."""
    if each.module < 0 or each.meaning.program != "python":
        return
    path = context.project.paths[each.module]
    text = context.repository.text(path)
    for match in _CALL.finditer(text):
        body = text[match.end() : match.end() + 400].partition("\n\n")[0]
        word = _WORD.search(body)
        if word is not None and not _is_comment(text, match.start()):
            line = text.count("\n", 0, match.start()) + 1
            yield _finding(each, path, line, f"the deployed {each.role} is run with {word[0]}",
                           word[1], doubtful)  # fmt: skip


def _is_comment(text: str, at: int) -> bool:
    return "#" in text[text.rfind("\n", 0, at) + 1 : at]


def _finding(
    each: StartCommand, path: str, line: int, message: str, sink: str, doubtful: bool
) -> Finding:
    witness: tuple[Step, ...] = ()
    if (path, line) != (each.path, each.line):
        witness = (Step(each.path, each.line, each.name, f"deployed by {each.platform}"),)
    return file_finding(
        INFO, path, line, message, sink=sink, symbol=each.name or path, witness=witness,
        severity="warning" if doubtful else "", confidence=1 if doubtful else 0,
    )  # fmt: skip
