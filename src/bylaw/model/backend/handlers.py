"""What a handler function says: parameters and where each is read from, its answer."""

from __future__ import annotations

import re

from bylaw.facts import schema as F
from bylaw.model.backend.declared_index import DeclaredIndex
from bylaw.model.backend.depends import (
    class_dependencies,
    declared_dependency,
    is_depends,
    marker_of,
    with_transitive,
)
from bylaw.model.backend.items import Dependency, RouteParameter
from bylaw.model.backend.references import classes_in
from bylaw.model.backend.shapes import Expression, base_name, given, last_name, render
from bylaw.model.class_lookup import outside_bases
from bylaw.model.evaluate import evaluate

_SOURCES = {
    "Path": "path", "Query": "query", "Body": "body", "Header": "header", "Cookie": "cookie",
    "Form": "form", "File": "file",
}  # fmt: skip
_CONTEXTS = frozenset(
    {"Request", "Response", "WebSocket", "BackgroundTasks", "HTTPConnection", "SecurityScopes"}
)
_BODIES = frozenset(
    {"pydantic.BaseModel", "sqlmodel.SQLModel", "pydantic.RootModel", "pydantic.v1.BaseModel"}
)
_MAPPINGS = frozenset({"dict", "Dict", "Mapping", "MutableMapping", "OrderedDict", "defaultdict"})
_BRACED = re.compile(r"\{(\w+)(?::\w+)?\}")
_TRANSPARENT = frozenset({"Optional", "Annotated", "list", "List", "Union"})


def path_names(url: str) -> frozenset[str]:
    """Names of the parameters in a path."""
    return frozenset(_BRACED.findall(url.replace("${", "")))


def declared_shape(index: DeclaredIndex, function: int, name: str) -> tuple[Expression, bool, int]:
    """Annotation of a parameter, whether it has a default, and its line."""
    project = index.project
    facts = project.functions[function]
    record = index.parameters.get(function, {}).get(name)
    if record is not None:
        annotation, default = record[F.E_VALUE]
        return annotation, default is not None, record[F.E_LINE]
    for each, annotation, default in facts[F.F_PARAMS]:
        if each == name:
            shown = None if annotation is None else annotation.lstrip("[")
            return shown, default is not None, facts[F.F_LINE]
    return None, False, facts[F.F_LINE]


def read_handler(
    index: DeclaredIndex, function: int, url: str, *, is_bound: bool
) -> tuple[tuple[RouteParameter, ...], tuple[Dependency, ...]]:
    """Parameters of a FastAPI handler and what they depend on.

    Args:
        index: the declarations.
        function: number of the handler.
        url: its full or own path.
        is_bound: it is a method whose first parameter is the instance.

    Returns:
        Parameters in order, and dependencies, transitive ones after what needs them.
    """
    names = path_names(url)
    parameters = []
    dependencies: list[Dependency] = []
    facts = index.project.functions[function]
    for position, param in enumerate(facts[F.F_PARAMS]):
        name = param[F.P_NAME]
        if param[F.P_DEFAULT] == "*" or (is_bound and position == 0):
            continue
        parameters.append(_parameter(index, function, name, names))
        marker = marker_of(index, function, name)
        if marker is not None and is_depends(marker.call):
            line = parameters[-1].line
            dependency = declared_dependency(
                index, marker.module, marker.call, "parameter", line, marker.annotation
            )
            if dependency is not None:
                place = (index.project.path_of(function), line)
                dependency = dependency._replace(path=place[0], line=place[1])
                dependencies += with_transitive(index, dependency)
    if is_bound and facts[F.F_CLASS] >= 0 and _is_controller(index, function):
        home = index.project.function_home[function]
        number = index.project.class_offset[home] + facts[F.F_CLASS]
        dependencies = class_dependencies(index, number) + dependencies
    return tuple(parameters), tuple(dependencies)


def _is_controller(index: DeclaredIndex, function: int) -> bool:
    """Whether a decorator makes the class of a method a controller (``cbv``, ``controller``)."""
    project = index.project
    home = project.function_home[function]
    number = project.class_offset[home] + project.functions[function][F.F_CLASS]
    return any(
        path.rpartition(".")[2].lower().endswith(("cbv", "controller", "resource"))
        for path, _, _ in project.classes[number][F.K_DECORATORS]
    )


def _parameter(
    index: DeclaredIndex, function: int, name: str, names: frozenset[str]
) -> RouteParameter:
    annotation, has_default, line = declared_shape(index, function, name)
    marker = marker_of(index, function, name)
    module = index.project.function_home[function]
    models = classes_in(index, module, annotation)
    model = models[0] if models else -1
    required = not has_default
    if marker is not None:
        record = index.parameters.get(function, {}).get(name)
        if record is not None and record[F.E_VALUE][1] is marker.call:
            required = given(marker.call, 0, "default") in (None, ":...")
        if is_depends(marker.call):
            return RouteParameter(name, "dependency", render(annotation), True, line, model)
        source = _SOURCES.get(last_name(marker.call), "")
        if source:
            return RouteParameter(name, source, render(annotation), required, line, model)
    source = _implied_source(index, annotation, name, names, model)
    return RouteParameter(name, source, render(annotation), required, line, model)


def _implied_source(
    index: DeclaredIndex, annotation: Expression, name: str, names: frozenset[str], model: int
) -> str:
    """Where FastAPI reads a parameter from that nothing marks."""
    if name in names:
        return "path"
    inner = annotation
    while type(inner) is tuple and inner[0] == "index" and last_name(inner[1]) in _TRANSPARENT:
        inner = inner[2][0]
    if type(inner) is tuple and inner[0] == "or":
        inner = inner[1][0]
    word = base_name(inner) or (last_name(inner) if inner is not None else "")
    if word in _CONTEXTS:
        return "context"
    if word == "UploadFile":
        return "file"
    if model >= 0 and _is_body(index, model):
        return "body"
    if word in _MAPPINGS:
        return "body"
    return "query" if annotation is not None or name not in names else "unknown"


def _is_body(index: DeclaredIndex, number: int) -> bool:
    project = index.project
    bases = outside_bases(project, number, evaluate)
    if any(project.stubs.canonical(base) in _BODIES for base in bases):
        return True
    return any(
        path.rpartition(".")[2] == "dataclass"
        for path, _, _ in project.classes[number][F.K_DECORATORS]
    )
