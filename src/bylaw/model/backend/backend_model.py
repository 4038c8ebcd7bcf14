"""The semantic model of a backend, each part computed when it is first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from bylaw.model.backend.declared_index import DeclaredIndex
from bylaw.model.backend.items import (
    Component,
    DomainException,
    ExceptionHandler,
    Route,
    Routes,
    Settings,
    Table,
    TestedBy,
    Unresolved,
)
from bylaw.model.backend.kinds import Made
from bylaw.model.call_graph import CallGraph

if TYPE_CHECKING:
    from bylaw.model.backend.test_map import ReachOfTests


class BackendModel:
    """What a backend consists of; nothing is computed until it is asked for.

    Attributes:
        graph: call graph of the project.
        project: the linked project.
    """

    def __init__(self, graph: CallGraph) -> None:
        self.graph = graph
        self.project = graph.project

    @cached_property
    def index(self) -> DeclaredIndex:
        """Declarations by owner."""
        return DeclaredIndex(self.graph)

    @cached_property
    def made(self) -> Made:
        """Applications and routers."""
        return Made(self.index)

    @cached_property
    def _routes(self) -> Routes:
        from bylaw.model.backend.routes_django import read_django_routes
        from bylaw.model.backend.routes_fastapi import read_asgi_routes
        from bylaw.model.backend.routes_flask import read_flask_routes

        parts = [
            read_asgi_routes(self.index, self.made),
            read_flask_routes(self.index, self.made),
            read_django_routes(self.index),
        ]
        found = [route for part in parts for route in part.found]
        lost = [each for part in parts for each in part.unresolved]
        return Routes(tuple(sorted(found, key=_route_order)), tuple(sorted(lost)))

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """Every table an ORM declares, sorted by path and line."""
        from bylaw.model.backend.tables import read_tables

        return read_tables(self.index)

    @cached_property
    def settings(self) -> tuple[Settings, ...]:
        """Settings classes, and modules that read the environment by name."""
        from bylaw.model.backend.settings import read_settings

        return read_settings(self.index)

    @cached_property
    def handlers(self) -> tuple[ExceptionHandler, ...]:
        """What is registered to turn exceptions into responses."""
        from bylaw.model.backend.domain_exceptions import read_handlers

        return read_handlers(self.index, self.made)

    @cached_property
    def exceptions(self) -> tuple[DomainException, ...]:
        """Exception classes of the project."""
        from bylaw.model.backend.domain_exceptions import read_exceptions

        return read_exceptions(self.index, self.handlers)

    @cached_property
    def tests(self) -> tuple[TestedBy, ...]:
        """Tests and what they exercise."""
        from bylaw.model.backend.test_map import read_tests

        return read_tests(self.index, self.routes)

    @cached_property
    def reach_of_tests(self) -> ReachOfTests:
        """What all tests touch together; cheaper than asking each of ``tests``."""
        from bylaw.model.backend.test_map import read_reach

        return read_reach(self.index, self.routes)

    @cached_property
    def components(self) -> tuple[Component, ...]:
        """What modules are for, with evidence."""
        from bylaw.model.backend.component_roles import read_components

        return read_components(self.index, self.made, self.routes, self.tables)

    @property
    def routes(self) -> tuple[Route, ...]:
        """Every route, sorted by path and line."""
        return self._routes.found

    @property
    def unresolved(self) -> tuple[Unresolved, ...]:
        """What is there and could not be followed."""
        return self._routes.unresolved


def _route_order(route: Route) -> tuple[object, ...]:
    return (
        route.path,
        route.line,
        route.column,
        route.url,
        route.methods,
        route.app,
        route.handler,
    )
