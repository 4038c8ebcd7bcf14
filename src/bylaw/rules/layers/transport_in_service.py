"""``transport-in-service``: a service that knows about HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding, Step
from bylaw.model.backend.class_bodies import outside_names
from bylaw.model.evaluate import evaluate
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.layers.standing import SERVICE, Standings, standings
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="transport-in-service",
    summary="A service imports a type of the web framework, or raises one of its errors.",
    clauses=("FS-1.P2", "FS-4.2"),
    severity="warning",
    how="model",
    family="layers",
    mend="raise an exception of the domain and take plain values; the router translates both",
    options=(
        ("strict", False, "what the framework has that is no type of HTTP counts as well"),
        ("type-checking", False, "imports for type checking count as well"),
    ),
)
_FRAMEWORKS = (
    "fastapi", "starlette", "flask", "quart", "flask_restful", "flask_restx", "werkzeug",
    "django.http", "django.shortcuts", "rest_framework", "litestar", "sanic", "aiohttp.web",
    "falcon", "bottle", "ninja",
)  # fmt: skip
_NEUTRAL = (
    "fastapi.concurrency", "fastapi.encoders", "fastapi.logger", "fastapi.status",
    "starlette.concurrency", "starlette.config", "starlette.status", "starlette.types",
    "starlette.datastructures.Secret", "flask.json", "flask.current_app", "flask.has_app_context",
    "flask.has_request_context", "flask.render_template_string", "flask.render_template",
    "flask.Flask", "werkzeug.security", "werkzeug.utils", "werkzeug.local", "werkzeug.urls",
    "rest_framework.authtoken", "rest_framework.settings",
)  # fmt: skip
_ERRORS = frozenset(
    {
        "fastapi.HTTPException", "fastapi.exceptions.HTTPException",
        "starlette.exceptions.HTTPException", "werkzeug.exceptions.HTTPException",
        "rest_framework.exceptions.APIException", "aiohttp.web.HTTPException",
        "django.http.Http404", "fastapi.exceptions.RequestValidationError",
    }
)  # fmt: skip
_HANDLERS = ("Resource", "View", "ViewSet", "Endpoint", "Controller", "RequestHandler")
"""How the classes that frameworks call to handle requests are named."""
_SKIPPED = F.IN_TYPE_CHECKING


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per import statement, and per function that raises an HTTP error of our own."""
    project, places = context.project, standings(context)
    for module in range(len(project.paths)):
        standing = places.of_module(module)
        if standing.role == SERVICE and standing.is_domain:
            yield from _imports(context, places, module)
    for number, function in enumerate(project.functions):
        if function[F.F_RAISES] and function[F.F_PARENT] >= 0:
            standing = places.of_function(number)
            if standing.role == SERVICE and standing.is_domain:
                yield from _raises(context, number, function, standing.confidence)


def _imports(context: RuleContext, places: Standings, module: int) -> Iterator[Finding]:
    project = context.project
    by_line: dict[int, list[tuple[Any, ...]]] = {}
    for record in project.facts[module][F.IMPORTS]:
        if _counts(context, module, record):
            by_line.setdefault(record[F.I_LINE], []).append(record)
    for records in by_line.values():
        records = [each for each in records if not _is_only_wired(context, module, each)]
        users = {
            user: None for record in records for user in _users(context, module, _bound(record))
        }
        based = any(_is_base_of_handlers(context, module, _bound(record)) for record in records)
        outside = all(places.of_function(each).role != SERVICE for each in users)
        if not records or ((users or based) and outside):
            continue
        first = records[0]
        names = ", ".join(dict.fromkeys(_dotted(record) for record in records))
        yield make_finding(
            INFO,
            project,
            project.function_offset[module] + first[F.I_FUNCTION],
            (first[F.I_LINE], first[F.I_COL], first[F.I_END]),
            f"{project.modules[module].name} is a service and imports {names}",
            confidence=places.of_module(module).confidence,
            sink=names,
            witness=tuple(
                Step(project.paths[module], project.functions[each][F.F_LINE],
                     project.symbol(each), "uses it")
                for each in users if places.of_function(each).role == SERVICE
            ),
        )  # fmt: skip


def _counts(context: RuleContext, module: int, record: tuple[Any, ...]) -> bool:
    """Whether an import brings a type of HTTP into a module."""
    if record[F.I_LEVEL]:
        return False
    situation = context.project.facts[module][F.SITUATIONS][record[F.I_SITUATION]]
    if situation[F.S_FLAGS] & _SKIPPED and not context.option(INFO, "type-checking"):
        return False
    dotted = _dotted(record)
    if not _within(dotted, _FRAMEWORKS):
        return False
    return bool(context.option(INFO, "strict")) or not _within(dotted, _NEUTRAL)


def _is_only_wired(context: RuleContext, module: int, record: tuple[Any, ...]) -> bool:
    """Whether ``import flask`` only brings what is no HTTP: ``def set_up(app: flask.Flask)``."""
    if record[F.I_NAME] or context.option(INFO, "strict"):
        return False
    name = _bound(record)
    paths = {path.lstrip("[") for function in context.project.facts[module][F.FUNCTIONS]
             for path in _paths(function)}  # fmt: skip
    used = [path for path in paths if _root(path) == name]
    return bool(used) and all(_within(path.rstrip("!()[]"), _NEUTRAL) for path in used)


def _dotted(record: tuple[Any, ...]) -> str:
    name = record[F.I_NAME]
    return f"{record[F.I_MODULE]}.{name}" if name and name != "*" else str(record[F.I_MODULE])


def _within(dotted: str, roots: tuple[str, ...]) -> bool:
    return any(dotted == each or dotted.startswith(f"{each}.") for each in roots)


def _bound(record: tuple[Any, ...]) -> str:
    alias: str = record[F.I_ALIAS] or record[F.I_NAME] or record[F.I_MODULE].partition(".")[0]
    return alias


def _users(context: RuleContext, module: int, name: str) -> Iterator[int]:
    """Functions of a module that mention a name it imports."""
    project = context.project
    offset = project.function_offset[module]
    for index, function in enumerate(project.facts[module][F.FUNCTIONS]):
        if index and name in _mentioned(function):
            yield offset + index


def _is_base_of_handlers(context: RuleContext, module: int, name: str) -> bool:
    """Whether a class of a module derives a class of handlers by a name that it imports."""
    project = context.project
    return any(
        project.class_home[number] == module
        and any(_root(base) == name for base in record[F.K_BASES])
        and any(
            _within(each, _FRAMEWORKS) and each.endswith(_HANDLERS)
            for each in outside_names(context.backend.index, number)
        )
        for number, record in enumerate(project.classes)
    )


def _mentioned(function: tuple[Any, ...]) -> set[str]:
    return {_root(path) for path in _paths(function)}


def _paths(function: tuple[Any, ...]) -> list[str]:
    paths = [each[F.P_ANNOTATION] for each in function[F.F_PARAMS]]
    paths += [each[F.P_DEFAULT] for each in function[F.F_PARAMS]]
    paths += [each[F.C_PATH] for each in function[F.F_CALLS]]
    paths += [each[F.L_PATH] for each in function[F.F_LOADS]]
    paths += [each[F.R_PATH] for each in function[F.F_RAISES]]
    paths += [each[F.D_PATH] for each in function[F.F_DECORATORS]]
    paths.append(function[F.F_RETURNS])
    return [path for path in paths if type(path) is str and path]


def _root(path: str) -> str:
    path = path.lstrip("[")
    for end, character in enumerate(path):
        if not (character.isalnum() or character == "_"):
            return path[:end]
    return path


def _raises(
    context: RuleContext, number: int, function: tuple[Any, ...], confidence: int
) -> Iterator[Finding]:
    """The first raise of a class of ours that is an error of HTTP by what it derives from."""
    project = context.project
    module = project.function_home[number]
    for record in function[F.F_RAISES]:
        path = record[F.R_PATH]
        value = evaluate(project, module, path) if path and ":" not in path else None
        if value is None or value[0] not in "CI":
            continue
        bases = _ERRORS.intersection(outside_names(context.backend.index, value[1]))
        if bases:
            name = project.class_name(value[1])
            yield make_finding(
                INFO,
                project,
                number,
                (record[F.R_LINE], record[F.R_COL], record[F.R_END]),
                f"{function[F.F_NAME]} is a service's and raises {name.rpartition('.')[2]}, "
                f"a {min(bases)}",
                confidence=confidence,
                sink=name,
            )
            return
