"""The model of a backend as a summary that a newcomer reads first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bylaw.errors import Diagnostic
from bylaw.model.backend.backend_model import BackendModel
from bylaw.model.backend.items import Component, DomainException, Route, Settings, Table, TestedBy
from bylaw.report.tally import plural

_ROLES = ("entry", "router", "service", "repository", "model", "schema", "settings", "migration",
          "script", "test")  # fmt: skip
_WIDEST = 48


def model_text(
    model: BackendModel, is_wanted: Callable[[str], bool], errors: Sequence[Diagnostic]
) -> str:
    """Counts, routes, tables with their keys, settings, roles, exceptions, what tests reach.

    Args:
        model: the model.
        is_wanted: says which files are printed.
        errors: what made the model incomplete.

    Returns:
        The text, ended by a line break.
    """

    def chosen(items: Iterable[Any]) -> list[Any]:
        return [each for each in items if is_wanted(each.path)]

    routes, tables = chosen(model.routes), chosen(model.tables)
    settings, components = chosen(model.settings), chosen(model.components)
    tests, exceptions = chosen(model.tests), chosen(model.exceptions)
    lines = [_counts(routes, tables, settings, tests, exceptions)]
    lines += _route_lines(routes)
    lines += _table_lines(tables)
    lines += _settings_lines(settings)
    lines += _role_lines(components)
    lines += _exception_lines(exceptions)
    lines += _test_lines(routes, tests)
    unresolved = chosen(model.unresolved)
    if unresolved:
        lines += ["", f"Not followed ({len(unresolved)})"]
        lines += [f"  {each.path}:{each.line}  {each.what}: {each.reason}" for each in unresolved]
    lines += [f"error: {each.path}: {each.message}" for each in errors]
    return "\n".join(lines) + "\n"


def _counts(
    routes: list[Route], tables: list[Table], settings: list[Settings], tests: list[TestedBy],
    exceptions: list[DomainException],
) -> str:  # fmt: skip
    kinds = Counter(each.framework for each in routes)
    of = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    read = sum(len(each.fields) for each in settings)
    return ", ".join(
        [
            plural(len(routes), "route") + (f" ({of})" if of else ""),
            plural(len(tables), "table"),
            f"{read} settings",
            plural(len(exceptions), "exception"),
            plural(len(tests), "test"),
        ]
    )


def _route_lines(routes: list[Route]) -> list[str]:
    lines: list[str] = []
    for app in sorted({each.app for each in routes}, key=lambda each: (not each, each)):
        own = sorted((each for each in routes if each.app == app), key=lambda each: each.url)
        title = f"Routes of {app}" if app else "Routes that no known application includes"
        lines += ["", f"{title} ({len(own)})"]
        wide = min(_WIDEST, max(len(each.url) for each in own))
        for each in own:
            methods = ",".join(each.methods) or (each.kind if each.kind != "http" else "any")
            guards = [one.name.rpartition(".")[2] for one in each.dependencies if not one.depth]
            guarded = f"  [{', '.join(guards)}]" if guards else ""
            lines.append(f"  {methods:<7} {each.url:<{wide}}  {each.handler}{guarded}")
    return lines


def _table_lines(tables: list[Table]) -> list[str]:
    lines: list[str] = ["", f"Tables ({len(tables)})"] if tables else []
    for table in sorted(tables, key=lambda each: each.name):
        keys = ", ".join(each.name for each in table.columns if each.primary_key) or "none"
        size = plural(len(table.columns), "column")
        lines.append(f"  {table.name}  {table.model}  {table.path}:{table.line}")
        lines.append(f"    {size}, key {keys}")
        for each in table.columns:
            if each.foreign_key:
                bare = "" if table.is_indexed(each) else "  (no index)"
                lines.append(f"    {each.name} -> {each.foreign_key}{bare}")
    return lines


def _settings_lines(settings: list[Settings]) -> list[str]:
    lines: list[str] = ["", f"Settings ({len(settings)})"] if settings else []
    for each in settings:
        required = [field.variables[0] for field in each.fields if field.required]
        needs = f", needs {', '.join(required)}" if required else ""
        count = plural(len(each.fields), "variable")
        lines.append(f"  {each.name}  {each.kind}, {count}{needs}  {each.path}:{each.line}")
    return lines


def _role_lines(components: list[Component]) -> list[str]:
    lines: list[str] = ["", "Roles"] if components else []
    for role in _ROLES:
        own = [each for each in components if each.role == role and each.primary]
        if not own:
            continue
        lines.append(f"  {role} ({len(own)})")
        if role in ("test", "migration"):
            continue
        lines += [f"    {each.name}: {each.reason}" for each in own]
    return lines


def _exception_lines(exceptions: list[DomainException]) -> list[str]:
    lines: list[str] = ["", f"Exceptions ({len(exceptions)})"] if exceptions else []
    for each in exceptions:
        handled = f"handled by {each.handlers[0].handler}" if each.handlers else "no handler"
        raised = plural(len(each.raised), "raise")
        lines.append(f"  {each.name}  {raised}, {handled}  {each.path}:{each.line}")
    return lines


def _test_lines(routes: list[Route], tests: list[TestedBy]) -> list[str]:
    if not tests:
        return []
    reached = {number for each in tests for number in each.handlers}
    direct = {number for each in tests for number in each.exercises}
    handlers = {each.function: each for each in routes if each.function >= 0}
    missed = [each for number, each in handlers.items() if number not in reached | direct]
    kinds = Counter(each.kind for each in tests)
    lines = ["", f"Tests ({len(tests)}): {kinds['http']} send requests, {kinds['unit']} do not"]
    if handlers:
        count = len(handlers) - len(missed)
        lines.append(f"  {count} of {plural(len(handlers), 'handler')} reached by a test")
    return lines
