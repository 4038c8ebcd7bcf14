"""The health path of a served application: answered for it where it has no answer of its own."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

OK = b'{"status":"ok"}'
_METHODS = ("GET", "HEAD")


class AsgiHealth:
    """An ASGI application whose 404 for the health path becomes ``{"status":"ok"}``.

    With ``first`` it is not asked at all.

    Everything else passes through unchanged: other paths, web sockets, the lifespan, and any
    other answer of the application to the health path.
    """

    def __init__(self, app: Any, path: str, first: bool) -> None:
        self._app = app
        self._path = path
        self._first = first

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers as ASGI asks."""
        if (
            scope["type"] != "http"
            or scope["path"] != self._path
            or scope["method"] not in _METHODS
        ):
            await self._app(scope, receive, send)
            return
        is_missing = self._first

        async def answer(message: Any) -> None:
            nonlocal is_missing
            if message["type"] == "http.response.start" and message["status"] == 404:
                is_missing = True
            elif not is_missing:
                await send(message)

        if not self._first:
            await self._app(scope, receive, answer)
        if is_missing:
            headers = [(name.encode(), value.encode()) for name, value in _headers()]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            body = OK if scope["method"] == "GET" else b""
            await send({"type": "http.response.body", "body": body})


class WsgiHealth:
    """A WSGI application whose 404 for the health path becomes ``{"status":"ok"}``.

    With ``first`` it is not asked at all.
    """

    def __init__(self, app: Any, path: str, first: bool) -> None:
        self._app = app
        self._path = path
        self._first = first

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Answers as WSGI asks."""
        method = environ["REQUEST_METHOD"]
        if environ.get("PATH_INFO") != self._path or method not in _METHODS:
            answer: Iterable[bytes] = self._app(environ, start_response)
            return answer
        if self._first:
            return _healthy(method, start_response)
        started: list[Any] = []
        written: list[bytes] = []

        def start(status: str, headers: Any, error: Any = None) -> Any:
            started[:] = [status, headers]
            return written.append

        body = list(_closing(self._app(environ, start)))
        if started and started[0].startswith("404"):
            return _healthy(method, start_response)
        start_response(*started)
        return [*written, *body]


def _healthy(method: str, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", _headers())
    return [OK if method == "GET" else b""]


def _closing(answer: Any) -> Iterator[bytes]:
    try:
        yield from answer
    finally:
        if hasattr(answer, "close"):
            answer.close()


def _headers() -> list[tuple[str, str]]:
    return [
        ("content-type", "application/json"), ("content-length", str(len(OK))),
        ("cache-control", "no-store"),
    ]  # fmt: skip


def with_health(app: Any, interface: str, path: str, first: bool) -> Any:
    """The application with an answer on the health path; itself where none is wanted."""
    if not path:
        return app
    return AsgiHealth(app, path, first) if interface == "asgi" else WsgiHealth(app, path, first)
