"""``fat-handler``: a route handler that decides what the domain should decide."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.finding import Finding, Step
from bylaw.model.class_lookup import resolution_order
from bylaw.model.evaluate import evaluate
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

_NEAR = 4
"""Calls from a handler's own call down to the query that makes a repository of it."""
_POSSIBLE = 2
_NAMED = frozenset({"repository", "repositories", "repo", "repos", "crud", "dao", "daos"})
_SESSIONS = frozenset({"session", "db", "db_session", "connection", "conn"})
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
    """Modules that query and whose queries a handler asks for itself.

    A module queries when some function of it does; what the handler calls there has to reach one
    as well, or to take a session, unless the module is named as what it is. A table that stores or
    loads itself is no repository.
    """
    known = context.memo.get("repository-modules")
    if known is None:
        known = context.memo["repository-modules"] = _known(context)
    roles, stored = known
    project = context.project
    called = {
        home
        for edge in context.graph.edges[function]
        if edge.confidence < _POSSIBLE
        and (home := project.function_home[edge.callee]) in roles
        and not project.functions[edge.callee][F.F_FLAGS] & F.PROPERTY
        and _owner(context, edge.callee) not in stored
        and (_is_named(roles[home]) or _queries(context, edge.callee))
    }
    return sorted(roles[each] for each in called)


def _known(context: RuleContext) -> tuple[dict[int, str], set[int]]:
    """Modules that are repositories, and the classes that tables are or derive from."""
    roles = {
        each.module: each.name
        for each in context.backend.components
        if each.role == "repository" and each.primary
    }
    tables = [each.number for each in context.backend.tables if each.number >= 0]
    above = (resolution_order(context.project, table, evaluate) for table in tables)
    return roles, {each for order in above for each in order}


def _is_named(module: str) -> bool:
    return not _NAMED.isdisjoint(re.split(r"[._]", module))


def _owner(context: RuleContext, function: int) -> int:
    """Class a function is a method of, -1 for none."""
    project = context.project
    inside = project.functions[function][F.F_CLASS]
    return project.class_offset[project.function_home[function]] + inside if inside >= 0 else -1


def _queries(context: RuleContext, function: int) -> bool:
    """Whether a function asks a database, itself or a few calls down, or is given one to ask."""
    params = context.project.functions[function][F.F_PARAMS]
    if any(each[F.P_NAME].lstrip("_") in _SESSIONS for each in params):
        return True
    seen = near = {function}
    for _ in range(_NEAR):
        if any(seed.kind == "database" for each in near for seed in context.graph.seeds[each]):
            return True
        near = {
            edge.callee
            for each in near
            for edge in context.graph.edges[each]
            if edge.confidence < _POSSIBLE
        } - seen
        seen = seen | near
    return False
