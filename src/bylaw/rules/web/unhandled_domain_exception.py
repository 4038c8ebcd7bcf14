"""``unhandled-domain-exception``: an error of the domain that a route answers with 500."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.backend.items import DomainException
from bylaw.model.call_graph import HERE, Edge, Seed
from bylaw.model.class_lookup import outside_bases
from bylaw.model.effects import Reach, Reached, reach
from bylaw.model.evaluate import evaluate
from bylaw.model.roles import SCRIPT, TEST
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.import_time.import_time_raise import catches
from bylaw.rules.rule import RuleInfo
from bylaw.rules.web.registrations import registrations
from bylaw.rules.web.wiring_calls import middleware_functions

INFO = RuleInfo(
    name="unhandled-domain-exception",
    summary="An exception of the project can leave a route, and nothing turns it into a response.",
    clauses=("FS-4.3",),
    severity="warning",
    how="flow",
    family="web",
    default=False,
    mend="register an exception handler for it, or catch it in the route and answer",
    options=(("ignore", [], "names of exceptions that are meant to end in a 500"),),
)

_ANSWERS = (
    "HTTPException", "APIException", "Http404", "PermissionDenied", "SuspiciousOperation",
    "HttpError", "HTTPError", "werkzeug.", "starlette.", "rest_framework.", "graphql.",
    "flask_restx.", "flask_restful.", "RequestValidationError", "django.core.exceptions.",
)  # fmt: skip
_OUR_FAULT = frozenset(
    {"NotImplementedError", "AssertionError", "TypeError", "SystemExit", "KeyboardInterrupt",
     "BaseException", "StopIteration", "ImportError", "ImproperlyConfigured", "Warning",
     "UserWarning", "DeprecationWarning", "AttributeError", "CancelledError"}
)  # fmt: skip
_EVERYTHING = frozenset({"Exception", "BaseException", "500", "builtins.Exception"})


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per route and exception, at the call that leads there."""
    wanted = _unanswered(context)
    if not wanted:
        return
    sources = sorted({number for each in registrations(context)
                      for number in (each.function, *_before(context, each.route))})  # fmt: skip
    answer = _raise_reach(context, wanted, sources)
    for source in sources:
        told = set()
        for reached in answer.of(source):
            if reached.seed.sink not in told:
                told.add(reached.seed.sink)
                yield _finding(context, answer, source, reached)


def _before(context: RuleContext, route: object) -> list[int]:
    dependencies = getattr(route, "dependencies", ())
    project = context.project
    return [each.function for each in dependencies
            if each.function >= 0 and each.kind in ("depends", "security")
            and project.roles[project.function_home[each.function]] not in (TEST, SCRIPT)
            and not project.functions[each.function][F.F_FLAGS] & F.GENERATOR]  # fmt: skip


def _finding(context: RuleContext, answer: Reach, source: int, reached: Reached) -> Finding:
    step = reached.edge or reached.seed
    name = reached.seed.sink.rpartition(".")[2]
    route = context.project.symbol(source).rpartition(".")[2]
    through = ""
    if reached.edge is not None:
        through = f" through {context.project.functions[reached.edge.callee][F.F_NAME]}()"
    return make_finding(
        INFO,
        context.project,
        source,
        step.place,
        f"{route}() lets {name} out{through}, and nothing turns it into a response",
        confidence=reached.confidence,
        severity="note" if _by_decorator(context, source, reached) else "",
        sink=reached.seed.sink,
        witness=answer.witness(source, reached),
    )


def _by_decorator(context: RuleContext, source: int, reached: Reached) -> bool:
    """Whether a decorator of the project raises it, mostly to say that it was put on wrongly."""
    if reached.edge is None:
        return False
    functions = context.project.functions
    lines = {line for _, _, line in functions[source][F.F_DECORATORS]}
    nested = functions[reached.edge.callee][F.F_FLAGS] & F.NESTED
    return bool(nested) and reached.edge.place[0] in lines


def _unanswered(context: RuleContext) -> dict[str, DomainException]:
    """Exceptions that are raised and that no handler or middleware of the project answers."""
    backend = context.backend
    if any(each.exception in _EVERYTHING for each in backend.handlers) or _is_caught_outside(
        context
    ):
        return {}
    ignored = set(context.option(INFO, "ignore"))
    found = {}
    for each in backend.exceptions:
        last = {base.rpartition(".")[2] for base in each.bases}
        if not each.raised or each.handlers or each.name.rpartition(".")[2] in ignored:
            continue
        if any(word in base for base in each.bases for word in _ANSWERS) or last & _OUR_FAULT:
            continue
        found[each.name] = each
    return found


def _is_caught_outside(context: RuleContext) -> bool:
    """Whether a middleware, or a setting of the framework, answers for every exception."""
    project = context.project
    for number in middleware_functions(context):
        function = project.functions[number]
        if function[F.F_NAME].endswith("process_exception"):
            return True
        types = {name for handler in function[F.F_HANDLERS] for name in handler[F.H_TYPES]}
        if types & {"Exception", "BaseException"}:
            return True
    for records in context.backend.index.bindings.values():
        if "EXCEPTION_HANDLER" in str(records[-1][F.E_VALUE]):
            return True
    return any(
        function[F.F_NAME].rpartition(".")[2] in ("handle_exception", "handle_error")
        for number, function in enumerate(project.functions)
        if function[F.F_CLASS] >= 0
        and project.roles[project.function_home[number]] != TEST
        and _is_application(context, number)
    )


def _is_application(context: RuleContext, method: int) -> bool:
    project = context.project
    home = project.function_home[method]
    owner = project.class_offset[home] + project.functions[method][F.F_CLASS]
    bases = outside_bases(project, owner, evaluate)
    return any(base.rpartition(".")[2] in ("Api", "Flask", "APIView", "View") for base in bases)


def _is_translated(context: RuleContext, function: int, step: Edge | Seed, seed: Seed) -> bool:
    """Whether a ``try`` around a step catches an exception and does not simply pass it on."""
    facts, line = context.project.functions[function], step.place[0]
    for handler in facts[F.F_HANDLERS]:
        if not handler[F.H_TRY_LINE] <= line < handler[F.H_LINE]:
            continue
        if not catches(context, function, handler[F.H_TYPES], seed.sink):
            continue
        passed_on = any(
            not raised[F.R_PATH]
            and handler[F.H_LINE] <= raised[F.R_LINE] <= handler[F.H_END]
            and not context.situation(function, raised[F.R_SITUATION])[F.S_FLAGS] & F.IN_CONDITION
            for raised in facts[F.F_RAISES]
        )
        if not passed_on:
            return True
    handled = context.situation(function, step.situation)[F.S_HANDLED]
    return bool(handled) and catches(context, function, handled, seed.sink)


def _raise_reach(
    context: RuleContext, wanted: dict[str, DomainException], sources: list[int]
) -> Reach:
    project = context.project
    seeds: list[list[Seed]] = [[] for _ in project.functions]
    for name, exception in wanted.items():
        for place in exception.raised:
            for raised in project.functions[place.function][F.F_RAISES]:
                if raised[F.R_LINE] == place.line:
                    where = (raised[F.R_LINE], raised[F.R_COL], raised[F.R_END])
                    situation, anchor = raised[F.R_SITUATION], raised[F.R_ANCHOR]
                    seeds[place.function].append(
                        Seed("raise", "", name, where, 0, HERE, situation, anchor, None)
                    )

    def follow(caller: int, edge: Edge) -> bool:
        role = project.roles[project.function_home[edge.callee]]
        return edge.mode == HERE and role != TEST and edge.confidence < 2

    def leaves(function: int, seed: Seed) -> bool:
        return not _is_translated(context, function, seed, seed)

    def stops(caller: int, edge: Edge, seed: Seed) -> bool:
        return _is_translated(context, caller, edge, seed)

    return reach(context.graph, sources, leaves, follow, stops=stops, seeds=seeds)
