"""``unstructured-logging``: text is logged where fields are wanted."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.evaluate import evaluate
from bylaw.model.roles import MIGRATION, SCRIPT, TEST
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.delegated.ruff_run import RuffFinding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="unstructured-logging",
    summary="Something is printed, logged through the root logger, or logged as a text put "
    "together on the spot.",
    clauses=("CON-VI",),
    severity="warning",
    how="ruff",
    family="style",
    mend="log an event with fields: logger.info('order.paid', order_id=order.id)",
    default=False,
)
RUFF_CODES = ("T201", "T203", "G001", "G002", "G003", "G004")
_COMMANDS = frozenset({"cli", "commands", "management", "console"})
_ASIDE = (TEST, SCRIPT, MIGRATION)
_ROOT = frozenset(
    f"logging.{level}"
    for level in ("debug", "info", "warning", "warn", "error", "exception", "critical", "log")
)


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per call of a function of ``logging`` itself, which is the root logger."""
    project = context.project
    for number, function in enumerate(project.functions):
        module = project.function_home[number]
        if project.roles[module] in _ASIDE:
            continue
        for call in function[F.F_CALLS]:
            path = call[F.C_PATH]
            value = evaluate(project, module, path)
            if value is None or value[0] != "X" or value[1] not in _ROOT:
                continue
            place = (call[F.C_LINE], call[F.C_COL], call[F.C_END])
            message = f"{value[1]}() logs through the root logger, as text"
            yield make_finding(INFO, project, number, place, message, sink=value[1])


def judge(context: RuleContext, module: int, found: RuffFinding) -> str:
    """What a program that people start prints is its output."""
    role = context.project.roles[module]
    if role in _ASIDE or (found.code in ("T201", "T203") and _is_command(context, module)):
        return ""
    return INFO.severity


def _is_command(context: RuleContext, module: int) -> bool:
    words = context.project.paths[module].removesuffix(".py").split("/")
    main = context.project.facts[module][F.FILE_FLAGS] & F.HAS_MAIN_GUARD
    return bool(main) or not _COMMANDS.isdisjoint(words)
