"""``missing-port``: a service that names the repository it works with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.finding import Finding, Step
from bylaw.model.class_lookup import is_interface, resolution_order
from bylaw.model.evaluate import evaluate
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.layers.references import class_of, made_classes, signature_classes
from bylaw.rules.layers.standing import REPOSITORY, SERVICE, Standings, standings
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="missing-port",
    summary="A service depends on a concrete repository class where a Protocol would do.",
    clauses=("FS-3.4",),
    severity="warning",
    how="model",
    family="layers",
    mend="annotate with a Protocol of the methods it needs, and pass the repository in",
    default=False,
)
_VERBS = {"takes": "takes", "makes": "makes itself", "holds": "holds"}


class _Use(NamedTuple):
    """One place where a service names a repository."""

    function: int
    how: str
    line: int
    column: int


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per service, or function outside classes, and repository class."""
    project, places = context.project, standings(context)
    found: dict[tuple[str, int], list[_Use]] = {}
    for number, function in enumerate(project.functions):
        if function[F.F_PARENT] < 0:
            continue
        standing = places.of_function(number)
        if standing.role != SERVICE or not standing.is_domain:
            continue
        for use in (*signature_classes(project, number), *made_classes(project, number)):
            if use.how != "returns" and _is_concrete(context, places, use.number):
                key = (_scope(context, number), use.number)
                found.setdefault(key, []).append(_Use(number, use.how, use.line, use.column))
    for number, record in enumerate(project.classes):
        if places.of_class(number).role != SERVICE:
            continue
        home = project.class_home[number]
        for attribute in record[F.K_ATTRIBUTES]:
            annotation = attribute[F.A_ANNOTATION]
            each = class_of(project, home, annotation) if annotation else -1
            if each >= 0 and _is_concrete(context, places, each):
                place = _Use(project.module_body(home), "holds", attribute[F.A_LINE], 1)
                found.setdefault((project.class_name(number), each), []).append(place)
    for (scope, repository), uses in found.items():
        yield _finding(context, places, scope, repository, uses)


def _is_concrete(context: RuleContext, places: Standings, number: int) -> bool:
    """Whether a class, or one it derives from, is named as a repository; interfaces are none."""
    project = context.project
    order = resolution_order(project, number, evaluate)
    named = any(places.of_class(each).role == REPOSITORY for each in order)
    return named and not is_interface(project, number, evaluate)


def _scope(context: RuleContext, number: int) -> str:
    """The class of a method, else the function itself."""
    project = context.project
    owner = project.functions[number][F.F_CLASS]
    if owner < 0:
        return project.symbol(number)
    return project.class_name(project.class_offset[project.function_home[number]] + owner)


def _finding(
    context: RuleContext, places: Standings, scope: str, repository: int, uses: list[_Use]
) -> Finding:
    project = context.project
    uses.sort(key=lambda each: (each.line, each.column))
    first = uses[0]
    name = project.classes[repository][F.K_NAME]
    ports = [
        project.classes[each][F.K_NAME]
        for each in resolution_order(project, repository, evaluate)[1:]
        if is_interface(project, each, evaluate)
    ]
    port = f", whose port is {ports[0]}" if ports else ""
    return make_finding(
        INFO,
        project,
        first.function,
        (first.line, first.column, first.line),
        f"{scope.rpartition('.')[2]} {_VERBS[first.how]} {name}, a concrete repository{port}",
        confidence=places.of_function(first.function).confidence,
        sink=f"{scope} -> {project.class_name(repository)}",
        witness=tuple(
            Step(project.path_of(each.function), each.line, project.symbol(each.function),
                 f"{each.how} {name}")
            for each in uses
        ),
    )  # fmt: skip
