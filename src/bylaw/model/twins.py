"""Functions that a decorator sends to an async twin where an event loop runs."""

from __future__ import annotations

from typing import Any

from bylaw.facts import schema as F
from bylaw.model.evaluate import evaluate
from bylaw.model.project import Project


def async_twin(project: Project, number: int) -> int | None:
    """The coroutine function that runs in the place of a sync one inside an event loop.

    It is an argument of a decorator, belongs to the project and takes the parameters that the
    decorated function takes; with others it would be a callback.

    Args:
        project: the linked project.
        number: function that may be decorated so.

    Returns:
        Number of the twin, None where there is none.
    """
    function = project.functions[number]
    if function[F.F_FLAGS] & F.ASYNC:
        return None
    module = project.function_home[number]
    for _, arguments, _ in function[F.F_DECORATORS]:
        for encoded in arguments:
            path = encoded.rpartition("=")[2] if encoded[0] not in "'=" else ""
            value = evaluate(project, module, path) if path and path[0] not in "'?:*" else None
            if value is not None and value[0] == "F" and value[1] != number:
                twin = project.functions[value[1]]
                if twin[F.F_FLAGS] & F.ASYNC and _parameters(twin) == _parameters(function):
                    return int(value[1])
    return None


def _parameters(function: tuple[Any, ...]) -> frozenset[str]:
    return frozenset(each[F.P_NAME] for each in function[F.F_PARAMS]) - {"self", "cls"}
