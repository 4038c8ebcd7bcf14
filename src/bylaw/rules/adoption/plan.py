"""What adoption decides about a service, and what it leaves to people."""

from __future__ import annotations

from typing import NamedTuple

DEFAULT_PORT = "8000"
DEFAULT_PYTHON = "3.12"


class Open(NamedTuple):
    """Something that adoption cannot decide: marked ``TODO(bylaw)`` and reported.

    Attributes:
        path: file it is about; empty where there is none yet.
        line: 1-based line; 0 where none is meant.
        what: what is not known, or not done.
        way: the one edit or command that settles it.
    """

    path: str
    line: int
    what: str
    way: str


class Decision(NamedTuple):
    """One answer, with what shows it.

    Attributes:
        question: ``application``, ``package``, ``port``, ...
        value: the answer.
        why: file and line, or the default it rests on.
    """

    question: str
    value: str
    why: str


class Variable(NamedTuple):
    """A variable of the environment that the service reads.

    Attributes:
        name: its name.
        type: ``str``, ``int``, ``float`` or ``bool``.
        is_required: whether the service cannot start without it.
        is_certain: whether that is known; else it is left as a TODO.
        place: ``path:line`` of the read or the field.
    """

    name: str
    type: str
    is_required: bool
    is_certain: bool
    place: str


class Application(NamedTuple):
    """An ASGI or WSGI application of the repository.

    Attributes:
        target: ``module:attribute``, or ``module:factory()``.
        module: number of its file.
        interface: ``asgi`` or ``wsgi``.
        framework: ``fastapi starlette flask django``; empty where it is not known.
        why: what names it.
        root: folder that its module is imported from, relative to the root.
    """

    target: str
    module: int
    interface: str
    framework: str
    why: str
    root: str

    @property
    def name(self) -> str:
        """Dotted name of its module."""
        return self.target.partition(":")[0]


class Definition(NamedTuple):
    """Where the service's project is defined, and by which tool it is installed.

    Attributes:
        folder: folder of the project, relative to the root; empty for the root.
        manager: ``uv``, ``poetry``, ``pdm``, ``pipenv``, ``requirements`` or ``pip``; empty where
            nothing declares dependencies.
        requirements: requirements file, relative to the folder; empty where none is used.
        name: name of the distribution.
        python: ``3.12``.
        python_why: what says so; empty where nothing does.
        oldest: oldest Python that is declared; empty where none is.
        is_defined: whether a build definition of the package is there.
    """

    folder: str
    manager: str
    requirements: str
    name: str
    python: str
    python_why: str
    oldest: str
    is_defined: bool

    def path(self, name: str) -> str:
        """A file of the project, relative to the root."""
        return f"{self.folder}/{name}".lstrip("/")


class Serving(NamedTuple):
    """How the application has been served, as far as it can be kept.

    Attributes:
        server: server that must be named; empty for the one that is installed.
        options: (name, value as Python writes it) of the server's own options.
        port: port it listens on where nothing sets ``PORT``.
        health: path of its health check.
        health_first: whether the path is answered without asking the application.
        before: (command, ``path:line``) of what ran before the server.
    """

    server: str
    options: tuple[tuple[str, str], ...]
    port: str
    health: str
    health_first: bool
    before: tuple[tuple[str, str], ...]


class Service(NamedTuple):
    """Everything that is decided about one service.

    Attributes:
        application: what is served.
        package: top-level name of the package that holds the entry.
        package_folder: its folder, relative to the root.
        entry: dotted name of the entry module.
        entry_path: its file, relative to the root.
        has_entry: whether the entry is there already.
        worker: ``module:callable`` of the worker; empty where there is none.
        definition: where it is defined.
        serving: how it is served.
        variables: the variables it reads, by name.
        needs: distributions to add to the dependencies.
    """

    application: Application
    package: str
    package_folder: str
    entry: str
    entry_path: str
    has_entry: bool
    worker: str
    definition: Definition
    serving: Serving
    variables: tuple[Variable, ...]
    needs: tuple[str, ...]

    @property
    def command(self) -> tuple[str, ...]:
        """The one start command."""
        return ("python", "-m", self.entry)

    @property
    def health_command(self) -> tuple[str, ...]:
        """What asks a container for its health; the port is the container's own ``PORT``."""
        words = ("python", "-m", "bylaw_boot", "health")
        return (
            (*words, "--path", self.serving.health) if self.serving.health != "/health" else words
        )
