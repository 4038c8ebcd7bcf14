"""Models that exist because a request is read or a response is written."""

from __future__ import annotations

import re
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.model.backend.backend_model import BackendModel
from bylaw.model.backend.class_bodies import outside_names
from bylaw.model.roles import TEST

_TRANSPORT = frozenset(
    {
        "pydantic.BaseModel", "pydantic.RootModel", "pydantic.generics.GenericModel",
        "sqlmodel.SQLModel", "marshmallow.Schema", "rest_framework.serializers.Serializer",
        "rest_framework.serializers.ModelSerializer", "ninja.Schema",
    }
)  # fmt: skip
_GENERICS = frozenset({"typing.Generic", "typing_extensions.Generic",
                       "pydantic.generics.GenericModel"})  # fmt: skip
_WORDS = frozenset(
    {"Request", "Response", "Payload", "Param", "Params", "Create", "Created", "Update", "Updated",
     "Patch", "In", "Out", "Read", "Dto", "DTO", "Schema", "Body", "Detail", "Details", "Get",
     "List", "Form", "Query", "Input", "Output", "Result", "Results", "Public", "Private", "Reply",
     "Page", "Paginated", "Model", "Serializer", "View", "Resp", "Req", "Res", "Item", "Items",
     "Summary", "Info", "Base", "Data"}
)  # fmt: skip
"""What the name of a request or a response has in it."""
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
_BODY = ("body", "form", "query")


class TransportModel(NamedTuple):
    """A request or response model.

    Attributes:
        number: of the class.
        use: one clause: which route takes or gives it.
        request: a route takes it.
        response: a route gives it.
    """

    number: int
    use: str
    request: bool
    response: bool


def transport_models(backend: BackendModel) -> dict[int, TransportModel]:
    """Request and response models of all routes; tables are none, whatever a route returns.

    Args:
        backend: the model.

    Returns:
        Number of the class -> what routes do with it.
    """
    tables = {table.number for table in backend.tables}
    found: dict[int, TransportModel] = {}
    for route in backend.routes:
        name = f"{' '.join(route.methods)} {route.url}".strip()
        uses = [(each.model, "taken by", True) for each in route.parameters
                if each.source in _BODY]  # fmt: skip
        uses += [(each, "given by", False) for each in route.models]
        for number, verb, request in uses:
            if number < 0 or number in tables or not is_model(backend, number):
                continue
            known = found.get(number) or TransportModel(number, f"{verb} {name}", False, False)
            found[number] = known._replace(
                request=known.request or request, response=known.response or not request
            )
    return found


def is_entity(name: str, model: TransportModel) -> bool:
    """Whether a model that routes give is what the domain speaks of: ``Order``, not ``OrderOut``.

    Nobody takes it from a request, and no word of its name belongs to a request or a response.
    """
    return not model.request and _WORDS.isdisjoint(_PARTS.findall(name.rpartition(".")[2]))


def is_model(backend: BackendModel, number: int) -> bool:
    """Whether a class validates or writes data for a transport, and is no test's."""
    if backend.project.roles[backend.project.class_home[number]] == TEST:
        return False
    return not _TRANSPORT.isdisjoint(outside_names(backend.index, number))


def is_generic(backend: BackendModel, number: int) -> bool:
    """Whether a class is an envelope for others, such as a page of them."""
    if not _GENERICS.isdisjoint(outside_names(backend.index, number)):
        return True
    record = backend.project.classes[number]
    module = backend.project.class_home[number]
    names = {
        each[F.B_NAME]
        for each in backend.project.facts[module][F.BINDINGS]
        if not (each[F.B_KIND] == "v" and str(each[F.B_VALUE]).endswith("TypeVar()"))
    }
    annotations = [each[F.A_ANNOTATION] or "" for each in record[F.K_ATTRIBUTES]]
    return any(len(each.lstrip("[")) == 1 and each.lstrip("[") not in names for each in annotations)
