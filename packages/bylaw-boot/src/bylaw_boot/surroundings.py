"""What the process finds around it: Python, its distribution, directories, the port."""

from __future__ import annotations

import os
import sys

from bylaw_boot.problems import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from bylaw_boot.import_path import Place


def python_problems(oldest: tuple[int, ...]) -> list[Problem]:
    """Whether the interpreter is new enough."""
    if sys.version_info[: len(oldest)] >= oldest:
        return []
    wanted = ".".join(map(str, oldest))
    message = f"Python {sys.version.split()[0]} is too old: {wanted} or newer is needed"
    way = f"use an image or an environment with Python {wanted} ({sys.executable} was used)"
    return [Problem("python-too-old", message, way)]


def installation(package: str, distribution: str, place: Place) -> tuple[list[str], list[Problem]]:
    """Whether the package is installed, and from where.

    Args:
        package: the package.
        distribution: name of the distribution that must have installed it; empty where that is
            not asked for: then it is looked for under the package's name, and only reported.
        place: where the package is imported from.
    """
    from importlib import metadata

    where = f"{package} found at {place.folder}"
    name = distribution or package.replace("_", "-")
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        if not distribution:
            return [f"{where}, not from an installation known as {name}"], []
        message = f"the distribution {distribution!r} is not installed"
        return [where], [Problem("not-installed", message, "run `pip install -e .` in the image")]
    # An editable installation lies elsewhere on purpose.
    editable = "editable" in (found.read_text("direct_url.json") or "")
    # `files` leaves out those that are gone, and that since Python 3.12 only.
    files = (found.read_text("RECORD") or "").splitlines()
    home = os.path.realpath(str(found.locate_file("")))
    held = any(each.startswith(f"{package}/") for each in files)
    if held and not editable and place.root != home:
        message = f"{name} installed {package!r} in {home}, but it is imported from {place.root}"
        way = "start from a directory without the sources, or install with `pip install -e .`"
        return [where], [Problem("second-copy", message, way, place.folder)]
    kind = "editable installation" if editable or not held else "installed by"
    return [f"{where} ({kind} {name} {found.version})"], []


def unwritable(folders: Iterable[str]) -> tuple[list[str], list[Problem]]:
    """Tries to write a file into each folder; the file is taken away again."""
    import tempfile

    fine, problems = [], []
    for folder in folders:
        try:
            with tempfile.TemporaryFile(prefix=".bylaw-boot-", dir=folder):
                fine.append(f"{folder} writable")
        except OSError as error:
            who = f"user {os.getuid()}" if hasattr(os, "getuid") else "this user"
            message = f"{who} cannot write to {os.path.abspath(folder)}: {error.strerror or error}"
            way = "create it in the image and give it to the user the process runs as, or mount it"
            problems.append(Problem("not-writable", message, way))
    return fine, problems


def port_problems(host: str, port: int, variable: str) -> list[Problem]:
    """Whether the port can be listened on now; it is let go at once."""
    import errno
    import socket

    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
        return []
    except OSError as error:
        said = error.strerror or str(error)
        if error.errno == errno.EADDRINUSE:
            way = f"stop the process that listens there, or set {variable} to another port"
            return [Problem("port-taken", f"port {port} on {host} is taken", way)]
        if error.errno in (errno.EACCES, errno.EPERM):
            way = f"set {variable} to 1024 or more; the process should not run as root"
            return [Problem("port-forbidden", f"port {port} needs more rights: {said}", way)]
        way = "give Boot a host of this machine: 0.0.0.0, 127.0.0.1 or ::"
        return [Problem("address-invalid", f"cannot listen on {host}:{port}: {said}", way)]
