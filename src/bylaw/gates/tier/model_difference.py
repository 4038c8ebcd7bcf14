"""What a change did to the model of the backend: routes, guards, tables, settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from bylaw.gates.tier.entries import label_of
from bylaw.gates.tier.surfaces import HIGH, MEDIUM, Touched
from bylaw.model.backend.items import Column, Dependency, Route, SettingsField, Table
from bylaw.model.roles import is_test_path
from bylaw.rules.context import RuleContext
from bylaw.rules.web.authentication import guards

Item = TypeVar("Item")


def model_reasons(before: RuleContext, after: RuleContext) -> Iterator[Touched]:
    """Reasons that the models before and after a change give.

    Args:
        before: what the repository said at the base.
        after: what it says now.
    """
    yield from _routes(before, after)
    yield from _tables(before.backend.tables, after.backend.tables)
    yield from _settings(before, after)


def _by(items: Iterable[Item], key: Callable[[Item], object]) -> dict[object, list[Item]]:
    found: dict[object, list[Item]] = {}
    for each in items:
        found.setdefault(key(each), []).append(each)
    return found


def _route_key(route: Route) -> tuple[object, ...]:
    return (route.kind, route.methods, route.url)


def _routes(before: RuleContext, after: RuleContext) -> Iterator[Touched]:
    old, new = (
        _by((each for each in context.backend.routes if not is_test_path(each.path)), _route_key)
        for context in (before, after)
    )
    for key in old.keys() - new.keys():
        for route in old[key]:
            why = f"{label_of(route)} is gone"
            yield Touched("contract", route.path, route.handler, why, HIGH)
    for key in new.keys() - old.keys():
        for route in new[key]:
            yield Touched("contract", route.path, route.handler, f"{label_of(route)} is new", HIGH)
            if not guards(after, route) and any(
                guards(before, each) for each in _alike(old, route)
            ):
                why = f"{label_of(route)} asks nobody who is there"
                yield Touched("security", route.path, route.handler, why, HIGH)
    for key in old.keys() & new.keys():
        for one, other in zip(old[key], new[key], strict=False):
            yield from _route(before, after, one, other)
        if len(old[key]) != len(new[key]):
            route = new[key][-1]
            why = f"{label_of(route)} is registered {len(new[key])} times, was {len(old[key])}"
            yield Touched("contract", route.path, route.handler, why, HIGH)


def _alike(old: Mapping[object, list[Route]], route: Route) -> list[Route]:
    """Routes at the base that had the same handler."""
    return [each for found in old.values() for each in found if each.handler == route.handler]


def _route(before: RuleContext, after: RuleContext, old: Route, new: Route) -> Iterator[Touched]:
    label = label_of(new)
    for what in _contract_of(old, new):
        yield Touched("contract", new.path, new.handler, f"{label}: {what}", HIGH)
    if old.path != new.path:
        why = f"{label}: registered here, was in {old.path}"
        yield Touched("contract", new.path, new.handler, why, HIGH)
    gone, came = _guards(before, old), _guards(after, new)
    for name in sorted(gone - came):
        yield Touched(
            "security", new.path, new.handler, f"{label}: no longer guarded by {name}", HIGH
        )
    for name in sorted(came - gone):
        yield Touched("security", new.path, new.handler, f"{label}: now guarded by {name}", HIGH)
    others = {_short(each) for each in old.dependencies} ^ {
        _short(each) for each in new.dependencies
    }
    for name in sorted(others - gone - came):
        why = f"{label}: what runs before it is another: {name}"
        yield Touched("behaviour", new.path, new.handler, why, MEDIUM)


def _short(each: Dependency) -> str:
    """What a dependency is called, however its module is called."""
    scopes = f"({', '.join(each.scopes)})" if each.scopes else ""
    return each.name.rpartition(".")[2] + scopes


def _guards(context: RuleContext, route: Route) -> set[str]:
    return {
        _short(each)
        for each in route.dependencies
        if guards(context, route._replace(dependencies=(each._replace(depth=0),)))
    }


def _contract_of(old: Route, new: Route) -> Iterator[str]:
    """What clients see of a route that is another now."""
    before = {each.name: each for each in old.parameters if each.source != "dependency"}
    after = {each.name: each for each in new.parameters if each.source != "dependency"}
    for name in sorted(before.keys() | after.keys()):
        one, other = before.get(name), after.get(name)
        if one is None:
            yield f"parameter {name} is new"
        elif other is None:
            yield f"parameter {name} is gone"
        elif (one.source, one.annotation, one.required) != (
            other.source, other.annotation, other.required
        ):  # fmt: skip
            yield f"parameter {name} is another"
    if old.response_model != new.response_model:
        yield f"answers {new.response_model or 'anything'}, was {old.response_model or 'anything'}"
    if old.status_code != new.status_code:
        yield "its status code is another"
    if old.in_schema != new.in_schema:
        yield "shown in the schema" if new.in_schema else "no longer shown in the schema"


def _tables(before: Iterable[Table], after: Iterable[Table]) -> Iterator[Touched]:
    old, new = (
        _by((each for each in tables if not is_test_path(each.path)), lambda each: each.name)
        for tables in (before, after)
    )
    for name in old.keys() - new.keys():
        for table in old[name]:
            why = f"table {name} is gone"
            yield Touched("persistence", table.path, table.model, why, HIGH)
    for name in new.keys() - old.keys():
        for table in new[name]:
            why = f"table {name} is new"
            yield Touched("persistence", table.path, table.model, why, HIGH)
    for name in old.keys() & new.keys():
        for one, other in zip(old[name], new[name], strict=False):
            for symbol, what in _table(one, other):
                yield Touched("persistence", other.path, symbol, f"table {name}: {what}", HIGH)


def _plain(column: Column) -> tuple[object, ...]:
    return column._replace(path="", line=0)


def _table(old: Table, new: Table) -> Iterator[tuple[str, str]]:
    before, after = ({each.name: each for each in table.columns} for table in (old, new))
    for name in sorted(before.keys() | after.keys()):
        symbol = f"{new.model}.{name}"
        if name not in before:
            yield symbol, f"column {name} is new"
        elif name not in after:
            yield symbol, f"column {name} is gone"
        elif _plain(before[name]) != _plain(after[name]):
            yield symbol, f"column {name} is another"
    keys = [{(each.kind, each.name, each.columns, each.partial) for each in table.indexes}
            for table in (old, new)]  # fmt: skip
    for kind, name, columns, _ in sorted(keys[0] ^ keys[1]):
        how = "gone" if (kind, name, columns, _) in keys[0] else "new"
        yield new.model, f"{kind} over {', '.join(columns)} is {how}"


def _settings(before: RuleContext, after: RuleContext) -> Iterator[Touched]:
    old, new = _variables(before), _variables(after)
    for name in sorted(old.keys() - new.keys()):
        path = old[name].path
        yield Touched("settings", path, name, f"the variable {name} is no longer read", MEDIUM)
    for name in sorted(new.keys() - old.keys()):
        each = new[name]
        if each.required:
            why = f"the variable {name} must be set where the service runs"
            yield Touched("settings", each.path, name, why, HIGH)
        else:
            yield Touched("settings", each.path, name, f"the variable {name} is new", MEDIUM)
    for name in sorted(old.keys() & new.keys()):
        one, other = old[name], new[name]
        if other.required and not one.required:
            why = f"the variable {name} must be set now where the service runs"
            yield Touched("settings", other.path, name, why, HIGH)
        elif one.required != other.required or one.annotation != other.annotation:
            yield Touched("settings", other.path, name, f"the variable {name} is another", MEDIUM)


def _variables(context: RuleContext) -> dict[str, SettingsField]:
    """Variables of the environment by name, each as the first place reads it."""
    found: dict[str, SettingsField] = {}
    for settings in context.backend.settings:
        for field in settings.fields:
            for name in field.variables:
                if not is_test_path(field.path):
                    found.setdefault(name, field)
    return found
