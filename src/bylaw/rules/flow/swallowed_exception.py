"""``swallowed-exception``: a broad handler that lets a failure vanish."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.facts.exceptions import LOG_METHODS
from bylaw.finding import Finding
from bylaw.model.evaluate import DEFINITE, POSSIBLE, PROBABLE, evaluate
from bylaw.model.project import Project
from bylaw.model.roles import TEST
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.delegated.ruff_run import RUFF_SWALLOWED, RuffFinding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="swallowed-exception",
    summary="A handler of Exception, BaseException or everything neither re-raises, nor converts, "
    "nor gives back an error that every caller checks.",
    clauses=("AP-PY03", "CON-API-EH"),
    severity="warning",
    how="file",
    family="flow",
    mend="catch the exceptions you expect, or re-raise as a domain error (raise X from error)",
)
RUFF_CODES = RUFF_SWALLOWED

_BROAD = frozenset({"Exception", "BaseException", "builtins.Exception", "builtins.BaseException"})
_ROUTES = frozenset({"get", "post", "put", "patch", "delete", "route", "api_view"})
_FARTHEST = 3
"""Functions that may hand an error value back before one has to check it."""
_EXITS = frozenset({"SystemExit", "sys.exit", "exit", "os._exit", "typer.Exit", "ctx.exit"})


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per handler, anchored at its ``except`` line."""
    project = context.project
    for number, function in enumerate(project.functions):
        if not function[F.F_HANDLERS]:
            continue
        if project.roles[project.function_home[number]] == TEST:
            continue
        for handler in function[F.F_HANDLERS]:
            if swallows(context, number, handler):
                yield _finding(context, number, handler)


def judge(context: RuleContext, module: int, found: RuffFinding) -> str:
    """A handler that ruff finds counts where our own reading of it agrees."""
    project = context.project
    if project.roles[module] == TEST:
        return ""
    offset = project.function_offset[module]
    for index, function in enumerate(project.facts[module][F.FUNCTIONS]):
        for handler in function[F.F_HANDLERS]:
            if handler[F.H_LINE] == found.line:
                return INFO.severity if swallows(context, offset + index, handler) else ""
    return ""


def swallows(context: RuleContext, number: int, handler: tuple[Any, ...]) -> bool:
    """Whether a handler catches broadly and nothing of the failure goes on."""
    flags = handler[F.H_FLAGS]
    answered = F.H_RAISES | F.H_USES | F.H_GUARDS_IMPORT | F.H_TESTED
    if flags & answered or not is_broad(context, number, handler):
        return False
    if flags & F.H_TRY_RETURNS and not flags & F.H_RETURNS_CONSTANT:
        if _work_follows(context.project.functions[number], handler):
            return False
        return not _every_caller_checks(context, number)
    is_yes_or_no = flags & F.H_ANSWERS or _is_question(context, number)
    if flags & F.H_RETURNS_CONSTANT and is_yes_or_no and _answers_requests(context, number):
        return False
    if flags & F.H_RETURNS_RECORD and not _call_sites(context).get(number):
        return False
    checked = _every_caller_checks(context, number, is_yes_or_no=bool(is_yes_or_no))
    return not (flags & F.H_RETURNS_CONSTANT and checked)


def _is_question(context: RuleContext, number: int) -> bool:
    """Whether a function says that it answers yes or no."""
    return bool(context.project.functions[number][F.F_RETURNS] == "bool")


def _work_follows(function: tuple[Any, ...], handler: tuple[Any, ...]) -> bool:
    """Whether the function goes on to do other work than logging after a ``try`` that failed."""
    return any(
        call[F.C_LINE] > handler[F.H_END]
        and (call[F.C_PATH] or "").rpartition(".")[2] not in LOG_METHODS
        for call in function[F.F_CALLS]
    )


def is_broad(context: RuleContext, number: int, handler: tuple[Any, ...]) -> bool:
    """Whether a handler catches ``Exception``, ``BaseException`` or everything."""
    project = context.project
    for path in handler[F.H_TYPES]:
        value = evaluate(project, project.function_home[number], path) if path != "?" else None
        if value is not None and value[0] == "X" and value[1] in _BROAD:
            return True
    return False


def _every_caller_checks(
    context: RuleContext, number: int, passed_on: int = 0, *, is_yes_or_no: bool = False
) -> bool:
    """An error value counts as handled only when every call site checks it, or hands it back.

    Who hands it back to callers of its own leaves the checking to these.
    """
    sites = _call_sites(context).get(number, ())
    is_question = is_yes_or_no or _is_question(context, number)
    return bool(sites) and all(
        flags & F.TESTED
        or (is_question and caller >= 0 and _answers_requests(context, caller))
        or (
            (caller >= 0 and passed_on < _FARTHEST)
            and _every_caller_checks(context, caller, passed_on + 1)
        )
        for flags, caller in sites
    )


def _answers_requests(context: RuleContext, number: int) -> bool:
    """Whether a function is a route: what it hands back, a client reads."""
    decorators = context.project.functions[number][F.F_DECORATORS]
    return any(path.rpartition(".")[2] in _ROUTES for path, _, _ in decorators)


def _call_sites(context: RuleContext) -> dict[int, list[tuple[int, int]]]:
    """Every resolved call of each function: its flags, and the caller where that returns it."""
    found: dict[int, list[tuple[int, int]]] | None = context.memo.get("call-sites")
    if found is None:
        found = {}
        project = context.project
        for number, function in enumerate(project.functions):
            module = project.function_home[number]
            if project.roles[module] == TEST:
                continue
            statuses = _exit_statuses(function[F.F_CALLS])
            for call in function[F.F_CALLS]:
                for callee in _callees(project, module, call[F.C_PATH]):
                    made = f"{call[F.C_PATH]}()"
                    checked = F.TESTED if made in statuses else 0
                    caller = number if call[F.C_FLAGS] & F.HANDED_BACK else -1
                    found.setdefault(callee, []).append((call[F.C_FLAGS] | checked, caller))
        context.memo["call-sites"] = found
    return found


def _callees(project: Project, module: int, path: str) -> list[int]:
    """Functions a call may run: the one it names, or those a function chooses from."""
    value = evaluate(project, module, path)
    if value is not None:
        return [value[1]] if value[0] == "F" else []
    chooser = evaluate(project, module, path[:-2]) if path.endswith("()") else None
    if chooser is None or chooser[0] != "F":
        return []
    home = project.function_home[chooser[1]]
    given = [evaluate(project, home, each) for each in project.functions[chooser[1]][F.F_VALUES]]
    return [each[1] for each in given if each is not None and each[0] == "F"]


def _nobody_calls(context: RuleContext, number: int, flags: int) -> bool:
    """Whether a constant goes to callers that cannot be seen: a framework, a dependency."""
    silent = flags & F.H_RETURNS_CONSTANT and not flags & F.H_LOGS
    return bool(silent) and not _call_sites(context).get(number)


def _exit_statuses(calls: tuple[tuple[Any, ...], ...]) -> frozenset[str]:
    """What is handed to ``sys.exit`` and its kin: the one who waits for the process checks it."""
    return frozenset(
        argument for call in calls if call[F.C_PATH] in _EXITS for argument in call[F.C_ARGS]
    )


def _finding(context: RuleContext, number: int, handler: tuple[Any, ...]) -> Finding:
    flags = handler[F.H_FLAGS]
    caught = "every exception" if "BaseException" in handler[F.H_TYPES] else "Exception"
    verb = "suppresses" if flags & F.H_SUPPRESSES else "catches"
    then = "and goes on as if nothing had happened"
    if flags & F.H_LOGS:
        then = "and only logs or reports it"
    elif flags & F.H_RETURNS_CONSTANT:
        then = "and returns a constant that not every caller tells from a result"
    confidence = PROBABLE if _nobody_calls(context, number, flags) else DEFINITE
    if flags & F.H_SUPERVISES:
        confidence = POSSIBLE
    place = (handler[F.H_LINE], handler[F.H_COL], handler[F.H_LINE])
    return make_finding(
        INFO,
        context.project,
        number,
        place,
        f"{verb} {caught} {then}",
        confidence=confidence,
        sink=f"except {' | '.join(handler[F.H_TYPES])}",
    )
