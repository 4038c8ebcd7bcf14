"""``layer-violation``: an import against the layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from bylaw.config import Layer
from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.import_graph import ImportEdge, import_edges
from bylaw.model.project import Project
from bylaw.model.roles import CODE, SETTINGS
from bylaw.rules.binding import Binding, of_kind, told
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="layer-violation",
    summary="A module imports one of a layer above its own.",
    clauses=("PQG-3", "FS-1"),
    severity="error",
    how="model",
    family="structure",
    default=False,
    mend="pass in what the lower layer needs, or move what both need below them",
    options=(
        ("strict", False, "a layer may not be skipped on the way down either"),
        ("type-checking", False, "imports for type checking count as well"),
    ),
)
_DEFAULT = ("router", "service", "repository", "models")
_NAMES = {
    "router": ("router", "routers", "routes", "endpoints", "views", "controllers"),
    "service": ("service", "services", "usecases", "use_cases"),
    "repository": ("repository", "repositories", "crud", "dao"),
    "models": ("models", "entities"),
}
LAYER_WORDS = {word: layer for layer, words in _NAMES.items() for word in words}
"""Word in the name of a module or folder -> the layer it speaks of."""
_ROUTING = frozenset({"APIRouter", "FastAPI", "Blueprint", "Router", "Flask", "Starlette"})


class _Order(NamedTuple):
    """Layers that somebody declares, or those everybody knows.

    Attributes:
        names: of the layers, the outermost first.
        places: layer of each module that has one.
        binding: the sentence that declares them; None for the configuration, and for nobody.
    """

    names: list[str]
    places: dict[int, int]
    binding: Binding | None = None


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per import statement."""
    project = context.project
    strict = context.option(INFO, "strict")
    typing = context.option(INFO, "type-checking")
    for order in _orders(context):
        found: dict[tuple[int, int], tuple[ImportEdge, list[str], list[str]]] = {}
        for edge in import_edges(project):
            upper, lower = order.places.get(edge.imported), order.places.get(edge.importer)
            if upper is None or lower is None or (edge.kind == "typing" and not typing):
                continue
            step = upper - lower
            if step >= 0 and not (strict and step > 1):
                continue
            line = project.facts[edge.importer][F.IMPORTS][edge.record][F.I_LINE]
            pair = order.names[lower : lower + 1] + order.names[upper : upper + 1]
            _, _, targets = found.setdefault((edge.importer, line), (edge, pair, []))
            if project.modules[edge.imported].name not in targets:
                targets.append(project.modules[edge.imported].name)
        for edge, pair, targets in found.values():
            finding = _finding(context, edge, pair, targets)
            yield told(finding, order.binding) if order.binding else finding


def _orders(context: RuleContext) -> Iterator[_Order]:
    """Declared layers; those read from names only where nobody declares any."""
    bound = list(of_kind(context.bindings, "layers"))
    for binding in bound:
        entries = [dict(each) for each in binding.get("layers")]
        layers = [Layer(str(each["name"]), _several(each["modules"])) for each in entries]
        names = [each.name for each in layers]
        yield _Order(names, _declared(context, layers), binding)
    if context.layers:
        names = [each.name for each in context.layers]
        yield _Order(names, _declared(context, context.layers))
    elif not bound:
        yield _Order(list(_DEFAULT), _by_role(context))


def _several(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)


def _declared(context: RuleContext, layers: Sequence[Layer]) -> dict[int, int]:
    """Layer of each module that a pattern of the configuration names; the closest pattern wins."""
    found: dict[int, int] = {}
    for module, named in enumerate(context.project.modules):
        matching = [
            (len(pattern.rstrip(".*")), -number)
            for number, layer in enumerate(layers)
            for pattern in layer.modules
            if _matches(named.name, pattern)
        ]
        if matching:
            found[module] = -max(matching)[1]
    return found


def _matches(name: str, pattern: str) -> bool:
    """A pattern names a module with everything below it."""
    base = pattern.removesuffix(".*")
    return name == base or name.startswith(f"{base}.") or fnmatchcase(name, pattern)


def _by_role(context: RuleContext) -> dict[int, int]:
    """Layer of each module whose role in the default layers is certain.

    Where tables are known, a module of classes called models that holds none of them holds objects
    that behave, and those may use services.
    """
    project = context.project
    tables = {
        project.class_home[each.number] for each in context.backend.tables if each.number >= 0
    }
    found = {}
    for module, role in enumerate(project.roles):
        if role in (CODE, SETTINGS):
            layer = layer_of(project, module)
            behaves = tables and module not in tables and project.facts[module][F.CLASSES]
            if layer and not (layer == "models" and behaves):
                found[module] = _DEFAULT.index(layer)
    return found


def layer_of(project: Project, module: int) -> str:
    """Default layer of a module by its name and its imports; empty where they leave doubt.

    A feature may be called like a layer (``service/models.py``), and a package of routers holds
    what routers share. A router is therefore only what makes one, or is imported as one; a folder
    counts in the plural.
    """
    *folders, stem = project.modules[module].name.lower().split(".")
    own = LAYER_WORDS.get(stem, "") or _by_suffix(stem)
    around = {LAYER_WORDS[each] for each in folders if each in LAYER_WORDS and each.endswith("s")}
    if project.modules[module].is_package:
        return ""
    if own and not around - {own}:
        layer = own
    elif not own and len(around) == 1:
        layer = around.pop()
    else:
        return ""
    if layer == "router" and not _makes_router(project, module):
        return ""
    return layer


def _by_suffix(stem: str) -> str:
    base, _, last = stem.rpartition("_")
    return LAYER_WORDS.get(last, "") if base and last not in ("models", "views") else ""


def _makes_router(project: Project, module: int) -> bool:
    """Whether a module makes a router, or has views of Django."""
    facts = project.facts[module]
    for record in facts[F.IMPORTS]:
        if record[F.I_NAME] in _ROUTING or record[F.I_MODULE].startswith("django.views"):
            return True
        if record[F.I_MODULE] in ("django.shortcuts", "django.http", "rest_framework.views"):
            return True
    return False


def _finding(
    context: RuleContext, edge: ImportEdge, names: Sequence[str], targets: Sequence[str]
) -> Finding:
    project = context.project
    record = project.facts[edge.importer][F.IMPORTS][edge.record]
    lower, upper = names[0], names[-1]
    declared = bool(context.layers) or any(of_kind(context.bindings, "layers"))
    return make_finding(
        INFO,
        project,
        project.module_body(edge.importer),
        (record[F.I_LINE], record[F.I_COL], record[F.I_END]),
        f"a module of the layer {lower} imports {', '.join(targets)}, of the layer {upper}",
        confidence=0 if declared else 1,
        severity="" if declared else "warning",
        sink=f"{lower} -> {targets[0]}",
    )
