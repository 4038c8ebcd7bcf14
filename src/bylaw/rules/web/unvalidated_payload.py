"""``unvalidated-payload``: a handler works on a payload that no schema has seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.backend.items import Route, RouteParameter
from bylaw.model.class_lookup import outside_bases
from bylaw.model.evaluate import evaluate
from bylaw.model.roles import TEST
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo
from bylaw.rules.web.registrations import ASGI, Registration, registrations, report

INFO = RuleInfo(
    name="unvalidated-payload",
    summary="A handler reads a request body that no schema validates.",
    clauses=("FS-5.1",),
    severity="warning",
    how="model",
    family="web",
    mend="declare a model for the body, or hand the payload to Model.model_validate at once",
)

_SHAPELESS = frozenset(
    {"dict", "Dict", "Any", "Mapping", "MutableMapping", "list", "List", "object", "JSON",
     "dict[str, Any]", "Dict[str, Any]", "Mapping[str, Any]", "list[dict]", "list[Any]",
     "List[dict]", "List[Any]", "list[dict[str, Any]]", "List[Dict]", "List[Dict[str, Any]]",
     "dict[str, object]", "dict[Any, Any]", "Dict[Any, Any]", "Mapping[str, object]"}
)  # fmt: skip
_MODULE = re.compile(r"\b(?:\w+\.)+(?=\w)")
_WRAPPED = re.compile(r"(?:Optional|Annotated)\[")
_VALIDATORS = frozenset(
    {"model_validate", "model_validate_json", "parse_obj", "parse_raw", "validate_python",
     "validate_json", "validate", "parse_obj_as", "load", "structure", "convert", "from_dict",
     "construct_event", "loads"}
)  # fmt: skip
_MODELS = frozenset({"pydantic.BaseModel", "sqlmodel.SQLModel", "pydantic.RootModel",
                     "pydantic.v1.BaseModel", "marshmallow.Schema", "msgspec.Struct"})  # fmt: skip
_REQUESTS = frozenset({"fastapi.Request", "starlette.requests.Request", "fastapi.requests.Request"})


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per shapeless body parameter and per payload that is read raw."""
    told: set[tuple[int, int]] = set()
    for each in registrations(context, ASGI):
        for parameter in each.route.parameters:
            if _is_shapeless(parameter) and (each.function, parameter.line) not in told:
                told.add((each.function, parameter.line))
                yield _shapeless(context, each, parameter)
        if any(one.source == "body" and one.model >= 0 for one in each.route.parameters):
            continue
        for function in (each.function, *_dependencies(context, each.route)):
            for call in _raw_reads(context, function):
                if (function, call[F.C_LINE]) not in told:
                    told.add((function, call[F.C_LINE]))
                    yield _raw(context, function, call)


def _is_shapeless(parameter: RouteParameter) -> bool:
    if parameter.source != "body":
        return False
    annotation = _MODULE.sub("", parameter.annotation)
    while (wrapped := _WRAPPED.match(annotation)) is not None:
        annotation = _first(annotation[wrapped.end() : -1])
    return not annotation or annotation.removesuffix(" | None") in _SHAPELESS


def _first(inside: str) -> str:
    """The first of what stands in brackets."""
    depth = 0
    for end, character in enumerate(inside):
        depth += (character in "[(") - (character in "])")
        if character == "," and not depth:
            return inside[:end]
    return inside


def _shapeless(context: RuleContext, found: Registration, parameter: RouteParameter) -> Finding:
    shape = parameter.annotation or "no type"
    finding = report(INFO, context, found, f"the body {parameter.name} has {shape} for a schema")
    return finding._replace(line=parameter.line, end_line=parameter.line, column=1)


def _dependencies(context: RuleContext, route: Route) -> list[int]:
    roles, home = context.project.roles, context.project.function_home
    return [each.function for each in route.dependencies
            if each.function >= 0 and roles[home[each.function]] != TEST]  # fmt: skip


def _raw_reads(context: RuleContext, function: int) -> Iterator[tuple[Any, ...]]:
    """Calls of ``request.json()`` whose result nothing validates in the same function."""
    calls = context.project.functions[function][F.F_CALLS]
    for call in calls:
        base, _, name = call[F.C_PATH].rpartition(".")
        if name != "json" or call[F.C_ARGS] or not _is_request(context, function, base):
            continue
        if not _is_validated(context, function, call, calls):
            yield call


def _is_request(context: RuleContext, function: int, path: str) -> bool:
    if path.endswith("!"):
        project = context.project
        value = evaluate(project, project.function_home[function], path)
        if value is None:
            return path.endswith("Request!")
        return value[0] not in "IC" and str(value[1]).rstrip("()") in _REQUESTS
    return path == "=request"


def _is_validated(
    context: RuleContext, function: int, read: tuple[Any, ...], calls: tuple[Any, ...]
) -> bool:
    payload = f"{read[F.C_PATH]}()"
    for call in calls:
        if not _validates(context, function, call):
            continue
        arguments = [each.partition("=")[2] if "=" in each[1:] and each[0] not in "'=" else each
                     for each in call[F.C_ARGS]]  # fmt: skip
        if any(each.startswith(payload) for each in arguments):
            return True
        if any(each in ("**?", "?") for each in call[F.C_ARGS]) or call[F.C_LINE] == read[F.C_LINE]:
            return True
    return False


def _validates(context: RuleContext, function: int, call: tuple[Any, ...]) -> bool:
    """Whether a call makes a schema of what it is given."""
    if call[F.C_PATH].rpartition(".")[2] in _VALIDATORS:
        return True
    project = context.project
    value = evaluate(project, project.function_home[function], call[F.C_PATH])
    if value is None or value[0] != "C":
        return False
    bases = {project.stubs.canonical(each) for each in outside_bases(project, value[1], evaluate)}
    return not bases.isdisjoint(_MODELS)


def _raw(context: RuleContext, function: int, call: tuple[Any, ...]) -> Finding:
    return make_finding(
        INFO,
        context.project,
        function,
        (call[F.C_LINE], call[F.C_COL], call[F.C_END]),
        "the body is read as it came, and no schema has seen it",
        sink="request.json()",
    )
