"""``fat-handler``: a route handler that decides what the domain should decide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.finding import Finding, Step
from bylaw.rules.context import RuleContext
from bylaw.rules.rule import RuleInfo
from bylaw.rules.web.registrations import Registration, is_operational, registrations, report

INFO = RuleInfo(
    name="fat-handler",
    summary="A route handler branches on domain state, loops over data, calculates, or joins "
    "several repositories.",
    clauses=("AP-PY01", "PQG-3", "FS-1.P1"),
    severity="warning",
    how="model",
    family="web",
    mend="move the decision to a service that the handler calls once",
    options=(
        ("strict", False, "warn about a single decision as well"),
        ("repositories", 3, "how many repositories a handler may not call itself"),
    ),
)

_SAID = {"branch": "branches on", "loop": "loops over", "sum": "calculates with"}


class _Decision(NamedTuple):
    kind: str
    line: int
    about: str


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per handler; a note where it decides one thing."""
    most = int(context.option(INFO, "repositories"))
    told: set[int] = set()
    for each in registrations(context):
        if each.function in told or is_operational(each.route):
            continue
        told.add(each.function)
        found = list(_decisions(context, each))
        joined = _repositories(context, each.function)
        if found or len(joined) >= most:
            yield _finding(context, each, found, joined if len(joined) >= most else [])


def _finding(
    context: RuleContext, found: Registration, decisions: list[_Decision], joined: list[str]
) -> Finding:
    name = context.project.symbol(found.function).rpartition(".")[2]
    parts = []
    for kind, said in _SAID.items():
        about = dict.fromkeys(each.about for each in decisions if each.kind == kind)
        if about:
            parts.append(f"{said} {', '.join(about)}")
    if joined:
        last = [".".join(each.split(".")[-2:]) for each in joined]
        parts.append(f"joins {len(joined)} repositories ({', '.join(last)})")
    count = len(decisions) + len(joined)
    severity = INFO.severity if count > 1 or context.option(INFO, "strict") else "note"
    path, symbol = context.project.path_of(found.function), context.project.symbol(found.function)
    steps = tuple(Step(path, each.line, symbol, f"{_SAID[each.kind]} {each.about}")
                  for each in decisions)  # fmt: skip
    message = f"{name}() {' and '.join(parts)}"
    finding = report(
        INFO, context, found, message, confidence=0 if decisions else 1, severity=severity
    )
    return finding._replace(witness=steps)


def _decisions(context: RuleContext, found: Registration) -> Iterator[_Decision]:
    """What the handler decides about more than its own input."""
    home = context.project.function_home[found.function]
    owner = found.function - context.project.function_offset[home]
    given = {each.name for each in found.route.parameters if each.source == "dependency"}
    for record in context.project.facts[home][F.DECLARED]:
        if record[F.E_KIND] != "t" or record[F.E_OWNER] != owner:
            continue
        for kind, line, about in record[F.E_VALUE]:
            name = about.removeprefix("=")
            if about[:1] != "=" or name in given:
                yield _Decision(kind, line, name or "what it looked up")


def _repositories(context: RuleContext, function: int) -> list[str]:
    """Modules that query and that a handler calls itself."""
    roles = context.memo.get("repository-modules")
    if roles is None:
        roles = {
            each.module: each.name
            for each in context.backend.components
            if each.role == "repository" and each.primary
        }
        context.memo["repository-modules"] = roles
    project = context.project
    called = {
        project.function_home[edge.callee]
        for edge in context.graph.edges[function]
        if edge.confidence < 2 and not project.functions[edge.callee][F.F_FLAGS] & F.PROPERTY
    }
    return sorted(roles[each] for each in called if each in roles)
