"""``endpoint-untyped-response``: nothing says what a route answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.backend.items import Route
from bylaw.model.backend.shapes import Expression, keyword, last_name, render
from bylaw.model.evaluate import evaluate
from bylaw.rules.context import RuleContext
from bylaw.rules.rule import RuleInfo
from bylaw.rules.web.registrations import Registration, registrations, report, shown

INFO = RuleInfo(
    name="endpoint-untyped-response",
    summary="A route has neither a response_model nor a return annotation.",
    clauses=("CON-API",),
    severity="warning",
    how="model",
    family="web",
    mend="annotate what the handler returns, or declare response_model",
    options=(
        ("strict", False, "warn about every such route, and about Any and bare dict as well"),
    ),
)

_SHAPELESS = frozenset({"Any", "dict", "Dict", "object", "typing.Any", "typing.Dict",
                        "dict[str, Any]", "Dict[str, Any]"})  # fmt: skip
_NO_BODY = frozenset({204, 205, 301, 302, 303, 304, 307, 308})


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per registration; a note where no table's row can leave through it."""
    strict = context.option(INFO, "strict")
    tables = {table.number for table in context.backend.tables}
    for each in registrations(context, ("fastapi",)):
        route = each.route
        if route.kind != "http" or not any(one.in_schema for one in each.routes):
            continue
        if route.status_code in _NO_BODY or _is_declared(context, route, strict):
            continue
        given = _given(context, each)
        if any(value[0] == "I" and _answers(context, value) for value in given):
            continue
        if any(value[0] in "XY" and "Response" in str(value[1]) for value in given):
            continue
        rows = [value for value in given if value[0] in "CI" and value[1] in tables]
        yield _finding(context, each, rows, strict)


def _finding(
    context: RuleContext, found: Registration, rows: list[tuple[Any, ...]], strict: bool
) -> Finding:
    message = f"nothing says what {shown(found.route)} answers"
    if rows:
        number = rows[0][1]
        table = context.project.class_name(number).rpartition(".")[2]
        message = f"{shown(found.route)} answers with all of {table}, whatever is added to it"
    severity = INFO.severity if rows or strict else "note"
    return report(INFO, context, found, message, severity=severity)


def _registering(context: RuleContext, route: Route) -> Expression:
    """The decorator or call that registers a route, None where it is not kept."""
    index = context.backend.index
    for record in index.decorators.get(route.function, ()):
        if record[F.E_LINE] == route.line:
            return record[F.E_VALUE]
    for module, record in index.calls:
        if record[F.E_LINE] == route.line and context.project.paths[module] == route.path:
            return record[F.E_VALUE]
    return None


def _is_declared(context: RuleContext, route: Route, strict: bool) -> bool:
    call = _registering(context, route)
    if call is None:
        return True
    if any(name in ("response_model", "response_class") for name, _ in call[3]):
        return not (strict and render(keyword(call, "response_model")) in _SHAPELESS)
    returned = context.backend.index.returns.get(route.function)
    if returned is not None:
        return not (strict and render(returned[F.E_VALUE]) in _SHAPELESS)
    facts = context.project.functions[route.function]
    if facts[F.F_RETURNS] is not None:
        return True
    return any(_answers_by_router(name, value) for name, value in _router_keywords(context, route))


def _answers_by_router(name: str, value: Expression) -> bool:
    return name == "default_response_class" and "HTML" in last_name(value)


def _router_keywords(context: RuleContext, route: Route) -> list[tuple[str, Expression]]:
    made = context.backend.made
    for thing in made.kinds:
        if context.backend.index.symbol(thing) == route.router:
            return list(made.call(thing)[3])
    return []


def _given(context: RuleContext, found: Registration) -> list[tuple[Any, ...]]:
    """What a handler returns, as far as it is known."""
    project = context.project
    home = project.function_home[found.function]
    values = [evaluate(project, home, path.rstrip("*[]"))
              for path in project.functions[found.function][F.F_VALUES] if path != "?"]  # fmt: skip
    return [value for value in values if value is not None]


def _answers(context: RuleContext, value: tuple[Any, ...]) -> bool:
    """Whether an instance is of a first-party response class."""
    bases = context.project.classes[value[1]][F.K_BASES]
    return any("Response" in base for base in bases)
