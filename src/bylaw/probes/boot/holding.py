"""A copy of the application that takes its time over one request, to be stopped meanwhile."""

from __future__ import annotations

from bylaw.manifests.meaning import Meaning
from bylaw.probes.boot.declares import Declares
from bylaw.probes.boot.placing import ROOM, rooted
from bylaw.probes.boot.running import Start
from bylaw.rules.context import RuleContext

MARKED, STOPPED, FREE = "marked", "stopped", ""
"""How a request is kept in flight: by the application itself, by making processes stand still, not
at all."""
BEGUN, SHUT_DOWN, OPENED = "bylaw-begun", "bylaw-shut-down", "bylaw-opened"
_CODE = """

def _bylaw_hold(served):
    import inspect
    import time

    def mark(name):
        with open("@ROOM@/tmp/" + name, "w"):
            pass

    def is_asked(query):
        return query in ("bylaw-held", b"bylaw-held")

    async def asgi(call, scope, receive, send):
        import asyncio

        async def told(message):
            if message["type"] == "lifespan.startup.complete":
                mark("bylaw-opened")
            if message["type"] == "lifespan.shutdown.complete":
                mark("bylaw-shut-down")
            await send(message)

        if scope["type"] == "http" and is_asked(scope.get("query_string", b"")):
            mark("bylaw-begun")
            await asyncio.sleep(1.0)
        await call(scope, receive, told if scope["type"] == "lifespan" else send)

    def wsgi(call, environ, start_response):
        if is_asked(environ.get("QUERY_STRING", "")):
            mark("bylaw-begun")
            time.sleep(1.0)
        return call(environ, start_response)

    # Servers look at the signature to tell the interface.
    class Asgi:
        async def __call__(self, scope, receive, send):
            await asgi(super().__call__, scope, receive, send)

    class Wsgi:
        def __call__(self, environ, start_response):
            return wsgi(super().__call__, environ, start_response)

    async def asgi_function(scope, receive, send):
        await asgi(served, scope, receive, send)

    def wsgi_function(environ, start_response):
        return wsgi(served, environ, start_response)

    if inspect.isfunction(served):
        return asgi_function if inspect.iscoroutinefunction(served) else wsgi_function
    kind = type(served)
    layer = Asgi if inspect.iscoroutinefunction(kind.__call__) else Wsgi
    served.__class__ = type(kind.__name__, (layer, kind), {})
    return served


"""
_MADE = "{name} = _bylaw_hold({name})\n"
_FACTORY = """_bylaw_make = {name}


def {name}(*words, **options):
    return _bylaw_hold(_bylaw_make(*words, **options))
"""


def held_start(
    context: RuleContext, start: Start, declares: Declares, meaning: Meaning
) -> Start | None:
    """The same start of an application that holds ``?bylaw-held`` for a second.

    Args:
        context: what is known.
        start: the good start.
        declares: what the service declares.
        meaning: of its command.

    Returns:
        The start; None where it is not known what is served.
    """
    number = declares.target
    if number < 0:
        return None
    given = declares.attribute or meaning.attribute
    name, is_factory = given.partition("(")[0], given.endswith(")") or meaning.is_factory
    bound = context.project.bindings[number]
    names = [each for each in (name, "app", "application") if each and each in bound]
    if not names:
        return None
    path = context.project.paths[number]
    try:
        with open(f"{context.root}/{path}", encoding="utf-8") as file:
            text = file.read()
    except (OSError, ValueError):
        return None
    end = (_FACTORY if is_factory else _MADE).format(name=names[0])
    return start._replace(
        files={rooted(path): f"{text}{_CODE}{end}"}, holding=MARKED,
        marks=tuple(f"{ROOM}/tmp/{each}" for each in (BEGUN, OPENED, SHUT_DOWN)),
    )  # fmt: skip
