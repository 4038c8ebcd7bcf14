"""What answers for a worker: liveness and readiness on a thread of their own.

Liveness looks at the worker only, never at a database. Readiness asks the service's callable.
"""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from bylaw_boot.worker import Worker

# A client that says nothing must not hold a thread for ever.
_PATIENCE = 5.0


class Readiness:
    """Asks the service's callable whether it is ready, one question at a time.

    A callable that hangs keeps one thread, not one for each question.
    """

    def __init__(self, ask: Callable[[], Any] | None, within: float) -> None:
        self._ask = ask
        self._within = within
        self._lock = threading.Lock()

    def why_not(self) -> str:
        """What keeps the service from being ready; empty where it is. Never an exception's text."""
        if self._ask is None:
            return ""
        if not self._lock.acquire(timeout=self._within):
            return f"the last answer is out for more than {self._within:g} s"
        said: list[str] = []
        thread = threading.Thread(target=self._answer, args=(said,), daemon=True)
        thread.start()
        thread.join(self._within)
        return said[0] if said else f"no answer within {self._within:g} s"

    def _answer(self, said: list[str]) -> None:
        try:
            assert self._ask is not None
            result = self._ask()
            if hasattr(result, "__await__"):
                import asyncio

                result = asyncio.run(_awaited(result))
            said.append("it says no" if result is False else "")
        except BaseException as error:  # noqa: BLE001  any failure means not ready
            said.append(f"it raised {type(error).__name__}")
        finally:
            self._lock.release()


async def _awaited(result: Any) -> Any:
    return await result


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    answers: Callable[[str], tuple[int, dict[str, Any]] | None]


class _Handler(BaseHTTPRequestHandler):
    timeout = _PATIENCE
    server_version = "bylaw-boot"
    sys_version = ""

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        assert isinstance(self.server, _Server)
        found = self.server.answers(self.path.partition("?")[0])
        status, document = found or (404, {"status": "not found"})
        body = json.dumps(document, separators=(",", ":")).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: a probe asks every few seconds."""


def answer_for(
    worker: Worker, readiness: Readiness, path: str, health: str
) -> tuple[int, dict[str, Any]] | None:
    """Status and document for a path; None where there is nothing.

    Args:
        worker: the worker that is asked about.
        readiness: what is asked for ``/ready``.
        path: the path, without its query.
        health: the path that both modes answer.
    """
    if path in ("/healthz", health):
        if not worker.is_stalled:
            document: dict[str, Any] = {"status": "ok"}
            status = 200
        else:
            document, status = {"status": "stalled"}, 503
        if path == "/healthz":
            last = worker.last_progress
            document["last_progress_seconds"] = None if last is None else round(last, 1)
        return status, document
    if path == "/ready":
        why = "stopping" if worker.stopping else "stalled" if worker.is_stalled else ""
        why = why or readiness.why_not()
        return (503, {"status": "not ready", "why": why}) if why else (200, {"status": "ready"})
    return None


def serve_health(host: str, port: int, worker: Worker, readiness: Readiness, health: str) -> None:
    """Listens, and answers on a thread that ends with the process.

    Raises:
        OSError: the port cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    kind = type("_Health", (_Server,), {"address_family": family})
    server = kind((host, port), _Handler)
    server.answers = lambda path: answer_for(worker, readiness, path, health)
    threading.Thread(target=server.serve_forever, daemon=True, name="bylaw-boot-health").start()
