"""``sync-handler``: a route handler that is not a coroutine function."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.rules.context import RuleContext
from bylaw.rules.rule import RuleInfo
from bylaw.rules.web.registrations import ASGI, Registration, registrations, report

INFO = RuleInfo(
    name="sync-handler",
    summary="A route handler of an asynchronous framework is not declared with async def.",
    clauses=("FS-2.1",),
    severity="note",
    how="model",
    family="web",
    mend="make it async def and await what it calls",
    options=(("strict", False, "warn about every handler that is not async def"),),
)


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per handler; one per module where the project writes none with ``async``."""
    found = list(dict.fromkeys(registrations(context, ASGI)))
    handlers = {each.function: each for each in reversed(found)}
    plain = [each for _, each in sorted(handlers.items()) if not each.route.is_async]
    strict = context.option(INFO, "strict")
    if strict or len(plain) * 2 <= len(handlers):
        for each in plain:
            severity = "warning" if strict else INFO.severity
            yield report(INFO, context, each, _message(context, each), severity=severity)
        return
    by_module: dict[int, list[Registration]] = {}
    for each in plain:
        by_module.setdefault(context.project.function_home[each.function], []).append(each)
    for group in by_module.values():
        message = _message(context, group[0])
        if len(group) > 1:
            message += f", and so do {len(group) - 1} other handlers of this module"
        yield report(INFO, context, group[0], message)


def _message(context: RuleContext, found: Registration) -> str:
    name = context.project.symbol(found.function).rpartition(".")[2]
    return f"{name}() is not async def: each request takes a thread of the pool"
