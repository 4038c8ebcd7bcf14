"""``endpoint-not-in-schema``: a route that the OpenAPI document hides."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.backend.items import Route
from bylaw.model.backend.shapes import is_false, keyword, last_name
from bylaw.model.evaluate import evaluate
from bylaw.rules.context import RuleContext
from bylaw.rules.rule import RuleInfo
from bylaw.rules.web.registrations import (
    Registration,
    is_operational,
    registrations,
    report,
    segments,
    shown,
    tokens,
)

INFO = RuleInfo(
    name="endpoint-not-in-schema",
    summary="A route of the API is left out of its OpenAPI document.",
    clauses=("CON-III",),
    severity="warning",
    how="model",
    family="web",
    mend="remove include_in_schema=False, or serve it below an internal prefix",
)

_INTERNAL = frozenset(
    {
        "internal", "private", "admin", "backoffice", "debug", "dev", "test", "static", "assets",
        "webhook", "webhooks", "hook", "hooks", "callback", "oauth", "oauth2", "oidc", "saml",
        "sso", "well", "known", "sitemap", "spa", "pages", "html", "templates", "logout", "e2e",
        "testing", "sudo", "staff", "ops", "deprecated", "legacy", "metrics", "health",
    }
)  # fmt: skip
_PAGES = ("HTML", "Redirect", "File", "Template", "Streaming", "EventSource")


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per hidden route, one per router where the whole of it is hidden."""
    shown_handlers = {each.function for each in context.backend.routes if each.in_schema}
    whole: dict[str, list[Registration]] = {}
    for each in registrations(context, ("fastapi",)):
        route = each.route
        if each.function in shown_handlers or route.kind != "http":
            continue
        if all(_is_internal(one) for one in each.routes) or _is_page(context, route):
            continue
        if _hides_itself(context, route):
            yield report(INFO, context, each, f"the OpenAPI document does not show {shown(route)}")
        else:
            whole.setdefault(route.router, []).append(each)
    for router, group in sorted(whole.items()):
        first = group[0]
        message = (
            f"the OpenAPI document shows no route of {router}: "
            f"{shown(first.route)}{f' and {len(group) - 1} more' if len(group) > 1 else ''}"
        )
        yield report(INFO, context, first, message)


def _is_internal(route: Route) -> bool:
    words = set(tokens(route.handler.rpartition(".")[2]))
    for each in (*segments(route.url), *route.tags, *route.path.split("/"), *route.app.split(".")):
        words |= tokens(each.removesuffix(".py"))
    return is_operational(route) or not words.isdisjoint(_INTERNAL)


def _hides_itself(context: RuleContext, route: Route) -> bool:
    index = context.backend.index
    records = list(index.decorators.get(route.function, ()))
    records += [each for module, each in index.calls
                if context.project.paths[module] == route.path]  # fmt: skip
    return any(
        record[F.E_LINE] == route.line and is_false(keyword(record[F.E_VALUE], "include_in_schema"))
        for record in records
    )


def _is_page(context: RuleContext, route: Route) -> bool:
    """Whether a browser is what a route answers: a page, a redirect, a file."""
    project, index = context.project, context.backend.index
    named = [route.response_model]
    for record in index.decorators.get(route.function, ()):
        shape = keyword(record[F.E_VALUE], "response_class")
        if shape is not None:
            named.append(last_name(shape))
    facts = project.functions[route.function]
    home = project.function_home[route.function]
    named.append(facts[F.F_RETURNS] or "")
    for path in facts[F.F_VALUES]:
        value = evaluate(project, home, path) if path != "?" else None
        named.append(str(value[1]) if value is not None and value[0] in "XY" else path)
    return any(word in each for each in named for word in _PAGES)
