"""Where a backend is entered: routes, guards, tasks, commands, hooks; by function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.model.backend.backend_model import BackendModel
from bylaw.model.backend.class_bodies import outside_names
from bylaw.model.backend.items import Route
from bylaw.model.class_lookup import resolution_order
from bylaw.model.evaluate import evaluate
from bylaw.model.project import Project
from bylaw.model.roles import MIGRATION, TEST, is_test_path
from bylaw.rules.context import RuleContext
from bylaw.rules.layers.providers import transport_functions
from bylaw.rules.web.authentication import refuses
from bylaw.rules.web.wiring_calls import middleware_functions

ROUTE, GUARD, TASK, COMMAND, HOOK, GRAPHQL = "route", "guard", "task", "command", "hook", "graphql"

_TASKS = frozenset(
    {"task", "shared_task", "actor", "job", "cron", "scheduled_job", "periodic_task", "subscriber",
     "background_task", "flow", "agent", "consumer", "on_message", "listener", "handles"}
)  # fmt: skip
_TASK_LIBRARIES = frozenset(
    {"celery", "dramatiq", "huey", "rq", "arq", "taskiq", "faststream", "apscheduler", "kombu",
     "procrastinate", "django_q", "django_rq", "prefect", "faust", "saq", "streaq"}
)  # fmt: skip
_COMMANDS = frozenset({"command", "cli_command", "callback", "group"})
_GRAPHQL = ("graphene.", "strawberry.", "ariadne.", "graphql.")
_NO_CALLERS = frozenset(
    {"object", "Exception", "ABC", "Protocol", "Enum", "str", "int", "BaseModel", "NamedTuple",
     "TypedDict", "Generic", "StrEnum", "IntEnum", "dict", "list", "tuple", "RuntimeError",
     "ValueError", "Model", "Base", "DeclarativeBase"}
)  # fmt: skip
"""Outside bases that call no method of a class by themselves."""


class Entry(NamedTuple):
    """One way into the backend.

    Attributes:
        kind: ``route guard task command hook graphql``.
        label: what people call it: ``POST /orders``, ``task app.tasks.send``.
    """

    kind: str
    label: str


def label_of(route: Route) -> str:
    """A route as people name it."""
    methods = "/".join(route.methods) or ("WS" if route.kind == "websocket" else "ANY")
    return f"{methods} {route.url}"


def entries_of(context: RuleContext) -> dict[int, Entry]:
    """Functions that something outside the project's own code calls.

    Args:
        context: what the linked repository says.

    Returns:
        Number of the function -> the entry; the one that carries most risk where there are two.
    """
    found: dict[int, Entry] = {}
    for number, entry in _all(context):
        if number >= 0 and number not in found:
            found[number] = entry
    return found


def _all(context: RuleContext) -> Iterator[tuple[int, Entry]]:
    backend, project = context.backend, context.project
    yield from _guards(context)
    yield from _routes(backend)
    for number, function in enumerate(project.functions):
        home = project.function_home[number]
        if project.roles[home] in (TEST, MIGRATION) or not function[F.F_DECORATORS]:
            continue
        entry = _decorated(backend, number, function)
        if entry is not None:
            yield number, entry
    for number in middleware_functions(context):
        yield number, Entry(HOOK, f"middleware {project.symbol(number)}")
    yield from _overrides(backend)
    for number, clause in sorted(transport_functions(backend).items()):
        yield number, Entry(HOOK, f"{project.symbol(number)} ({clause})")


def _guards(context: RuleContext) -> Iterator[tuple[int, Entry]]:
    """What routes depend on and that turns strangers away."""
    project = context.project
    for route in context.backend.routes:
        for each in route.dependencies:
            number = each.function
            if number < 0:
                continue
            if each.kind in ("security", "permission") or refuses(context, number):
                yield number, Entry(GUARD, f"guard {project.symbol(number)} of {label_of(route)}")


def _routes(backend: BackendModel) -> Iterator[tuple[int, Entry]]:
    project = backend.project
    for route in backend.routes:
        if is_test_path(route.path):
            continue
        entry = Entry(ROUTE, label_of(route))
        yield route.function, entry
        if route.owner >= 0:
            yield from ((each, entry) for each in _methods(project, route.owner))
        for each in route.dependencies:
            if each.function >= 0:
                yield each.function, entry


def _decorated(backend: BackendModel, number: int, function: tuple[object, ...]) -> Entry | None:
    """Tasks, commands and receivers, by the decorator that registers them."""
    project = backend.project
    home = project.function_home[number]
    names = function[F.F_DECORATORS]
    assert isinstance(names, tuple)
    for path, _, _ in names:
        bare = path.replace("()", "")
        last = bare.rpartition(".")[2].rpartition("|")[2]
        if last in _TASKS and not _is_invoke(project.facts[home]):
            return Entry(TASK, f"task {project.symbol(number)}")
        if last in _COMMANDS:
            return Entry(COMMAND, f"command {project.symbol(number)}")
        if last in (
            "receiver",
            "listens_for",
            "on_event",
            "connect_via",
            "on_startup",
            "validates",
        ):
            return Entry(HOOK, f"receiver {project.symbol(number)}")
        if last in ("field", "mutation", "subscription") and "strawberry" in bare:
            return Entry(GRAPHQL, f"GraphQL field {project.symbol(number)}")
    return None


def _is_invoke(facts: tuple[object, ...]) -> bool:
    """Whether a module holds tasks for developers: Invoke and its like."""
    imports = facts[F.IMPORTS]
    assert isinstance(imports, tuple | list)
    tops = {record[F.I_MODULE].partition(".")[0] for record in imports}
    tops |= {record[F.I_NAME].partition(".")[0] for record in imports if not record[F.I_MODULE]}
    return not tops.isdisjoint({"invoke", "fabric", "duty", "doit"}) and tops.isdisjoint(
        _TASK_LIBRARIES
    )


def _overrides(backend: BackendModel) -> Iterator[tuple[int, Entry]]:
    """Methods of classes whose base stands outside: the library calls them."""
    project = backend.project
    for number, home in enumerate(project.class_home):
        if project.roles[home] in (TEST, MIGRATION):
            continue
        bases = [
            each for each in outside_names(backend.index, number)
            if each.rpartition(".")[2] not in _NO_CALLERS
            and not each.endswith(("Error", "Exception"))
        ]  # fmt: skip
        if not bases:
            continue
        base = bases[0]
        kind, word = HOOK, base.rpartition(".")[2]
        if base.startswith(_GRAPHQL):
            kind, word = GRAPHQL, "GraphQL type"
        elif word == "BaseCommand" or word.endswith("Command"):
            kind, word = COMMAND, "command"
        elif word in (
            "BasePermission",
            "BaseAuthentication",
            "AuthenticationBackend",
            "ModelBackend",
        ):
            kind, word = GUARD, "guard"
        elif word in ("Task", "Consumer", "AsyncConsumer", "WebsocketConsumer"):
            kind, word = TASK, "task"
        label = f"{word} {project.class_name(number)}"
        yield from ((each, Entry(kind, label)) for each in _methods(project, number))


def _methods(project: Project, number: int) -> Iterator[int]:
    """Methods of a class and of the project's own bases."""
    for each in resolution_order(project, number, evaluate):
        offset = project.function_offset[project.class_home[each]]
        for _, inner in project.classes[each][F.K_METHODS]:
            yield offset + inner
