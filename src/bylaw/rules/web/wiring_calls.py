"""What stands before every route of an application: middleware, by name and by function."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.model.backend.shapes import calls_in, given, items, keyword, last_name, text, words
from bylaw.model.call_index import call_index
from bylaw.model.evaluate import evaluate
from bylaw.model.roles import TEST
from bylaw.rules.context import RuleContext


def middleware_names(context: RuleContext) -> tuple[str, ...]:
    """Names of the middleware that applications of the project are given.

    Args:
        context: of the run.

    Returns:
        Dotted names where they are known, as written otherwise.
    """
    found: tuple[str, ...] | None = context.memo.get("middleware-names")
    if found is None:
        found = context.memo["middleware-names"] = tuple(sorted(set(_names(context))))
    return found


def _names(context: RuleContext) -> Iterator[str]:
    index, project = context.backend.index, context.project
    for module, record in index.calls:
        if record[F.E_NAME] == "add_middleware" and project.roles[module] != TEST:
            yield _dotted(context, module, given(record[F.E_VALUE], 0, "middleware_class"))
    for thing, records in index.bindings.items():
        if project.roles[thing[0]] == TEST:
            continue
        value = records[-1][F.E_VALUE]
        if thing[2] in ("MIDDLEWARE", "MIDDLEWARE_CLASSES"):
            yield from (text(each) or "" for each in items(value))
        for call in calls_in(value):
            if last_name(call) == "Middleware":
                yield _dotted(context, thing[0], given(call, 0, "cls"))
            for each in items(keyword(call, "middleware")):
                yield _dotted(context, thing[0], each)
    for number in middleware_functions(context):
        yield project.symbol(number)


def _dotted(context: RuleContext, module: int, shape: object) -> str:
    """The documented name of an outside class, the words for anything else."""
    name = words(shape)
    value = evaluate(context.project, module, name) if name.isidentifier() else None
    return str(value[1]) if value is not None and value[0] == "X" else name


def middleware_functions(context: RuleContext) -> list[int]:
    """Functions of the project that run around every request.

    Args:
        context: of the run.

    Returns:
        Their numbers: decorated ones and the methods of middleware classes.
    """
    found: list[int] | None = context.memo.get("middleware-functions")
    if found is None:
        found = context.memo["middleware-functions"] = list(_functions(context))
    return found


def _functions(context: RuleContext) -> Iterator[int]:
    project = context.project
    for caller, call in call_index(project).named(("middleware()",)):
        value = evaluate(project, project.function_home[caller], (*call[F.C_ARGS], "?")[0])
        if value is not None and value[0] == "F":  # app.middleware("http")(function)
            yield value[1]
    for number, function in enumerate(project.functions):
        home = project.function_home[number]
        if project.roles[home] == TEST:
            continue
        if any(path.endswith((".middleware()", ".middleware"))
               for path, _, _ in function[F.F_DECORATORS]):  # fmt: skip
            yield number
        elif function[F.F_CLASS] >= 0 and function[F.F_NAME].rpartition(".")[2] in (
            "dispatch", "__call__", "process_request", "process_exception", "process_view",
        ):  # fmt: skip
            owner = project.class_offset[home] + function[F.F_CLASS]
            names = [project.classes[owner][F.K_NAME], *project.classes[owner][F.K_BASES]]
            if any("iddleware" in name for name in names):
                yield number


def resolves_to(context: RuleContext, function: int, path: str) -> str:
    """Dotted name that a path of a function leads to, as written where it is unknown."""
    project = context.project
    if path == "?":
        return ""
    value = evaluate(project, project.function_home[function], path)
    if value is None:
        return path.lstrip("=")
    if value[0] in "CI":
        return project.class_name(value[1])
    if value[0] == "F":
        return project.symbol(value[1])
    return str(value[1]) if value[0] in "XYB" else path
