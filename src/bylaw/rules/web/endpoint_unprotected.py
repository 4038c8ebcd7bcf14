"""``endpoint-unprotected``: a route that changes something and asks nobody who they are."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.backend.items import Route
from bylaw.rules.context import RuleContext
from bylaw.rules.rule import RuleInfo
from bylaw.rules.web.authentication import (
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


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per registration that changes something and lets strangers do it."""
    everything = list(registrations(context))
    bare = [each for each in everything if _changes(context, each)
            and any(not guards(context, one) for one in each.routes)]  # fmt: skip
    anybody = not any(guards(context, one) for each in everything for one in each.routes)
    public = tuple(context.option(INFO, "public"))
    for each in bare:
        if all(is_for_strangers(one) or is_capability(one) for one in each.routes):
            continue
        if _is_public(each, public):
            continue
        if not context.option(INFO, "strict") and refuses(context, each.function):
            continue
        yield _finding(context, each, anybody)


def _finding(context: RuleContext, found: Registration, anybody: bool) -> Finding:
    route = next(one for one in found.routes if not guards(context, one))
    message = f"anybody may call {shown(route)}: nothing before it asks who they are"
    severity = INFO.severity
    if anybody:
        severity, message = "warning", f"{message}, as for every route of this project"
    if route.conditional:
        severity, message = "note", f"{message}; it is registered under a condition"
    if _may_register(context, route):
        severity, message = "note", f"{message}; it may be how people register"
    confidence = 2 if is_guarded_everywhere(context) else int(not route.methods)
    return report(INFO, context, found, message, confidence=confidence, severity=severity)


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
