"""Requests to the service: whole ones, and those that are in flight when the signal comes."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import time
from http.client import HTTPException, HTTPResponse
from typing import Any

from bylaw_boot_agent.processes import send, state_of
from bylaw_boot_agent.sockets import connect, was_read

_MOST_BODY = 1 << 16
_SHOWN = 400
_PATIENCE = 5.0
_LONGEST_HUNT, _LONGEST_ATTEMPT = 6.0, 1.5
_STEPS = (0.0, 0.000005, 0.00002, 0.00006, 0.0002)
_LONGEST_STEP = 0.002
_STOPPED = ("T", "t", "Z", "X", "")
_HEADERS = 60
"""Headers nobody asks for: reading them takes a service a moment longer."""


def ask(port: int, path: str, seconds: float) -> dict[str, Any]:
    """One GET: ``status``, the begin of the ``body`` and the ``seconds`` it took.

    ``status`` is 0 where no answer came that is HTTP.
    """
    started = time.monotonic()
    connection = connect(port, seconds)
    if connection is None:
        return {"status": 0, "body": "", "seconds": 0.0}
    with connection:
        status, body = 0, ""
        with contextlib.suppress(OSError, HTTPException):
            connection.sendall(_request(port, path))
            status, body = _answer(connection)
    return {"status": status, "body": body, "seconds": time.monotonic() - started}


def _request(port: int, path: str) -> bytes:
    lines = (
        f"GET {path} HTTP/1.1", f"Host: localhost:{port}", "User-Agent: bylaw-probe",
        "Accept: */*", *(f"X-Bylaw-{number}: {number}" for number in range(_HEADERS)),
        "Connection: close", "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode("latin-1", "replace")


def _answer(connection: socket.socket) -> tuple[int, str]:
    """Status and begin of the body; an answer that is cut off raises."""
    response = HTTPResponse(connection, method="GET")
    response.begin()
    body = response.read(_MOST_BODY)
    if len(body) == _MOST_BODY:
        while response.read(_MOST_BODY):
            pass
    elif response.length:
        raise HTTPException("the answer was cut off")
    return response.status, body[:_SHOWN].decode("utf-8", "replace")


class Held:
    """A request that the service has read and not answered, and the service standing still there.

    Where processes serve for the first one, only they are made to stand still.

    Attributes:
        attempts: requests it took.
    """

    def __init__(self, port: int, path: str, main: int, processes: list[int]) -> None:
        self.attempts = 0
        self._port = port
        self._path = path
        self._processes = [each for each in processes if each != main] or processes
        self._connection: socket.socket | None = None

    def catch(self) -> bool:
        """Lets the service go on in short steps until it has read a request.

        Returns:
            Whether it was stopped between reading and answering; it stands still until ``release``.
        """
        chance = random.Random(1)
        deadline = time.monotonic() + _LONGEST_HUNT
        while time.monotonic() < deadline:
            self.attempts += 1
            if self._attempt(chance.choice(_STEPS)):
                return True
        return False

    def _attempt(self, step: float) -> bool:
        _stop(self._processes)
        connection = connect(self._port, _PATIENCE)
        if connection is None:
            send(self._processes, signal.SIGCONT)
            time.sleep(0.02)
            return False
        connection.sendall(_request(self._port, self._path))
        ours = connection.getsockname()[1]
        until = time.monotonic() + _LONGEST_ATTEMPT
        while time.monotonic() < until:
            send(self._processes, signal.SIGCONT)
            _spin(step)
            _stop(self._processes)
            if not _is_silent(connection):
                break
            if was_read(self._port, ours):
                self._connection = connection
                return True
            step = min(step * 1.1, _LONGEST_STEP)
        send(self._processes, signal.SIGCONT)
        with connection, contextlib.suppress(OSError, HTTPException):
            _answer(connection)
        return False

    def release(self, seconds: float) -> int:
        """Lets the service go on; the status of the answer, 0 where none came whole."""
        assert self._connection is not None
        send(self._processes[::-1], signal.SIGCONT)
        return _status(self._connection, seconds)


class Slow:
    """A request that the application itself takes its time over, and marks when it has begun."""

    def __init__(self, port: int, path: str, mark: str) -> None:
        self._port = port
        self._path = f"{path}?bylaw-held"
        self._mark = mark
        self._connection: socket.socket | None = None

    def catch(self) -> bool:
        """Asks; whether the application has begun with it."""
        self._connection = connect(self._port, _PATIENCE)
        if self._connection is None:
            return False
        self._connection.sendall(_request(self._port, self._path))
        until = time.monotonic() + 4 * _PATIENCE
        while time.monotonic() < until and _is_silent(self._connection):
            if os.path.exists(self._mark):
                return True
            time.sleep(0.01)
        self._connection.close()
        return False

    def release(self, seconds: float) -> int:
        """Waits for the answer; its status, 0 where none came whole."""
        assert self._connection is not None
        return _status(self._connection, seconds)


def _status(connection: socket.socket, seconds: float) -> int:
    with connection, contextlib.suppress(OSError, HTTPException):
        connection.settimeout(seconds)
        return _answer(connection)[0]
    return 0


def _spin(seconds: float) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


def _stop(processes: list[int]) -> None:
    """Makes processes stand still, and waits until they do."""
    send(processes[::-1], signal.SIGSTOP)
    until = time.perf_counter() + 1.0
    while time.perf_counter() < until:
        if all(state_of(each) in _STOPPED for each in processes):
            return
        time.sleep(0.0001)


def _is_silent(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        connection.settimeout(_PATIENCE)
    return False
