"""Applications, routers, what joins them, and the routes that come of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from bylaw.model.backend.declared_index import Object
from bylaw.model.backend.items import Dependency, Route, RouteParameter

_DEEPEST = 24
_MOST = 20_000


class Node(NamedTuple):
    """An application or router.

    Attributes:
        thing: the object.
        symbol: its dotted name.
        is_app: it can be served by itself.
        prefix: what it puts before the paths of its routes.
        dependencies: what it declares for all of them.
        tags: its tags.
        in_schema: False where it hides its routes.
    """

    thing: Object
    symbol: str
    is_app: bool
    prefix: str
    dependencies: tuple[Dependency, ...] = ()
    tags: tuple[str, ...] = ()
    in_schema: bool = True


class Link(NamedTuple):
    """One router joined to another, or to an application.

    Attributes:
        parent: what gets the routes.
        child: what has them.
        prefix: put before the child's own; with ``replaces`` instead of it.
        dependencies: declared at the join.
        tags: declared at the join.
        in_schema: False where the join hides the routes.
        mounted: the child stays an application of its own and inherits nothing.
        replaces: the prefix takes the place of the child's own.
        conditional: joined only under a condition.
    """

    parent: Object
    child: Object
    prefix: str
    dependencies: tuple[Dependency, ...] = ()
    tags: tuple[str, ...] = ()
    in_schema: bool = True
    mounted: bool = False
    replaces: bool = False
    conditional: bool = False


class _Road(NamedTuple):
    """How the walk came to a node."""

    app: str
    prefix: str
    dependencies: tuple[Dependency, ...]
    tags: tuple[str, ...]
    in_schema: bool
    conditional: bool
    seen: tuple[Object, ...]


def compose(
    nodes: Mapping[Object, Node], routes: Iterable[tuple[Object, Route]], links: Iterable[Link]
) -> list[Route]:
    """Every route with full path and dependencies, once for each road from an application.

    Args:
        nodes: applications and routers.
        routes: what is registered on each, with its own path and dependencies.
        links: what joins them.

    Returns:
        The routes; those of routers that no application is known to include have no ``app``.
    """
    own: dict[Object, list[Route]] = {}
    for thing, route in routes:
        own.setdefault(thing, []).append(route)
    below: dict[Object, list[Link]] = {}
    children = set()
    for link in dict.fromkeys(links):
        below.setdefault(link.parent, []).append(link)
        if link.child != link.parent:
            children.add(link.child)
    walk = _Walk(nodes, own, below)
    for thing in sorted(nodes):
        if nodes[thing].is_app and thing not in children:
            walk.visit(thing, _Road(nodes[thing].symbol, "", (), (), True, False, ()), False)
    for wanted in (True, False):
        for thing in sorted(nodes):
            if thing not in walk.reached and (thing not in children) == wanted:
                app = nodes[thing].symbol if nodes[thing].is_app else ""
                walk.visit(thing, _Road(app, "", (), (), True, False, ()), False)
    return walk.found


class _Walk:
    def __init__(
        self,
        nodes: Mapping[Object, Node],
        own: Mapping[Object, list[Route]],
        below: Mapping[Object, list[Link]],
    ) -> None:
        self.nodes, self.own, self.below = nodes, own, below
        self.found: list[Route] = []
        self.reached: set[Object] = set()

    def visit(self, thing: Object, road: _Road, replaced: bool) -> None:
        node = self.nodes.get(thing)
        if node is None or thing in road.seen or len(road.seen) > _DEEPEST:
            return
        if len(self.found) > _MOST:
            return
        self.reached.add(thing)
        prefix = road.prefix if replaced else join(road.prefix, node.prefix)
        dependencies = (*road.dependencies, *node.dependencies)
        tags = (*road.tags, *node.tags)
        in_schema = road.in_schema and node.in_schema
        for route in self.own.get(thing, ()):
            url = join(prefix, route.url) or "/"
            self.found.append(
                route._replace(
                    url=url,
                    parameters=in_prefix(route.parameters, url),
                    app=road.app,
                    router=node.symbol,
                    dependencies=once((*dependencies, *route.dependencies)),
                    tags=tuple(dict.fromkeys((*tags, *route.tags))),
                    in_schema=in_schema and route.in_schema,
                    conditional=road.conditional or route.conditional,
                )
            )
        for link in self.below.get(thing, ()):
            child = self.nodes.get(link.child)
            app = child.symbol if link.mounted and child is not None else road.app
            inherited = () if link.mounted else (*dependencies, *link.dependencies)
            onward = _Road(
                app, join(prefix, link.prefix), inherited,
                () if link.mounted else (*tags, *link.tags),
                link.mounted or (in_schema and link.in_schema),
                road.conditional or link.conditional, (*road.seen, thing),
            )  # fmt: skip
            self.visit(link.child, onward, link.replaces)


def join(first: str, second: str) -> str:
    """Two parts of a path with one slash between them."""
    if not first or not second:
        return first or second
    if first.endswith("/") and second.startswith("/"):
        return first + second[1:]
    return first + second


def once(dependencies: tuple[Dependency, ...]) -> tuple[Dependency, ...]:
    """Each dependency once, where it is declared outermost."""
    found: dict[str, Dependency] = {}
    for each in dependencies:
        found.setdefault(each.name, each)
    return tuple(found.values())


def in_prefix(parameters: tuple[RouteParameter, ...], url: str) -> tuple[RouteParameter, ...]:
    """Parameters once the whole path is known: a router's prefix may hold some of them."""
    return tuple(
        each._replace(source="path") if each.source == "query" and f"{{{each.name}" in url else each
        for each in parameters
    )
