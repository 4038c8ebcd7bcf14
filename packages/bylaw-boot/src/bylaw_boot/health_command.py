"""``python -m bylaw_boot health``: a container's health check without curl."""

from __future__ import annotations

import os
import sys

from bylaw_boot.diagnostic import write
from bylaw_boot.variables import PORT, parse_float, parse_port

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

USAGE = """usage: python -m bylaw_boot health [--port PORT] [--path /health] [--timeout 3]

Asks the service on this machine for its health, and exits with 0 where it is
answered with a status of 200 to 299, with 1 otherwise. The port is $PORT, or 8000.
"""


def main(arguments: Sequence[str]) -> int:
    """Runs the command.

    Args:
        arguments: those of the process, without its name.

    Returns:
        The exit status: 0 healthy, 1 not, 2 for arguments that make no sense.
    """
    options = {"--port": os.environ.get(PORT, "").strip() or "8000", "--path": "/health"}
    options["--timeout"] = "3"
    words = list(arguments)
    if words[:1] == ["--help"] or words[:1] == ["-h"]:
        write(USAGE, sys.stdout)
        return 0
    try:
        if words[:1] != ["health"] or len(words) % 2 == 0:
            raise ValueError("the only command is: health")
        for name, value in zip(words[1::2], words[2::2]):
            if name not in options:
                raise ValueError(f"unknown: {name}")
            options[name] = value
        port, timeout = parse_port(options["--port"]), parse_float(options["--timeout"])
        if timeout <= 0 or not options["--path"].startswith("/"):
            raise ValueError("a time limit is more than nothing, and a path begins with /")
    except ValueError as error:
        write(f"{USAGE}\n{error}\n", sys.stderr)
        return 2
    said = _ask(port, options["--path"], timeout)
    write(f"{said}\n", sys.stderr if said else None)
    return 1 if said else 0


def _ask(port: int, path: str, timeout: float) -> str:
    """What is wrong with the service; empty where it is healthy."""
    from http.client import HTTPConnection, HTTPException

    said = ""
    for host in ("127.0.0.1", "::1"):
        connection = HTTPConnection(host, port, timeout=timeout)
        try:
            connection.request("GET", path)
            status = connection.getresponse().status
        except (OSError, HTTPException) as error:
            said = said or f"{host}:{port}{path}: {str(error) or type(error).__name__}"
        else:
            return "" if 200 <= status < 300 else f"{host}:{port}{path} answered {status}"
        finally:
            connection.close()
    return said
