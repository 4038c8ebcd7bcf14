"""Coroutines that run before the first request or after the last: lifespans and what they await."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.model.class_lookup import outside_bases
from bylaw.model.evaluate import evaluate
from bylaw.model.parameters import passed
from bylaw.model.project import Project
from bylaw.model.remembered import outside_decorators
from bylaw.rules.context import RuleContext
from bylaw.rules.flow.own_loop import OwnLoops

_APPLICATIONS = frozenset(
    {"fastapi.FastAPI", "starlette.applications.Starlette", "litestar.Litestar", "quart.Quart"}
)
_EVENTS = frozenset({"'startup", "'shutdown"})
_HARMLESS = ("contextlib.", "functools.")
"""Decorators that register their function with nobody."""
_AWAITED = F.AWAITED | F.ENTERED


class ServiceSpan:
    """Answers whether a coroutine runs around the time of service; each is asked once."""

    __slots__ = ("_context", "_handed", "_known", "_loops", "_named")

    def __init__(self, context: RuleContext, loops: OwnLoops) -> None:
        self._context = context
        self._loops = loops
        self._known: dict[int, bool] = {}
        self._named: frozenset[int] | None = None
        self._handed: frozenset[str] | None = None

    def outside(self, number: int) -> bool:
        """Whether a coroutine function runs only before the first request or after the last.

        Args:
            number: a coroutine function or an asynchronous generator.
        """
        known = self._known.get(number)
        if known is None:
            self._known[number] = True  # those that await each other ask the rest
            known = self._known[number] = self._find(number)
        return known

    def _find(self, number: int) -> bool:
        function = self._context.project.functions[number]
        if _is_hook(self._context.project, number) or number in self._told():
            return True
        callers = self._loops.callers(number)
        if not callers or not all(edge.use & _AWAITED for _, edge in callers):
            return False
        if len(function[F.F_DECORATORS]) > self._harmless(number) or self._is_handed(number):
            return False
        return all(self.outside(caller) for caller, _ in callers)

    def _harmless(self, number: int) -> int:
        names = outside_decorators(self._context.project, number)
        return sum(name.startswith(_HARMLESS) for name in names)

    def _is_handed(self, number: int) -> bool:
        """Whether something called like a function is handed to anybody, who may call it."""
        project = self._context.project
        if self._handed is None:
            self._handed = frozenset(
                given.rpartition("=")[2].rpartition(".")[2]
                for function in project.functions
                for call in function[F.F_CALLS]
                for given in call[F.C_ARGS]
                if given[0] not in "'?:*"
            )
        return project.functions[number][F.F_NAME].rpartition(".")[2] in self._handed

    def _told(self) -> frozenset[int]:
        """Functions that an application is told to run when it starts and stops."""
        if self._named is None:
            self._named = frozenset(_handlers(self._context, self._loops))
        return self._named


def _is_hook(project: Project, number: int) -> bool:
    """Whether a coroutine function says itself that it is a lifespan or an event handler."""
    function = project.functions[number]
    if any(path.endswith((".on_event", ".on_event()")) for path, _, _ in function[F.F_DECORATORS]):
        return True
    if not function[F.F_FLAGS] & F.GENERATOR:
        return False
    if "contextlib.asynccontextmanager" not in outside_decorators(project, number):
        return False
    module = project.function_home[number]
    annotations = [param[F.P_ANNOTATION] for param in function[F.F_PARAMS]]
    values = [evaluate(project, module, each) for each in annotations if each]
    return "lifespan" in function[F.F_NAME] or any(
        value is not None and value[0] == "X" and project.stubs.canonical(value[1]) in _APPLICATIONS
        for value in values
    )


def _handlers(context: RuleContext, loops: OwnLoops) -> Iterator[int]:
    """Functions handed to an application as its lifespan, directly or through a factory."""
    project = context.project
    pending: list[tuple[int, str]] = []
    for number, function in enumerate(project.functions):
        for call in function[F.F_CALLS]:
            given = _given(project, number, call)
            if given:
                pending.append((number, given))
    seen = set(pending)
    for number, given in pending:
        value = evaluate(project, project.function_home[number], given)
        if value is not None and value[0] == "F":
            yield value[1]
            continue
        name = _parameter(project.functions[number], given)
        for caller, edge in loops.callers(number) if name else ():
            more = (caller, passed(project, caller, edge, name) or "")
            if more[1] and more not in seen and more[1][0] not in "'?:*":
                seen.add(more)
                pending.append(more)


def _given(project: Project, number: int, call: tuple[Any, ...]) -> str:
    """What a call tells an application to run as it starts or stops, encoded; empty for nothing."""
    arguments = call[F.C_ARGS]
    if call[F.C_PATH].endswith(".add_event_handler") and len(arguments) == 2:
        return str(arguments[1]) if arguments[0] in _EVENTS else ""
    given = next((each[9:] for each in arguments if each.startswith("lifespan=")), "")
    if not given or given[0] in "'?:*":
        return ""
    value = evaluate(project, project.function_home[number], call[F.C_PATH])
    names: list[str] = []
    if value is not None and value[0] in "XB":
        names = [value[1]]
    elif value is not None and value[0] == "C":
        names = outside_bases(project, value[1], evaluate)
    return given if any(project.stubs.canonical(name) in _APPLICATIONS for name in names) else ""


def _parameter(function: tuple[Any, ...], given: str) -> str:
    for name, annotation, _ in function[F.F_PARAMS]:
        if given in (f"={name}", f"{annotation}!"):
            return str(name)
    return ""
