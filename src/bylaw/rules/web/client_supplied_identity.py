"""``client-supplied-identity``: the client says who it is, and is believed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.backend.depends import declared_dependency, marker_of, own_dependencies
from bylaw.model.backend.items import Dependency, Route
from bylaw.rules.context import RuleContext
from bylaw.rules.rule import RuleInfo
from bylaw.rules.web.authentication import guards, is_for_strangers, refuses
from bylaw.rules.web.registrations import (
    MUTATING,
    Registration,
    is_operational,
    model_fields,
    registrations,
    report,
    shown,
    tokens,
)

INFO = RuleInfo(
    name="client-supplied-identity",
    summary="A handler takes the id of the acting user from the request although the project has a "
    "current-user dependency.",
    clauses=("FS-5.2",),
    severity="error",
    how="model",
    family="web",
    mend="take the id from the current-user dependency, or compare the two before use",
    options=(("names", [], "further parameters and fields that name the acting user"),),
)

_ACTING = frozenset(
    {"current_user_id", "acting_user_id", "author_id", "actor_id", "requester_id", "sender_id",
     "created_by", "created_by_id", "performed_by", "logged_in_user_id", "creator_id"}
)  # fmt: skip
_PLAIN = frozenset({"user_id", "userid", "owner_id", "uid", "current_user", "acting_user"})
_USERS = frozenset({"user", "subject", "principal", "account", "identity", "member", "customer"})
_ABOVE = frozenset(
    {"admin", "admins", "superuser", "staff", "permission", "permissions", "role", "roles",
     "scope", "scopes", "policy", "rbac", "acl", "privileged", "manager", "sudo", "backoffice",
     "internal"}
)  # fmt: skip
_SOURCES = frozenset({"query", "body", "form", "header", "cookie", "path"})


class _Named(NamedTuple):
    """How a request names a user: as people read it, where it stands, whether it must."""

    words: str
    source: str
    line: int
    required: bool
    acting: bool


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per handler that believes the client."""
    everything = list(registrations(context, ("fastapi",)))
    if not any(_is_user(each) for found in everything for each in found.route.dependencies):
        return
    further = frozenset(context.option(INFO, "names"))
    for found in everything:
        route = found.route
        if is_for_strangers(route) or is_operational(route) or _stands_above(route):
            continue
        named = next(_named(context, route, further), None)
        if named is None or _is_told(context, found) or refuses(context, found.function):
            continue
        yield _finding(context, found, named)


def _finding(context: RuleContext, found: Registration, named: _Named) -> Finding:
    message = (
        f"{shown(found.route)} takes {named.words} from the {named.source} and never looks at "
        "the current user"
    )
    finding = report(INFO, context, found, message, confidence=1)
    return (
        finding._replace(line=named.line, end_line=named.line, column=1) if named.line else finding
    )


def _is_user(dependency: Dependency) -> bool:
    words = tokens(dependency.name.rpartition(".")[2])
    return not words.isdisjoint(_USERS) and "service" not in words


def _stands_above(route: Route) -> bool:
    """Whether an administrator's dependency, or a path of theirs, lets ids name others."""
    if any(each.scopes or tokens(each.name.rpartition(".")[2]) & _ABOVE
           for each in route.dependencies):  # fmt: skip
        return True
    return bool(tokens(route.url) & _ABOVE)


def _is_told(context: RuleContext, found: Registration) -> bool:
    """Whether the handler knows the current user and uses it, or answers to a machine."""
    route = found.route
    users = [each for each in route.dependencies if _is_user(each)]
    if any(each.via == "class" for each in users):
        return True
    if not users:
        return guards(context, route)
    facts = context.project.functions[found.function]
    paths = _user_paths(context, found.function)
    return any(used.startswith(path) for used in _used(facts) for path in paths)


def _user_paths(context: RuleContext, function: int) -> set[str]:
    """Paths by which a handler's body reaches the parameters that hold a current user."""
    index = context.backend.index
    found = set()
    for name, annotation, _ in context.project.functions[function][F.F_PARAMS]:
        marker = marker_of(index, function, name)
        if marker is None:
            continue
        dependency = declared_dependency(
            index, marker.module, marker.call, "parameter", 0, marker.annotation
        )
        if dependency is None:
            continue
        reached = [dependency, *own_dependencies(index, dependency.function, 1)]
        if any(_is_user(each) for each in reached):
            found.add(f"={name}")
            if annotation:
                found.add(annotation if annotation.endswith("()") else f"{annotation}!")
    return found


def _used(facts: tuple[object, ...]) -> Iterator[str]:
    calls, loads, values = facts[F.F_CALLS], facts[F.F_LOADS], facts[F.F_VALUES]
    assert isinstance(calls, tuple)
    assert isinstance(loads, tuple)
    assert isinstance(values, tuple)
    for call in calls:
        yield call[F.C_PATH]
        for each in call[F.C_ARGS]:
            name, equals, value = each.partition("=")
            yield value if equals and name.isidentifier() else each
    yield from (load[F.L_PATH] for load in loads)
    yield from values


def _named(context: RuleContext, route: Route, further: frozenset[str]) -> Iterator[_Named]:
    changes = bool(MUTATING.intersection(route.methods))
    acting = _ACTING | further
    for each in route.parameters:
        if each.source not in _SOURCES:
            continue
        found = []
        if each.name in acting or each.name in _PLAIN:
            found.append(
                _Named(each.name, each.source, each.line, each.required, each.name in acting)
            )
        elif each.source == "body" and each.model >= 0:
            found += [
                _Named(f"{each.name}.{name}", "body", each.line, required, name in acting)
                for name, required in model_fields(context, each.model)
                if required and (name in acting or name in _PLAIN)
            ]
        for one in found:
            if one.acting or (one.required and (changes or one.source != "path")):
                yield one
