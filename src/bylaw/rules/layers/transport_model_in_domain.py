"""``transport-model-in-domain``: a request or response model below the routes."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.finding import Finding, Step
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.layers.references import ClassUse, class_of, made_classes, signature_classes
from bylaw.rules.layers.standing import MODEL, REPOSITORY, Standings, named_role, standings
from bylaw.rules.layers.transport_models import (
    TransportModel,
    is_entity,
    is_generic,
    transport_models,
)
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="transport-model-in-domain",
    summary="A request or response model is named by a service or a repository.",
    clauses=("AP-PY04",),
    severity="warning",
    how="model",
    family="layers",
    mend="map it in the handler to arguments or a domain type, and hand those down",
    options=(("strict", False, "every use is a warning, also one that only passes a request on"),),
)
_VERBS = {"takes": "taken by", "returns": "returned by", "makes": "made in", "holds": "held by"}


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per model and domain module that names it."""
    models = {
        number: model
        for number, model in transport_models(context.backend).items()
        if not is_generic(context.backend, number)
    }
    if not models:
        return
    places = standings(context)
    uses: dict[tuple[int, int], list[tuple[int, ClassUse]]] = {}
    for number, use in _uses(context, places, models):
        home = context.project.function_home[number]
        uses.setdefault((home, use.number), []).append((number, use))
    for (_, model), found in sorted(uses.items()):
        yield _finding(context, places, models[model], found)


def _uses(
    context: RuleContext, places: Standings, models: dict[int, TransportModel]
) -> Iterator[tuple[int, ClassUse]]:
    project = context.project
    for number, function in enumerate(project.functions):
        if function[F.F_PARENT] < 0 or not places.of_function(number).is_domain:
            continue
        for use in (*signature_classes(project, number), *made_classes(project, number)):
            if use.number in models:
                yield number, use
    for number, record in enumerate(project.classes):
        module = project.class_home[number]
        if number in models or not places.of_module(module).is_domain:
            continue
        for attribute in record[F.K_ATTRIBUTES]:
            annotation = attribute[F.A_ANNOTATION]
            each = class_of(project, module, annotation) if annotation else -1
            if each in models:
                yield project.module_body(module), ClassUse(each, "holds", attribute[F.A_LINE], 1)


def _finding(
    context: RuleContext, places: Standings, model: TransportModel,
    found: list[tuple[int, ClassUse]],
) -> Finding:  # fmt: skip
    project = context.project
    found.sort(key=lambda each: (each[1].line, each[1].column))
    number, first = found[0]
    standing = places.of_function(number)
    name = project.class_name(model.number)
    short = name.rpartition(".")[2]
    scopes = list(dict.fromkeys(project.symbol(each) for each, _ in found))
    more = f" and {len(scopes) - 1} more" if len(scopes) > 1 else ""
    last = scopes[0].removeprefix(f"{project.modules[project.function_home[number]].name}.")
    return make_finding(
        INFO,
        project,
        number,
        (first.line, first.column, first.line),
        f"{short}, {model.use}, is {_VERBS[first.how]} {last}{more} of the {standing.role} layer",
        confidence=standing.confidence,
        severity="" if context.option(INFO, "strict") or _weighs(context, places, model, found)
        else "note",
        sink=name,
        witness=tuple(
            Step(project.path_of(each), use.line, project.symbol(each), f"{use.how} {short}")
            for each, use in found
        ),
    )  # fmt: skip


def _weighs(
    context: RuleContext, places: Standings, model: TransportModel,
    found: list[tuple[int, ClassUse]],
) -> bool:  # fmt: skip
    """Whether more than a handler's request passed on: something else now depends on its shape."""
    if is_entity(context.project.class_name(model.number), model):
        return False
    home = context.project.modules[context.project.class_home[model.number]].name
    if not model.request and named_role(home)[0] == MODEL:
        return False
    for number, use in found:
        if places.of_function(number).role == REPOSITORY:
            return True
        if use.how in ("returns", "holds") or (use.how == "makes" and not model.request):
            return True
    return False
