"""``endpoint-unlimited``: a route that any client may call as often as it likes."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.backend.items import Route
from bylaw.model.backend.shapes import calls_in, keyword, last_name, render
from bylaw.rules.context import RuleContext
from bylaw.rules.rule import RuleInfo
from bylaw.rules.web.registrations import is_operational, registrations, report, shown, tokens
from bylaw.rules.web.wiring_calls import middleware_names

INFO = RuleInfo(
    name="endpoint-unlimited",
    summary="A route has no rate limit: no decorator, no dependency, no middleware.",
    clauses=("CON-SEC",),
    severity="warning",
    how="model",
    family="web",
    mend="decorate it with a limit, or set default limits for the application",
    default=False,
)

_LIMITS = frozenset(
    {"limit", "limiter", "limits", "ratelimit", "ratelimiter", "throttle", "throttled",
     "throttling", "axes"}
)  # fmt: skip
_ASKED = frozenset({"ratelimit", "throttle", "throttled", "ratelimiter"})
_OTHER_LIMITS = frozenset(
    {"size", "body", "upload", "content", "length", "payload", "file", "files", "bytes", "memory",
     "time", "timeout", "page", "pages", "pagination", "offset", "query", "depth", "rows"}
)  # fmt: skip
"""What else has a limit: how much one request may bring along or ask for."""
_DEFAULTS = ("default_limits", "application_limits")


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per registration without a limit."""
    if _limits_everything(context):
        return
    for each in registrations(context):
        if is_operational(each.route) or any(_is_limited(context, one) for one in each.routes):
            continue
        yield report(INFO, context, each, f"nothing limits how often {shown(each.route)} is called")


def _is_limited(context: RuleContext, route: Route) -> bool:
    if any(_limits_calls(each.name) for each in route.dependencies):
        return True
    if route.function >= 0 and _asks_a_limiter(context, route.function):
        return True
    if route.owner < 0:
        return False
    attributes = context.backend.index.attributes.get(route.owner, ())
    return any(record[2] == "throttle_classes" for record in attributes)


def _asks_a_limiter(context: RuleContext, function: int) -> bool:
    """Whether a handler asks by itself: ``check_rate_limit(request)``, no ``query.limit(10)``.

    What it calls directly may ask for it.
    """
    near = (function, *(edge.callee for edge in context.graph.edges[function]))
    words = (
        tokens(call[F.C_PATH].rpartition(".")[2])
        for each in near
        for call in context.project.functions[each][F.F_CALLS]
    )
    return any({"rate", "limit"} <= each or each & _ASKED for each in words)


def _limits_calls(name: str) -> bool:
    """Whether a name says how often something may be called: ``max_upload_size`` does not."""
    words = tokens(name.rpartition(".")[2])
    return not _LIMITS.isdisjoint(words) and words.isdisjoint(_OTHER_LIMITS)


def _limits_everything(context: RuleContext) -> bool:
    """Whether a middleware or a limiter with default limits stands before every route."""
    backend = context.backend
    for name in middleware_names(context):
        if _limits_calls(name) or {"rate", "slow"} & tokens(name):
            return True
    for records in backend.index.bindings.values():
        for call in calls_in(records[-1][-1]):
            if "imiter" in last_name(call) and any(keyword(call, name) for name in _DEFAULTS):
                return True
        if "DEFAULT_THROTTLE_CLASSES" in render(records[-1][-1]):
            return True
    return False
