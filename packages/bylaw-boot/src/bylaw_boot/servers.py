"""The servers: which one is installed, and how each is made to serve and to stop."""

from __future__ import annotations

import os
import sys

from bylaw_boot.health_answers import with_health
from bylaw_boot.problems import Problem
from bylaw_boot.targets import ASGI, load_target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from bylaw_boot.options import Serving
    from bylaw_boot.stopping import Stopping

NAMES = ("uvicorn", "hypercorn", "granian", "gunicorn")
_FIRST = {ASGI: NAMES, "wsgi": ("gunicorn", "granian", "hypercorn", "uvicorn")}
_GUNICORN_ASGI = (
    ("gunicorn.workers.gasgi", "asgi"),
    ("uvicorn_worker", "uvicorn_worker.UvicornWorker"),
    ("uvicorn.workers", "uvicorn.workers.UvicornWorker"),
)


class Service:
    """What is to be served, and where.

    Attributes:
        target: ``module:attribute`` of the application.
        app: the application.
        interface: ``asgi`` or ``wsgi``.
        port: the port to listen on.
        serving: how it is served.
    """

    __slots__ = ("app", "interface", "port", "serving", "target")

    def __init__(self, target: str, app: Any, interface: str, port: int, serving: Serving) -> None:
        self.target = target
        self.app = with_health(app, interface, serving.health, serving.health_first)
        self.interface = interface
        self.port = port
        self.serving = serving

    @property
    def address(self) -> str:
        """Host and port as servers want them in one text."""
        host = self.serving.host
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"


def choose_server(wanted: str, interface: str) -> tuple[str, list[Problem]]:
    """The server to use, looked for without importing any.

    Args:
        wanted: its name, or nothing.
        interface: ``asgi`` or ``wsgi``.
    """
    if wanted and wanted not in NAMES:
        message = f"no server is called {wanted!r}"
        return "", [Problem("server-missing", message, f"name one of {', '.join(NAMES)}")]
    candidates = (wanted,) if wanted else _FIRST[interface]
    for name in candidates:
        if _is_there(name) and (name != "gunicorn" or interface != ASGI or _gunicorn_worker()):
            return name, []
    what = f"{' or '.join(candidates)} is needed to serve {interface.upper()}"
    if wanted == "gunicorn" and _is_there("gunicorn"):
        what = "this gunicorn serves ASGI only together with uvicorn-worker"
    way = f"add {candidates[0]} to the dependencies and install them in the image"
    return "", [Problem("server-missing", f"{what}, and it is not installed", way)]


def serve(server: str, service: Service, stopping: Stopping) -> bool:
    """Serves until a signal asks to stop.

    Returns:
        Whether the application was started at all.
    """
    runners: dict[str, Callable[[Service, Stopping], bool]] = {
        "uvicorn": _uvicorn, "hypercorn": _hypercorn, "granian": _granian, "gunicorn": _gunicorn,
    }  # fmt: skip
    return runners[server](service, stopping)


def _is_there(module: str) -> bool:
    from importlib.util import find_spec

    try:
        return find_spec(module) is not None
    except ImportError:
        return False


def _gunicorn_worker() -> str:
    """The worker class that makes gunicorn speak ASGI; empty where there is none."""
    return next((name for module, name in _GUNICORN_ASGI if _is_there(module)), "")


def _uvicorn(service: Service, stopping: Stopping) -> bool:
    import uvicorn

    options: dict[str, Any] = {
        "host": service.serving.host, "port": service.port,
        "interface": "asgi3" if service.interface == ASGI else "wsgi",
        "timeout_graceful_shutdown": max(1, int(stopping.drain)), **service.serving.options,
    }  # fmt: skip

    class Server(uvicorn.Server):
        """Leaves signals to ``Stopping``."""

        is_up = False

        def handle_exit(self, sig: int, frame: Any) -> None:
            # It would send each signal to the process again in the end, which then dies of it.
            stopping.receive(sig)

        async def main_loop(self) -> None:
            # Told to stop while it starts, it would leave out the application's own shutdown.
            self.is_up = True
            self.should_exit = self.should_exit or bool(stopping.signal)
            await super().main_loop()

        def stop(self) -> None:
            self.should_exit = self.should_exit or self.is_up

    server = Server(uvicorn.Config(service.app, **options))
    stopping.listen(server.stop)
    server.run()
    return bool(server.started)


def _hypercorn(service: Service, stopping: Stopping) -> bool:
    import asyncio

    from hypercorn.asyncio import serve as serve_app
    from hypercorn.config import Config

    config = Config.from_mapping(
        {
            "bind": [service.address], "graceful_timeout": stopping.drain, "errorlog": "-",
            **service.serving.options,
        }
    )  # fmt: skip

    async def run() -> None:
        loop = asyncio.get_running_loop()
        asked = asyncio.Event()
        stopping.listen(lambda: loop.call_soon_threadsafe(asked.set))
        mode: Any = service.interface
        await serve_app(service.app, config, shutdown_trigger=asked.wait, mode=mode)

    asyncio.run(run())
    return True


def _granian(service: Service, stopping: Stopping) -> bool:
    import functools
    import multiprocessing

    from granian import Granian
    from granian.constants import Interfaces

    options = {"workers_kill_timeout": max(1, int(stopping.drain)), **service.serving.options}
    server = Granian(
        service.target, address=service.serving.host, port=service.port,
        interface=Interfaces(service.interface), **options,
    )  # fmt: skip

    def kill() -> None:
        for child in multiprocessing.active_children():
            child.kill()

    def listen() -> None:
        stopping.listen(server.signal_handler_interrupt, kill)

    # Runs after it has set its own handlers and before it waits.
    server.on_startup(listen)
    loader = functools.partial(
        load_served,
        service.target,
        service.interface,
        service.serving.health,
        service.serving.health_first,
    )
    try:
        server.serve(target_loader=loader, wrap_loader=False)
    except SystemExit as end:
        return not end.code
    return True


def load_served(target: str, interface: str, health: str, first: bool) -> Any:
    """Loads an application as it is served: in a server's child process."""
    return with_health(load_target(target), interface, health, first)


def _gunicorn(service: Service, stopping: Stopping) -> bool:
    import signal

    from gunicorn.app.base import Application as GunicornApplication

    def when_ready(arbiter: Any) -> None:
        # Its handler of SIGINT drops what is in flight; that of SIGTERM finishes it.
        def stop() -> None:
            arbiter.signal(signal.SIGTERM, None)

        stopping.listen(stop, lambda: arbiter.kill_workers(signal.SIGKILL))

    options: dict[str, Any] = {
        "bind": service.address, "graceful_timeout": max(1, int(stopping.drain)),
        "when_ready": when_ready, **service.serving.options,
    }  # fmt: skip
    file = options.pop("config", "")
    if service.interface == ASGI and not file:
        options.setdefault("worker_class", _gunicorn_worker())

    class Application(GunicornApplication):  # type: ignore[misc]
        """Gunicorn's way to be told of an application."""

        def load_config(self) -> None:
            if file:
                self.load_config_from_file(file)
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return service.app

    process = os.getpid()
    # The arbiter reads the arguments of the process to start itself again.
    try:
        Application().run()
    except SystemExit as end:
        if os.getpid() != process:
            # A worker, which is forked from here, ends so: it is not the service that ended.
            raise
        return not end.code
    return "gunicorn" in sys.modules
