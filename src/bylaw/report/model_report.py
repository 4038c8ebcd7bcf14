"""The model of a backend, for programs; ``model_text`` prints it for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bylaw.errors import Diagnostic
from bylaw.model.backend.backend_model import BackendModel
from bylaw.model.backend.items import DomainException, Route, Settings, Table, TestedBy
from bylaw.model.project import Project
from bylaw.source.project_root import covers

SCHEMA = "bylaw.model/1"


def render_model(
    model: BackendModel,
    root: str,
    inside: Sequence[str],
    errors: Sequence[Diagnostic],
    format_: str,
    version: str,
) -> str:
    """Prints what a backend consists of.

    Args:
        model: the model.
        root: absolute path of the root.
        inside: paths below the root to print; an empty string for all.
        errors: what made the model incomplete.
        format_: ``text`` or ``json``.
        version: version of Bylaw.

    Returns:
        The report, the same for the same tree.
    """
    if format_ == "text":
        from bylaw.report.model_text import model_text

        return model_text(model, lambda path: covers(inside, path), errors)
    from bylaw.report.json_report import json_text

    project = model.project

    def chosen(items: Iterable[Any], show: Callable[[Project, Any], dict[str, Any]]) -> list[Any]:
        return [show(project, each) for each in items if covers(inside, each.path)]

    document = {
        "schema": SCHEMA,
        "tool": {"name": "bylaw", "version": version},
        "root": root,
        "routes": chosen(model.routes, route_object),
        "tables": chosen(model.tables, table_object),
        "settings": chosen(model.settings, settings_object),
        "roles": chosen(model.components, _plain),
        "tests": chosen(model.tests, _test_object),
        "exceptions": chosen(model.exceptions, _exception_object),
        "handlers": chosen(model.handlers, _plain),
        "unresolved": chosen(model.unresolved, _plain),
        "errors": [each.entry() for each in errors],
    }
    return json_text(document)


_NUMBERS = frozenset({"function", "number", "owner", "module"})


def _plain(_: Project, item: Any) -> dict[str, Any]:
    """An item as it is, without the numbers that mean something only inside one run."""
    shown = {name: value for name, value in item._asdict().items() if name not in _NUMBERS}
    return {name: list(value) if isinstance(value, tuple) else value
            for name, value in shown.items()}  # fmt: skip


def route_object(project: Project, route: Route) -> dict[str, Any]:
    """A route as JSON."""
    shown = _plain(project, route)
    shown["models"] = [project.class_name(each) for each in route.models]
    shown["parameters"] = [
        {**_plain(project, each), "model": _class(project, each.model)} for each in route.parameters
    ]
    shown["dependencies"] = [_plain(project, each) for each in route.dependencies]
    return shown


def _class(project: Project, number: int) -> str:
    return project.class_name(number) if number >= 0 else ""


def table_object(project: Project, table: Table) -> dict[str, Any]:
    """A table as JSON; ``has_index`` says whether an index begins with a column."""
    shown = _plain(project, table)
    shown["columns"] = [
        {**_plain(project, each), "has_index": table.is_indexed(each)} for each in table.columns
    ]
    shown["indexes"] = [_plain(project, each) for each in table.indexes]
    shown["relationships"] = [_plain(project, each) for each in table.relationships]
    return shown


def settings_object(project: Project, settings: Settings) -> dict[str, Any]:
    """Settings as JSON."""
    fields = [_plain(project, each) for each in settings.fields]
    return {**_plain(project, settings), "fields": fields}


def _test_object(project: Project, test: TestedBy) -> dict[str, Any]:
    shown = _plain(project, test)
    for name in ("fixtures", "exercises", "handlers"):
        shown[name] = [project.symbol(each) for each in getattr(test, name)]
    return shown


def _exception_object(project: Project, found: DomainException) -> dict[str, Any]:
    shown = _plain(project, found)
    shown["raised"] = [_plain(project, each) for each in found.raised]
    shown["handlers"] = [_plain(project, each) for each in found.handlers]
    return shown
