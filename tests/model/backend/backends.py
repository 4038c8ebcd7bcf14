"""Small backends for tests: sources in, what the model says about them out."""

from __future__ import annotations

from collections.abc import Mapping

from tests.model.linked import Linked

from bylaw.model.backend.backend_model import BackendModel
from bylaw.model.backend.items import Route


def backend(files: Mapping[str, str] | str) -> BackendModel:
    return BackendModel(Linked(files).graph)


def listing(model: BackendModel) -> list[str]:
    """``METHODS url -> handler`` of every route, sorted."""
    return sorted(
        f"{','.join(each.methods) or each.kind} {each.url} -> {each.handler}"
        for each in model.routes
    )


def route(model: BackendModel, handler: str) -> Route:
    found = [each for each in model.routes if each.handler.endswith(handler)]
    assert len(found) == 1, [each.handler for each in model.routes]
    return found[0]


def guards(found: Route) -> list[str]:
    """``name via`` of every dependency of a route."""
    return [f"{each.name} {each.via}" for each in found.dependencies]
