"""``swallowed-exception``: a broad handler that lets a failure vanish."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.facts.exceptions import LOG_METHODS
from bylaw.finding import Finding
from bylaw.model.evaluate import evaluate
from bylaw.model.project import Project
from bylaw.model.roles import TEST
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.delegated.ruff_run import RUFF_SWALLOWED
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
    yield from _suppressed(context)


def _suppressed(context: RuleContext) -> Iterator[Finding]:
    """``with contextlib.suppress(Exception)``: a handler that passes, in other words."""
    project = context.project
    for number, function in enumerate(project.functions):
        module = project.function_home[number]
        if project.roles[module] == TEST:
            continue
        for call in function[F.F_CALLS]:
            if not call[F.C_FLAGS] & F.ENTERED or not call[F.C_ARGS]:
                continue
            value = evaluate(project, module, call[F.C_PATH])
            if value is None or value[1] != "contextlib.suppress":
                continue
            broad = next((a for a in call[F.C_ARGS] if _is_broad_name(project, module, a)), "")
            if broad and not _only_imports(project, number, call):
                place = (call[F.C_LINE], call[F.C_COL], call[F.C_END])
                yield make_finding(
                    INFO, project, number, place, f"suppresses {broad} and goes on without a word",
                    sink=f"suppress {broad}",
                )  # fmt: skip


def _only_imports(project: Project, number: int, call: tuple[Any, ...]) -> bool:
    """Whether the ``with`` statement of a call begins by importing: an optional dependency."""
    facts = project.facts[project.function_home[number]]
    return any(record[F.I_LINE] == call[F.C_END] + 1 for record in facts[F.IMPORTS])


def _is_broad_name(project: Project, module: int, path: str) -> bool:
    if path[0] in "'?:*":
        return False
    value = evaluate(project, module, path)
    return value is not None and value[0] in "XB" and value[1] in _BROAD


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
    return not (flags & F.H_RETURNS_CONSTANT and _every_caller_checks(context, number))


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


def _every_caller_checks(context: RuleContext, number: int) -> bool:
    """An error value counts as handled only when every call site checks it."""
    sites = _call_sites(context).get(number, ())
    return bool(sites) and all(flags & F.TESTED for flags in sites)


def _call_sites(context: RuleContext) -> dict[int, list[int]]:
    """Flags of every resolved call of each first-party function."""
    found: dict[int, list[int]] | None = context.memo.get("call-sites")
    if found is None:
        found = {}
        project = context.project
        for number, function in enumerate(project.functions):
            module = project.function_home[number]
            if project.roles[module] == TEST:
                continue
            statuses = _exit_statuses(function[F.F_CALLS])
            for call in function[F.F_CALLS]:
                value = evaluate(project, module, call[F.C_PATH])
                if value is not None and value[0] == "F":
                    checked = F.TESTED if f"{call[F.C_PATH]}()" in statuses else 0
                    found.setdefault(value[1], []).append(call[F.C_FLAGS] | checked)
        context.memo["call-sites"] = found
    return found


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
    then = "and goes on as if nothing had happened"
    if flags & F.H_LOGS:
        then = "and only logs it"
    elif flags & F.H_RETURNS_CONSTANT:
        then = "and returns a constant that not every caller tells from a result"
    place = (handler[F.H_LINE], handler[F.H_COL], handler[F.H_LINE])
    return make_finding(
        INFO,
        context.project,
        number,
        place,
        f"catches {caught} {then}",
        confidence=1 if _nobody_calls(context, number, flags) else 0,
        sink=f"except {' | '.join(handler[F.H_TYPES])}",
    )
