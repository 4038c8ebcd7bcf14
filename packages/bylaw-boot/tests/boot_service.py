"""A small backend in a folder of its own, started as a platform would start it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PACKAGE = Path(__file__).parents[1]
ENTRY = "backend.infrastructure.worker_entry"
# Longer than any test takes on a busy machine; a process that hangs is ended then.
LIMIT = 40.0

APP = """
import asyncio, json, os, sys

def say(text):
    print(text, file=sys.stderr, flush=True)

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                say("lifespan up")
                await send({"type": "lifespan.startup.complete"})
            else:
                say("lifespan down")
                await send({"type": "lifespan.shutdown.complete"})
                return
    status, body = 404, b"{}"
    if scope["path"] == "/hello":
        status, body = 200, b"hello"
    if scope["path"] == "/slow":
        say("in flight")
        while not os.path.exists(os.environ["RELEASE"]):
            await asyncio.sleep(0.01)
        status, body = 200, b"finished"
    await send({"type": "http.response.start", "status": status,
                "headers": [(b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})
"""
WSGI_APP = """
import os, sys, time

def app(environ, start_response):
    path = environ["PATH_INFO"]
    status, body = "404 Not Found", b"{}"
    if path == "/hello":
        status, body = "200 OK", b"hello"
    if path == "/slow":
        print("in flight", file=sys.stderr, flush=True)
        while not os.path.exists(os.environ["RELEASE"]):
            time.sleep(0.01)
        status, body = "200 OK", b"finished"
    start_response(status, [("Content-Length", str(len(body)))])
    return [body]
"""
DECLARATION = """
package="backend", app="backend.api.service:app", worker="backend.worker:run",
require=[Var("DATABASE_URL")], critical=["backend.core"]
"""
FILES = {
    "backend/__init__.py": "",
    "backend/core.py": "",
    "backend/api/__init__.py": "",
    "backend/api/service.py": APP,
    "backend/worker.py": "def run(worker):\n    while not worker.wait(60):\n        pass\n",
    "backend/infrastructure/__init__.py": "",
}


def entry_file(declaration: str) -> str:
    """The one file that a service writes."""
    return (
        "from bylaw_boot import Boot, Reach, Serving, Var, Working\n\n"
        f"boot = Boot({declaration.strip()})\n\n"
        'if __name__ == "__main__":\n    boot.main()\n'
    )


class Ended:
    """A process that ended.

    Attributes:
        status: its exit status.
        out: its standard output.
        err: its standard error.
    """

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status = status
        self.out = out
        self.err = err

    @property
    def diagnostic(self) -> dict[str, Any]:
        """The last line of standard error."""
        document: dict[str, Any] = json.loads(self.err.splitlines()[-1])
        return document

    @property
    def codes(self) -> list[str]:
        """The codes of its errors."""
        return [each["code"] for each in self.diagnostic["errors"]]


class Running:
    """A process that runs, whose whole output is read line by line."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.port = port
        self.seen = ""
        self._limit = threading.Timer(LIMIT, self._kill)
        self._limit.start()

    def wait_for(self, text: str) -> str:
        """Reads until a line holds a text."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.seen += line
            if text in line:
                return line
        raise AssertionError(f"ended without {text!r}:\n{self.seen}")

    def reach(self) -> None:
        """Waits until the port is listened on; servers say that they run a little before."""
        while self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), LIMIT).close()
            except ConnectionRefusedError:
                threading.Event().wait(0.01)
            else:
                return
        raise AssertionError(f"ended before it listened:\n{self.seen}")

    def ask(self, path: str, method: str = "GET") -> tuple[int, bytes]:
        """Sends a request."""
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self.port), LIMIT) as connection:
            with connection.makefile("wb") as out:
                out.write(head.encode())
            answer = http.client.HTTPResponse(connection, method=method)
            answer.begin()
            return answer.status, answer.read()

    def send(self, number: int = signal.SIGTERM) -> None:
        """Sends a signal to the process."""
        self.process.send_signal(number)

    def end(self) -> int:
        """Waits for its end, and gives the exit status."""
        assert self.process.stdout is not None
        self.seen += self.process.stdout.read()
        status = self.process.wait(LIMIT)
        self.close()
        return status

    def close(self) -> None:
        """Leaves nothing behind."""
        self._limit.cancel()
        self._kill()
        self.process.wait(LIMIT)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def _kill(self) -> None:
        """Ends the process and what it started: all of them are in a session of their own."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


class Service:
    """A backend on disk.

    Attributes:
        root: the folder it is started from.
        environ: the whole environment it is started in.
    """

    def __init__(self, root: Path, site: Path) -> None:
        self.root = root
        self.running: list[Running] = []
        self.environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(site),
            "DATABASE_URL": "postgresql://shop:hunter2-geheim@db.example/shop",
            "PORT": str(free_port()),
            "RELEASE": str(root / "release"),
        }
        self.write(FILES)
        self.declare(DECLARATION)

    def write(self, files: dict[str, str]) -> None:
        """Writes files below the root."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")

    def declare(self, declaration: str) -> None:
        """Writes the entry file."""
        self.write({"backend/infrastructure/worker_entry.py": entry_file(declaration)})

    def run(self, *arguments: str, **environ: str) -> Ended:
        """Runs it to its end; by default as the contract says, with ``-m``."""
        return self.python("-m", ENTRY, *arguments, **environ)

    def python(self, *arguments: str, cwd: str = ".", **environ: str) -> Ended:
        """Runs the interpreter to its end."""
        done = subprocess.run(
            [sys.executable, *arguments], cwd=self.root / cwd, env={**self.environ, **environ},
            capture_output=True, text=True, timeout=LIMIT, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        return Ended(done.returncode, done.stdout, done.stderr)

    def start(self, **environ: str) -> Running:
        """Starts it as the contract says."""
        given = {**self.environ, **environ}
        process = subprocess.Popen(
            [sys.executable, "-m", ENTRY], cwd=self.root, env=given, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        self.running.append(Running(process, int(given["PORT"])))
        return self.running[-1]

    def release(self) -> None:
        """Lets requests in flight finish."""
        (self.root / "release").write_text("", encoding="utf-8")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
