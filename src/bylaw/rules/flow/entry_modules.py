"""Entry points by evidence: modules that a start command names, or that build the application."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.model.backend.kinds import APPS
from bylaw.model.class_lookup import outside_bases
from bylaw.model.evaluate import evaluate
from bylaw.model.project import Value
from bylaw.rules.context import RuleContext
from bylaw.rules.developer_scripts import deploys
from bylaw.rules.flow.own_loop import OwnLoops
from bylaw.rules.flow.service_span import ServiceSpan

_NAMED = re.compile(r"(?<![\w./-])([A-Za-z_][\w.]*):([A-Za-z_]\w*)")
_TOLD = re.compile(r"(?:-A|--app|-m|FLASK_APP)(?:[= ]|: )[\"']?([A-Za-z_][\w.]*)")
_BUILDERS = frozenset(
    {*APPS, "celery.Celery", "sanic.Sanic", "litestar.Litestar", "falcon.App", "falcon.asgi.App",
     "aiohttp.web.Application", "aiohttp.web_app.Application", "dramatiq.Actor", "arq.Worker",
     "huey.RedisHuey", "tornado.web.Application", "bottle.Bottle"}
)  # fmt: skip


class EntryModules:
    """Answers whether a function only sets the application up, in the module that starts it."""

    __slots__ = ("_context", "_named", "_set_up", "_span")

    def __init__(self, context: RuleContext) -> None:
        self._context = context
        self._named: dict[int, set[str]] | None = None
        self._set_up: dict[int, frozenset[int]] = {}
        self._span = ServiceSpan(context, OwnLoops(context))

    def sets_up(self, number: int) -> bool:
        """Whether a function runs before service begins, in a module that is an entry point.

        Args:
            number: the function, or the body of a module.
        """
        module = self._context.project.function_home[number]
        if module not in self._set_up:
            self._set_up[module] = frozenset(self._find(module))
        found = self._set_up[module]
        return number in found or (bool(found) and self._span.outside(number))

    def _find(self, module: int) -> set[int]:
        """Functions of a module that its body or its factory leads to; none where it is no entry.

        What a factory defines and hands on, such as a handler, runs later. The body of a module
        that no command names counts where it makes the application itself, or calls what does:
        others import it as well.
        """
        project, graph = self._context.project, self._context.graph
        offset = project.function_offset[module]
        own = range(offset, offset + len(project.facts[module][F.FUNCTIONS]))
        names = self._named_by_commands().get(module)
        builders = {each for each in own if self._builds(each)}
        if names is None and not builders:
            return set()
        start = set(builders)
        start |= {each for each in own if project.functions[each][F.F_NAME] in (names or ())}
        if names is not None or any(edge.callee in builders for edge in graph.edges[offset]):
            start.add(offset)
        pending = sorted(start)
        for each in pending:
            for edge in graph.edges[each]:
                if edge.callee in own and edge.callee not in start:
                    start.add(edge.callee)
                    pending.append(edge.callee)
        return start

    def _builds(self, number: int) -> bool:
        """Whether a function makes an application of a framework."""
        project = self._context.project
        module = project.function_home[number]
        return any(
            _is_application(self._context, evaluate(project, module, call[F.C_PATH]))
            for call in project.functions[number][F.F_CALLS]
        )

    def _named_by_commands(self) -> dict[int, set[str]]:
        """Modules that files which start services name, and the attributes they name in them."""
        if self._named is None:
            self._named = {}
            repository = self._context.repository
            for path in repository.paths:
                if deploys(path):
                    for dotted, attribute in _mentioned(repository.text(path)):
                        for module in self._context.project.by_name.get(dotted, ()):
                            self._named.setdefault(module, set()).add(attribute)
        return self._named


def _mentioned(text: str) -> Iterator[tuple[str, str]]:
    yield from _NAMED.findall(text)
    for dotted in _TOLD.findall(text):
        yield dotted.removesuffix(".py"), ""


def _is_application(context: RuleContext, value: Value) -> bool:
    if value is None:
        return False
    if value[0] == "C":
        names = outside_bases(context.project, value[1], evaluate)
    else:
        names = [str(value[1])] if value[0] in "XB" else []
    return any(context.project.stubs.canonical(name) in _BUILDERS for name in names)
