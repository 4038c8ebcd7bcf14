"""Classes whose fields clients see: what routes take and give, and what interfaces show."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bylaw.facts import schema as F
from bylaw.gates.tier.entries import label_of
from bylaw.model.backend.backend_model import BackendModel
from bylaw.model.backend.class_bodies import outside_names, own_attributes
from bylaw.model.backend.references import classes_in
from bylaw.model.class_lookup import resolution_order
from bylaw.model.evaluate import evaluate
from bylaw.model.roles import is_test_path

_INTERFACES = (
    "rest_framework.serializers.", "graphene.", "ninja.Schema", "ninja.ModelSchema",
    "marshmallow.", "flask_marshmallow", "strawberry.", "drf_spectacular.", "spyne.",
)  # fmt: skip
_OF_VIEWS = frozenset(
    {"serializer_class", "serializer_classes", "form_class", "filterset_class", "schema",
     "response_schema", "request_schema", "pagination_class", "input_serializer",
     "output_serializer"}
)  # fmt: skip
_MOST_CLASSES = 5000


def contract_classes(backend: BackendModel, tables: Collection[int]) -> dict[int, str]:
    """Classes that clients see the fields of.

    Args:
        backend: the model.
        tables: classes that declare tables; what an answer is read from is no part of it.

    Returns:
        Number of the class -> what shows it.
    """
    found: dict[int, str] = {}
    pending = list(_shown(backend))
    for number, label in pending:
        if number in found or len(found) > _MOST_CLASSES:
            continue
        found[number] = label
        for base in resolution_order(backend.project, number, evaluate)[1:]:
            pending.append((base, label))
        for attribute in own_attributes(backend.index, number):
            for shape in (attribute.annotation, attribute.value):
                if type(shape) is tuple and shape[0] == "call":
                    shape = shape[1]
                if shape is not None:
                    pending += [
                        (each, label)
                        for each in classes_in(backend.index, attribute.module, shape)
                        if each not in tables
                    ]
    return found


def _shown(backend: BackendModel) -> Iterator[tuple[int, str]]:
    """Classes that routes take and give, and those an interface library shows by itself."""
    index, project = backend.index, backend.project
    for route in backend.routes:
        if is_test_path(route.path):
            continue
        label = label_of(route)
        yield from ((each, f"answer of {label}") for each in route.models)
        for parameter in route.parameters:
            if parameter.model >= 0 and parameter.source != "dependency":
                yield parameter.model, f"{parameter.source} of {label}"
        for each in resolution_order(project, route.owner, evaluate) if route.owner >= 0 else ():
            for attribute in own_attributes(index, each):
                if attribute.name in _OF_VIEWS and attribute.value is not None:
                    for shown in classes_in(index, attribute.module, attribute.value):
                        yield shown, f"{attribute.name} of {label}"
    for number, home in enumerate(project.class_home):
        if is_test_path(project.paths[home]):
            continue
        base = next((each for each in outside_names(index, number)
                     if each.startswith(_INTERFACES)), "")  # fmt: skip
        if base:
            yield number, f"a {base.rpartition('.')[2]}, which clients see"
        elif any("strawberry." in path for path, *_ in project.classes[number][F.K_DECORATORS]):
            yield number, "a GraphQL type, which clients see"
