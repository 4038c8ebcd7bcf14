"""From the first path of a call to the directory that is analysed as a whole."""

from __future__ import annotations

import os

from bylaw.source.config_files import CONFIG_NAME, PYPROJECT_NAME, declares_bylaw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def covers(inside: Sequence[str], path: str) -> bool:
    """Whether a file lies at or below one of the asked paths; the empty one covers all."""
    return any(not each or path == each or path.startswith(f"{each}/") for each in inside)


def find_root(first_path: str) -> str:
    """Find the directory that is analysed as one program.

    Args:
        first_path: the first PATH of the command line.

    Returns:
        The nearest directory at or above the path that holds ``bylaw.toml``, a
        ``pyproject.toml`` with ``[tool.bylaw]``, or ``.git``; else the path itself, or the
        directory it lies in. Absolute, symbolic links of directories resolved.

    Raises:
        UsageError: the path does not exist.
    """
    start = os.path.abspath(first_path)
    if not os.path.exists(start):
        # Here, because the errors bring typing along, and nearly every path exists.
        from bylaw.errors import UsageError

        raise UsageError(
            f"there is no file or directory {first_path!r}",
            path=first_path,
            hint="name a directory of the backend, such as `bylaw check .`",
        )
    if not os.path.isdir(start):
        start = os.path.dirname(start)
    start = os.path.realpath(start)
    directory = start
    while True:
        if _marks_root(directory):
            return directory
        parent = os.path.dirname(directory)
        if parent == directory:
            return start
        directory = parent


def _marks_root(directory: str) -> bool:
    """Say whether a directory declares itself a root; the cheap signs come first."""
    if os.path.exists(os.path.join(directory, CONFIG_NAME)):
        return True
    if os.path.exists(os.path.join(directory, ".git")):
        return True
    pyproject = os.path.join(directory, PYPROJECT_NAME)
    if not os.path.isfile(pyproject):
        return False
    try:
        with open(pyproject, "rb") as file:
            data = file.read()
    except OSError:
        return False
    return declares_bylaw(data)
