"""``endpoint-unprotected``: a route that changes something and asks nobody who they are."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.finding import Finding, Step
from bylaw.model.backend.items import Route
from bylaw.rules.context import RuleContext
from bylaw.rules.rule import RuleInfo
from bylaw.rules.web.authentication import (
    asks_for_secret,
    guards,
    is_capability,
    is_for_strangers,
    is_guarded_everywhere,
    refuses,
)
from bylaw.rules.web.registrations import (
    MUTATING,
    Registration,
    model_fields,
    registrations,
    report,
    segments,
    shown,
    tokens,
)

INFO = RuleInfo(
    name="endpoint-unprotected",
    summary="A route that changes something has no authentication on itself, its router or its "
    "application.",
    clauses=("FS-5.2", "CON-SEC"),
    severity="error",
    how="model",
    family="web",
    mend="depend on the current user at the route or its router, or check the caller's signature",
    options=(
        ("strict", False, "only dependencies, decorators and the like count, not the body"),
        ("public", [], "paths that are meant to be open, as prefixes"),
    ),
)

_SHOWN = 10


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per registration that changes something and lets strangers do it."""
    everything = list(registrations(context))
    bare = [each for each in everything if _changes(context, each)
            and any(not guards(context, one) for one in each.routes)]  # fmt: skip
    asking = [each for each in bare if _lets_strangers(context, each)]
    guarded = {_package(one.app) for each in everything for one in each.routes
               if guards(context, one)}  # fmt: skip
    together: dict[str, list[Registration]] = {}
    for each in asking:
        app = each.route.app
        known = _package(app) in guarded or (not app and guarded)
        if known or each.route.conditional or _may_register(context, each.route):
            yield _finding(context, each)
        else:
            together.setdefault(app, []).append(each)
    for listed in together.values():
        yield _about_all(context, listed, "application" if guarded else "project")


def _package(app: str) -> str:
    """What holds an application and those that are mounted on it."""
    return app.partition(".")[0]


def _lets_strangers(context: RuleContext, found: Registration) -> bool:
    """Whether a bare route is not one that strangers are meant to call, nor checks by itself."""
    if all(is_for_strangers(one) or is_capability(context, one) for one in found.routes):
        return False
    if _is_public(found, tuple(context.option(INFO, "public"))):
        return False
    return bool(context.option(INFO, "strict")) or not (
        refuses(context, found.function) or asks_for_secret(context, found.function)
    )


def _finding(context: RuleContext, found: Registration) -> Finding:
    route = next(one for one in found.routes if not guards(context, one))
    message = f"anybody may call {shown(route)}: nothing before it asks who they are"
    severity = INFO.severity
    if route.conditional:
        severity, message = "note", f"{message}; it is registered under a condition"
    if _may_register(context, route):
        severity, message = "note", f"{message}; it may be how people register"
    return report(
        INFO, context, found, message, confidence=_confidence(context, route), severity=severity
    )


def _confidence(context: RuleContext, route: Route) -> int:
    return 2 if is_guarded_everywhere(context) else int(not route.methods)


def _about_all(context: RuleContext, listed: list[Registration], whole: str) -> Finding:
    """One finding for an application that asks nobody, at its first route that changes things."""
    first = listed[0]
    message = f"anybody may call {shown(first.route)}"
    if len(listed) > 1:
        rest = len(listed) - 1
        message += f" and {rest} more route{'s' if rest > 1 else ''} that change something"
    message += f": no route of this {whole} asks who calls"
    made = report(INFO, context, first, message, severity="warning",
                  confidence=_confidence(context, first.route))  # fmt: skip
    project = context.project
    steps = (Step(project.path_of(each.function), each.place[0], project.symbol(each.function),
                  shown(each.route)) for each in listed[1 : _SHOWN + 1])  # fmt: skip
    return made._replace(witness=(*made.witness, *steps))


def _may_register(context: RuleContext, route: Route) -> bool:
    """Whether a route makes accounts, each with the password that its owner chose."""
    last = (segments(route.url) or [""])[-1].lower()
    return (
        route.methods == ("POST",)
        and last.rstrip("s") in ("user", "account", "member", "customer")
        and any(
            "password" in tokens(name)
            for each in route.parameters
            if each.source == "body" and each.model >= 0
            for name, _ in model_fields(context, each.model)
        )
    )


def _is_public(found: Registration, public: tuple[str, ...]) -> bool:
    return bool(public) and all(one.url.startswith(public) for one in found.routes)


def _changes(context: RuleContext, found: Registration) -> bool:
    route = found.route
    if route.kind != "http":
        return False
    methods = {method for one in found.routes for method in one.methods}
    if methods:
        return not methods.isdisjoint(MUTATING)
    return _reads_form(context, route)


def _reads_form(context: RuleContext, route: Route) -> bool:
    """Whether a Django view of any method works on what was posted."""
    function = context.project.functions[route.function]
    paths = [call[F.C_PATH] for call in function[F.F_CALLS]]
    paths += [argument for call in function[F.F_CALLS] for argument in call[F.C_ARGS]]
    paths += [load[F.L_PATH] for load in function[F.F_LOADS]]
    return any("request.POST" in each or "request.body" in each for each in paths)
