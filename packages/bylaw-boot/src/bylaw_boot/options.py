"""How the application is served and the worker run, where the defaults do not fit."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Serving:
    """How the application is served.

    Attributes:
        host: the address to listen on, in both modes.
        health: path that is answered with ``{"status":"ok"}`` where the application answers it
            with 404; empty leaves it to the application.
        health_first: whether that path is answered without asking the application: for one that
            answers strangers with a redirect or a refusal in place of 404, as Django does.
        server: ``uvicorn``, ``hypercorn``, ``granian`` or ``gunicorn``; by default the first that
            is installed and speaks the application's interface.
        interface: ``asgi`` or ``wsgi``; found out by default.
        options: further options of the server, by its own names; for gunicorn ``config`` is its
            configuration file, over which the other options and the address count.
    """

    __slots__ = ("health", "health_first", "host", "interface", "options", "server")

    def __init__(
        self,
        *,
        host: str = "0.0.0.0",
        health: str = "/health",
        health_first: bool = False,
        server: str = "",
        interface: str = "",
        options: Mapping[str, Any] | None = None,
    ) -> None:
        if interface not in ("", "asgi", "wsgi"):
            raise ValueError(f"interface is 'asgi' or 'wsgi', not {interface!r}")
        if health and not health.startswith("/"):
            raise ValueError(f"health is a path, or empty: {health!r}")
        self.host = host
        self.health = health
        self.health_first = health_first
        self.server = server
        self.interface = interface
        self.options = dict(options or {})


class Working:
    """How the background worker is run.

    Attributes:
        ready: ``module:callable`` that ``/ready`` asks; False or an exception says no.
        ready_within: seconds after which it counts as no.
        stall_after: seconds without progress after which the worker is unhealthy: after its last
            ``progress()``, once it called it, and after the last turn of its event loop.
        may_end: whether it may return without having been asked to stop.
    """

    __slots__ = ("may_end", "ready", "ready_within", "stall_after")

    def __init__(
        self,
        *,
        ready: str = "",
        ready_within: float = 2.0,
        stall_after: float = 300.0,
        may_end: bool = False,
    ) -> None:
        if stall_after <= 0 or ready_within <= 0:
            raise ValueError("a time limit is more than nothing")
        self.ready = ready
        self.ready_within = ready_within
        self.stall_after = stall_after
        self.may_end = may_end
