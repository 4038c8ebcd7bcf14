"""``boot-health-mismatch``: a health check asks for a path that the service does not serve."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.finding import Finding, Step
from bylaw.model.backend.items import Route
from bylaw.model.roles import TEST
from bylaw.rules.boot.inventory import inventory_of
from bylaw.rules.boot.items import StartCommand
from bylaw.rules.boot.listening import Asked, answered_by_boot, asked_of
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="boot-health-mismatch",
    summary="A health check of an image or a platform asks for a path that no route of the "
    "service has.",
    clauses=("DC-2.4", "DC-13", "DC-12.5"),
    severity="error",
    how="tree",
    family="deploy",
    mend="serve the path, or ask for one that is served",
    needs=frozenset({"manifests"}),
)

_BUILT_IN = frozenset({"/docs", "/redoc", "/openapi.json"})


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per check."""
    seen = set()
    for command in inventory_of(context).winning("api"):
        for asked in asked_of(command):
            key = (asked.file, asked.line, asked.path)
            if not asked.path.startswith("/") or "$" in asked.path or key in seen:
                continue
            seen.add(key)
            yield from _judged(context, command, asked)


def _judged(context: RuleContext, command: StartCommand, asked: Asked) -> Iterator[Finding]:
    routes = [each for each in context.backend.routes if _is_production(context, each)]
    serves = command.module >= 0 or any(step.meaning.program == "manage.py"
                                        for step in command.steps)  # fmt: skip
    if not routes or not serves:
        return
    path = asked.path.partition("?")[0].rstrip("/") or "/"
    if path == answered_by_boot(context, command):
        return
    found = [each for each in routes if _matches(each.url, path)]
    if any("GET" in each.methods or "HEAD" in each.methods or not each.methods for each in found):
        return
    frameworks = {each.framework for each in routes}
    if path in _BUILT_IN and frameworks & {"fastapi"}:
        return
    hidden = any(each.kind in ("router", "include", "url", "route")
                 for each in context.backend.unresolved)  # fmt: skip
    if not found and (hidden or path == "/" or _is_spelled(context, path)):
        return
    if found:
        what = ", ".join(sorted({method for each in found for method in each.methods}))
        message = f"{asked.what} asks for {asked.path}, which takes {what} only"
    else:
        message = f"{asked.what} asks for {asked.path}, and no route has that path"
    yield file_finding(
        INFO, asked.file, asked.line, message, confidence=1, sink=asked.path, symbol=command.name,
        severity="warning" if command.is_development else "",
        witness=(Step(command.path, command.line, command.name, "the service it asks"),),
        mend=_near(routes),
    )  # fmt: skip


def _is_production(context: RuleContext, route: Route) -> bool:
    modules = context.memo.setdefault(
        "boot-paths", {p: number for number, p in enumerate(context.project.paths)}
    )
    return bool(context.project.roles[modules[route.path]] != TEST)


def _matches(url: str, path: str) -> bool:
    """Whether a route serves a path; a part that is computed may be anything."""
    if "${" in url or "(" in url or "\\" in url:
        pattern = re.sub(r"\\?\$\\?\{.*?\\?\}|\\\(.*\\\)", ".*", re.escape(url))
    else:
        pattern = re.escape(url)
    pattern = re.sub(r"\\\{[^{}]*:path\\\}", ".+", pattern)
    pattern = re.sub(r"\\\{[^{}]*\\\}|<[^<>]*>", "[^/]+", pattern)
    return bool(re.fullmatch(pattern.rstrip("/") + "/?", path)) or (
        path == "/" and url in ("", "/")
    )


def _is_spelled(context: RuleContext, path: str) -> bool:
    """Whether some module that is no test has the path in its text: a middleware, a mount."""
    last = path.strip("/")
    quoted = re.compile(rf"[/^]{re.escape(last)}[\"'/$?]|[\"']{re.escape(last)}/")
    project = context.project
    return any(
        last in (text := context.repository.text(each)) and quoted.search(text)
        for number, each in enumerate(project.paths)
        if project.roles[number] != TEST
    )


def _near(routes: list[Route]) -> str:
    words = ("health", "ready", "live", "ping", "status")
    known = sorted({each.url for each in routes if any(word in each.url for word in words)})
    return f"ask for {known[0]}" if known else INFO.mend
