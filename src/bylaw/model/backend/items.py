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


class Column(NamedTuple):
    """One column of a table.

    Attributes:
        name: of the column in the database.
        attribute: of the model.
        type: as written.
        nullable: None where it is not told.
        primary_key: part of the key.
        unique: declared unique by itself.
        indexed: declared to have an index by itself.
        foreign_key: ``table.column`` or the model it leads to, empty for none.
        on_delete: what is declared to happen, empty for none.
        default: has a default of the model or the server.
        path: file of the declaration.
        line: line of the declaration.
    """

    name: str
    attribute: str
    type: str
    nullable: bool | None
    primary_key: bool
    unique: bool
    indexed: bool
    foreign_key: str
    on_delete: str
    default: bool
    path: str
    line: int


class TableIndex(NamedTuple):
    """An index or a constraint over columns.

    Attributes:
        kind: ``index unique primary-key foreign-key``.
        name: empty where the database names it.
        columns: in order; an expression stands as ``?``.
        partial: it has a condition, so that not every row is in it.
        path: file of the declaration.
        line: line of the declaration.
    """

    kind: str
    name: str
    columns: tuple[str, ...]
    partial: bool
    path: str
    line: int


class Relationship(NamedTuple):
    """A way from one model to another.

    Attributes:
        attribute: of the model.
        target: name of the other model as written.
        many: leads to a collection; None where it is not told.
        lazy: loading strategy as written, empty for the default.
        path: file of the declaration.
        line: line of the declaration.
    """

    attribute: str
    target: str
    many: bool | None
    lazy: str
    path: str
    line: int


class Table(NamedTuple):
    """A table that an ORM declares.

    Attributes:
        framework: ``sqlalchemy sqlmodel django``.
        name: of the table in the database.
        model: dotted name of the class, or of what holds the table.
        number: of the class, or -1.
        columns: inherited ones included.
        indexes: over several columns or declared apart from them.
        relationships: in order.
        path: file of the declaration.
        line: line of the declaration.
    """

    framework: str
    name: str
    model: str
    number: int
    columns: tuple[Column, ...]
    indexes: tuple[TableIndex, ...]
    relationships: tuple[Relationship, ...]
    path: str
    line: int

    def is_indexed(self, column: Column) -> bool:
        """Whether a look-up by a column alone finds an index that begins with it."""
        if column.indexed or column.unique:
            return True
        keys = [each for each in self.columns if each.primary_key]
        if column.primary_key and keys[0] == column:
            return True
        names = (column.name, column.attribute)
        return any(
            each.kind != "foreign-key" and not each.partial and each.columns[:1]
            and each.columns[0] in names
            for each in self.indexes
        )  # fmt: skip


class SettingsField(NamedTuple):
    """One setting and the variables it is read from.

    Attributes:
        name: attribute or name it is bound to, empty where it is read on the spot.
        variables: environment variables, the first one that is set counts.
        annotation: as written.
        required: there is no default.
        path: file.
        line: line.
    """

    name: str
    variables: tuple[str, ...]
    annotation: str
    required: bool
    path: str
    line: int


class Settings(NamedTuple):
    """A settings class, or a module that reads settings.

    Attributes:
        kind: ``pydantic django starlette decouple environs environment``.
        name: dotted name of the class or module.
        number: of the class, or -1.
        prefix: of its variables; ``*`` where it is computed.
        fields: in order.
        path: file.
        line: line.
    """

    kind: str
    name: str
    number: int
    prefix: str
    fields: tuple[SettingsField, ...]
    path: str
    line: int


class Component(NamedTuple):
    """What a module is for, with what proves it.

    Attributes:
        role: ``router service repository schema model migration test settings entry script``.
        name: dotted name of the module.
        module: its number.
        reason: one sentence.
        path: file of the module.
        line: line of the evidence.
        primary: it is the first role of its module.
    """

    role: str
    name: str
    module: int
    reason: str
    path: str
    line: int
    primary: bool


class TestedBy(NamedTuple):
    """One test and what it exercises.

    Attributes:
        name: dotted name of the test.
        function: its number.
        kind: ``http`` where it sends requests, else ``unit``.
        fixtures: numbers of the fixtures it asks for, theirs included.
        exercises: numbers of the first-party functions outside tests that it, its fixtures or the
            helpers of the tests call.
        requests: method and path of each request as far as it is told.
        handlers: numbers of the handlers these requests reach.
        path: file.
        line: line.
    """

    name: str
    function: int
    kind: str
    fixtures: tuple[int, ...]
    exercises: tuple[int, ...]
    requests: tuple[str, ...]
    handlers: tuple[int, ...]
    path: str
    line: int


class Raise(NamedTuple):
    """One place that raises a domain exception."""

    function: int
    symbol: str
    path: str
    line: int


class ExceptionHandler(NamedTuple):
    """A function that turns an exception into a response.

    Attributes:
        exception: dotted name of the exception, or the status code it is registered for.
        number: of the first-party exception class, or -1.
        handler: dotted name of the handler.
        function: its number, or -1.
        path: file of the registration.
        line: line of the registration.
    """

    exception: str
    number: int
    handler: str
    function: int
    path: str
    line: int


class DomainException(NamedTuple):
    """An exception class of the project.

    Attributes:
        name: dotted name.
        number: of the class.
        bases: what it derives from, nearest first.
        raised: where it is raised.
        handlers: registered handlers that catch it, its own first.
        path: file.
        line: line.
    """

    name: str
    number: int
    bases: tuple[str, ...]
    raised: tuple[Raise, ...]
    handlers: tuple[ExceptionHandler, ...]
    path: str
    line: int
