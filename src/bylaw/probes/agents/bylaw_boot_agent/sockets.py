"""What the kernel tells about sockets: who listens where, and whether a request was read."""

from __future__ import annotations

import contextlib
import os
import socket
from typing import NamedTuple

_LISTENS = "0A"
_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")


class Listener(NamedTuple):
    """One socket that listens.

    Attributes:
        address: of IPv4 or IPv6.
        port: its port.
    """

    address: str
    port: int


def listeners(processes: list[int]) -> list[Listener]:
    """Where processes listen, sorted by port."""
    held = _held_by(processes)
    found = set()
    for path in _TABLES:
        for words in _rows(path):
            if words[3] == _LISTENS and words[9] in held:
                address, port = words[1].split(":")
                found.add(Listener(_address(address), int(port, 16)))
    return sorted(found, key=lambda each: (each.port, each.address))


def was_read(port: int, ours: int) -> bool:
    """Whether the side at ``port`` has accepted our connection and read all that came by it.

    A connection that nobody has accepted yet has no owner in the table.
    """
    for path in _TABLES:
        for words in _rows(path):
            if words[1].endswith(f":{port:04X}") and words[2].endswith(f":{ours:04X}"):
                return words[9] != "0" and int(words[4].partition(":")[2], 16) == 0
    return False


def _rows(path: str) -> list[list[str]]:
    with contextlib.suppress(OSError), open(path, encoding="ascii") as file:
        next(file)
        return [line.split() for line in file]
    return []


def _held_by(processes: list[int]) -> set[str]:
    found = set()
    for process in processes:
        with contextlib.suppress(OSError):
            for name in os.listdir(f"/proc/{process}/fd"):
                with contextlib.suppress(OSError):
                    target = os.readlink(f"/proc/{process}/fd/{name}")
                    if target.startswith("socket:["):
                        found.add(target[8:-1])
    return found


def _address(text: str) -> str:
    raw = b"".join(
        bytes.fromhex(text[at : at + 8])[::-1] for at in range(0, len(text), 8)
    )  # words in the order of this machine, which is little-endian
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw)


def free_port(wanted: int) -> int:
    """``wanted`` where it is free, else another free port of this network."""
    for port in (wanted, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                taken.bind(("0.0.0.0", port))
                number: int = taken.getsockname()[1]
                return number
    return wanted


def connect(port: int, seconds: float) -> socket.socket | None:
    """A connection to a port of this machine, by IPv4 or else IPv6; None where nobody listens."""
    places: tuple[tuple[int, str], ...] = (
        (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"),
    )  # fmt: skip
    for family, address in places:
        made = socket.socket(family, socket.SOCK_STREAM)
        made.settimeout(seconds)
        try:
            made.connect((address, port))
            return made
        except OSError:
            made.close()
    return None
