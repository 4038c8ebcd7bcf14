"""Whether what the service leans on can be reached: a connection, nothing more."""

from __future__ import annotations

from bylaw_boot.problems import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PORTS = {
    "amqp": 5672, "amqps": 5671, "http": 80, "https": 443, "kafka": 9092, "mongodb": 27017,
    "mariadb": 3306, "mysql": 3306, "nats": 4222, "postgres": 5432, "postgresql": 5432,
    "redis": 6379, "rediss": 6379, "smtp": 25,
}  # fmt: skip


class Reach:
    """A server that must accept a connection before the service starts.

    Attributes:
        variable: variable that holds its address: a URL, or ``host:port``.
        timeout: seconds after which it counts as not reachable; until then it is tried again.
        port: port where the address has none and its scheme says none.
    """

    __slots__ = ("port", "timeout", "variable")

    def __init__(self, variable: str, *, timeout: float = 3.0, port: int | None = None) -> None:
        if timeout <= 0:
            raise ValueError("a time limit is more than nothing")
        self.variable = variable
        self.timeout = timeout
        self.port = port

    def __repr__(self) -> str:
        return f"Reach({self.variable!r})"


def address_of(text: str, port: int | None) -> tuple[str, int]:
    """Host and port of a URL or of ``host:port``.

    Raises:
        ValueError: there is no host or no port in it.
    """
    from urllib.parse import urlsplit

    parts = urlsplit(text if "://" in text else f"//{text}")
    known = _PORTS.get(parts.scheme.partition("+")[0])
    found = parts.port or port or known
    if not parts.hostname or not found:
        raise ValueError("has no host or no port")
    return parts.hostname, found


def unreachable(
    wanted: Sequence[Reach], environ: Mapping[str, str]
) -> tuple[list[str], list[Problem]]:
    """Tries all of them at the same time.

    Returns:
        What was reached, for the log, and a problem for each of the others. An address that is
        not set is passed over: the declared variables say whether it has to be.
    """
    import threading

    results: list[str | None] = ["gave no answer in time" for _ in wanted]
    addresses = [_address(each, environ) for each in wanted]

    def attempt(index: int) -> None:
        host, port = addresses[index][:2]
        results[index] = _connect(host, port, wanted[index].timeout)

    threads = [
        threading.Thread(target=attempt, args=(index,), daemon=True, name="bylaw-boot-reach")
        if addresses[index][1] else None
        for index in range(len(wanted))
    ]  # fmt: skip
    for thread in threads:
        if thread is not None:
            thread.start()
    reached, problems = [], []
    for index, (each, thread) in enumerate(zip(wanted, threads)):
        host, port, wrong = addresses[index]
        if wrong:
            problems.append(_problem(each, f"{each.variable} {wrong}"))
        if thread is None:
            continue
        # Looking a name up can take longer than any limit given to a socket.
        thread.join(each.timeout + 0.5)
        said = results[index]
        if said is None:
            reached.append(f"{each.variable}: {host}:{port} reachable")
        else:
            message = f"{each.variable} names {host}:{port}, which {said}"
            problems.append(_problem(each, message))
    return reached, problems


def _address(each: Reach, environ: Mapping[str, str]) -> tuple[str, int, str]:
    text = environ.get(each.variable, "").strip()
    if not text:
        return "", 0, ""
    try:
        return (*address_of(text, each.port), "")
    except ValueError:
        return "", 0, "names no host and port to connect to"


def _connect(host: str, port: int, timeout: float) -> str | None:
    import socket
    import time

    end = time.monotonic() + timeout
    while True:
        try:
            with socket.create_connection((host, port), max(0.05, end - time.monotonic())):
                return None
        except OSError as error:
            said = error.strerror or str(error) or type(error).__name__
        if time.monotonic() + 0.2 >= end:
            return f"gave no connection within {timeout:g} s ({said})"
        time.sleep(0.2)


def _problem(each: Reach, message: str) -> Problem:
    way = f"start it, mend {each.variable}, or drop Reach({each.variable!r}) if it may be away"
    return Problem("unreachable", message, way)
