"""What the model of a backend consists of: plain values, each with its file and line."""

from __future__ import annotations

from typing import NamedTuple


class Dependency(NamedTuple):
    """Something that runs before a handler, or guards it.

    Attributes:
        name: dotted name of what is called; as written where it is not known.
        function: number of the first-party function, or -1.
        kind: ``depends security decorator permission hook mixin middleware``.
        via: where it is declared: ``parameter decorator route class router include app
            settings dependency``.
        path: file that declares it.
        line: line that declares it.
        scopes: OAuth scopes or permissions it is given.
        depth: 0 for what the route declares or inherits, more for dependencies of dependencies.
    """

    name: str
    function: int
    kind: str
    via: str
    path: str
    line: int
    scopes: tuple[str, ...] = ()
    depth: int = 0


class RouteParameter(NamedTuple):
    """One parameter of a handler, as the framework fills it.

    Attributes:
        name: the parameter.
        source: ``path query body header cookie form file dependency context unknown``.
        annotation: as written, empty where there is none.
        required: it has no default.
        line: where it stands.
        model: number of the first-party class it is annotated with, or -1.
    """

    name: str
    source: str
    annotation: str
    required: bool
    line: int
    model: int = -1


class Route(NamedTuple):
    """One way into a backend.

    Attributes:
        framework: ``fastapi starlette flask flask-restful django drf``.
        kind: ``http`` or ``websocket``.
        methods: sorted; empty where every method is served.
        url: full path as the client writes it, ``${...}`` for parts that are computed.
        handler: dotted name of the function, method or class.
        function: number of the handler, or -1.
        owner: number of the class that handles, or -1.
        is_async: the handler is a coroutine function.
        parameters: in order.
        response_model: as written: ``response_model`` or the return annotation.
        models: numbers of the first-party classes that the response is made of.
        status_code: 0 where it is not declared.
        in_schema: shown in the OpenAPI document.
        name: name of the route, empty where there is none.
        tags: in order.
        app: dotted name of the application that serves it, empty where none is known to.
        router: dotted name of what it is registered on.
        dependencies: outermost first, transitive ones after what needs them.
        decorators: other decorators of the handler, outermost first.
        path: file of the registration.
        line: line of the registration.
        column: column of the registration.
        conditional: registered only under a condition.
    """

    framework: str
    kind: str
    methods: tuple[str, ...]
    url: str
    handler: str
    function: int
    owner: int
    is_async: bool
    parameters: tuple[RouteParameter, ...]
    response_model: str
    models: tuple[int, ...]
    status_code: int
    in_schema: bool
    name: str
    tags: tuple[str, ...]
    app: str
    router: str
    dependencies: tuple[Dependency, ...]
    decorators: tuple[str, ...]
    path: str
    line: int
    column: int
    conditional: bool = False


class Unresolved(NamedTuple):
    """Something that is there and could not be followed: reported, never invented.

    Attributes:
        kind: ``route router include url table setting``.
        what: as written.
        reason: why it could not be followed.
        path: file.
        line: line.
    """

    kind: str
    what: str
    reason: str
    path: str
    line: int


class Routes(NamedTuple):
    """Routes, and what might be some."""

    found: tuple[Route, ...]
    unresolved: tuple[Unresolved, ...]
