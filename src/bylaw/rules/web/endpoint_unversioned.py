"""``endpoint-unversioned``: a path without ``/v<N>``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.model.backend.items import Route
from bylaw.model.backend.shapes import keyword, text
from bylaw.rules.context import RuleContext
from bylaw.rules.rule import RuleInfo
from bylaw.rules.web.registrations import is_operational, registrations, report, shown

INFO = RuleInfo(
    name="endpoint-unversioned",
    summary="A route of an API has no version in its path.",
    clauses=("CON-API",),
    severity="warning",
    how="model",
    family="web",
    mend="serve it below a prefix such as /api/v1",
    default=False,
)

_VERSION = re.compile(r"(?:^|[/.])v\d+(?:[._]\d+)*(?:alpha|beta)?\d*(?=/|$)|\d{4}-\d{2}-\d{2}")
_APIS = frozenset({"fastapi", "starlette", "flask-restful", "drf"})


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per registration none of whose paths has a version."""
    roots = _roots(context)
    for each in registrations(context):
        bare = [route for route in each.routes if _is_bare(route, roots.get(route.app, ""))]
        if len(bare) < len(each.routes):
            continue
        yield report(INFO, context, each, f"{shown(each.route)} has no version in its path")


def _is_bare(route: Route, root: str) -> bool:
    url = f"{root}/{route.url.lstrip('/')}"
    is_api = route.framework in _APIS or "api" in url.split("/")
    if not is_api or route.kind != "http" or is_operational(route) or "${" in url:
        return False
    return not _VERSION.search(url) and (route.in_schema or route.framework not in ("fastapi",))


def _roots(context: RuleContext) -> dict[str, str]:
    """``root_path`` that applications are told they are served under."""
    backend = context.backend
    found = {}
    for thing in backend.made.kinds:
        root = text(keyword(backend.made.call(thing), "root_path"))
        if root:
            found[backend.index.symbol(thing)] = root.rstrip("/")
    return found
