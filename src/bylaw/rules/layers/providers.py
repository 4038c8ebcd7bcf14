"""Functions that belong to the transport wherever they stand: the framework calls them."""

from __future__ import annotations

from bylaw.facts import schema as F
from bylaw.model.backend.backend_model import BackendModel
from bylaw.model.backend.class_bodies import outside_names
from bylaw.model.backend.depends import own_dependencies

_MIDDLEWARE = ("BaseHTTPMiddleware", "MiddlewareMixin", "BasePermission", "BaseAuthentication")
_STARTED = frozenset(
    {
        "task", "shared_task", "actor", "job", "cron", "command", "cli_command", "scheduled_job",
        "periodic_task", "subscriber", "on_event", "listens_for", "receiver", "connect_via",
        "on_after_configure", "scheduler", "scheduled_project_task", "background_task", "flow",
    }
)  # fmt: skip


def transport_functions(backend: BackendModel) -> dict[int, str]:
    """Functions that a web framework calls, each with what it is to the framework.

    Args:
        backend: the model.

    Returns:
        Number of the function -> one clause.
    """
    project = backend.project
    found: dict[int, str] = {}
    for route in backend.routes:
        if route.function >= 0:
            found.setdefault(route.function, f"it handles {' '.join(route.methods)} {route.url}")
        for dependency in route.dependencies:
            if dependency.function >= 0:
                found.setdefault(dependency.function, f"{route.handler} depends on it")
    injects = any(route.framework == "fastapi" for route in backend.routes)
    for number, function in enumerate(project.functions if injects else ()):
        if not function[F.F_PARAMS]:
            continue
        for dependency in own_dependencies(backend.index, number, 0):
            if dependency.function >= 0:
                symbol = project.symbol(number)
                found.setdefault(dependency.function, f"{symbol} depends on it")
                found.setdefault(number, "its own parameters are injected")
    for handler in backend.handlers:
        if handler.function >= 0:
            found.setdefault(handler.function, f"it answers for {handler.exception}")
    for number, record in enumerate(project.classes):
        if any(each.endswith(_MIDDLEWARE) for each in outside_names(backend.index, number)):
            offset = project.function_offset[project.class_home[number]]
            for _, inner in record[F.K_METHODS]:
                found.setdefault(offset + inner, f"{record[F.K_NAME]} stands before the handlers")
    return found


def is_started(function: tuple[object, ...]) -> bool:
    """Whether a queue, scheduler or command line starts a function: its decorator says so."""
    decorators = function[F.F_DECORATORS]
    assert isinstance(decorators, tuple)
    return any(path.replace("()", "").rpartition(".")[2] in _STARTED for path, _, _ in decorators)
