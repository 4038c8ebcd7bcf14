"""``schema-outside-schemas``: a transport model away from where its kin live."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.layers.standing import ROUTER, Standings, standings
from bylaw.rules.layers.transport_models import (
    TransportModel,
    is_entity,
    is_generic,
    transport_models,
)
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="schema-outside-schemas",
    summary="A request or response model is defined outside the modules for schemas.",
    clauses=("FS-1.P4",),
    severity="warning",
    how="model",
    family="layers",
    mend="move it to the schemas.py of its feature, and import it from there",
    options=(
        ("strict", False, "also where the repository has no modules for schemas"),
        ("names", ("schema", "schemas", "dto", "dtos"), "names of modules and folders for schemas"),
    ),
)
_ENOUGH = 2


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per model."""
    models = transport_models(context.backend)
    names = frozenset(context.option(INFO, "names"))
    homes = context.project.class_home
    placed = [each for each in models if _is_for_schemas(context, homes[each], names)]
    settled = len(placed) >= _ENOUGH and len(placed) * 2 > len(models)
    strict = bool(context.option(INFO, "strict"))
    places = standings(context)
    for number in sorted(set(models) - set(placed)):
        if is_generic(context.backend, number):
            continue
        inline = places.of_module(homes[number]).role == ROUTER
        if settled or strict or inline:
            entity = not strict and is_entity(context.project.class_name(number), models[number])
            severity = "" if (settled or strict) and not entity else "note"
            yield _finding(context, places, models, number, severity)


def _is_for_schemas(context: RuleContext, module: int, names: frozenset[str]) -> bool:
    """Whether a module, or a folder around it, is called by one of the names."""
    for part in context.project.modules[module].name.split("."):
        if part in names or part.rpartition("_")[2] in names:
            return True
    return False


def _finding(
    context: RuleContext, places: Standings, models: Mapping[int, TransportModel], number: int,
    severity: str,
) -> Finding:  # fmt: skip
    project = context.project
    module, record = project.class_home[number], project.classes[number]
    where = project.modules[module].name
    role = places.of_module(module).role
    beside = " beside the routes" if role == ROUTER else ""
    return make_finding(
        INFO,
        project,
        project.module_body(module),
        (record[F.K_LINE], record[F.K_COL], record[F.K_LINE]),
        f"{record[F.K_NAME]}, {models[number].use}, is defined in {where}{beside}",
        severity=severity,
        sink=project.class_name(number),
    )
