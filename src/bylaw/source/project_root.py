"""From the first path of a call to the directory that is analysed as a whole."""

from __future__ import annotations

import os

from bylaw.errors import UsageError

CONFIG_NAME = "bylaw.toml"
PYPROJECT_NAME = "pyproject.toml"

_TABLE_STARTS = (b"[tool.bylaw]", b"[tool.bylaw.", b"[[tool.bylaw.")


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
    try:
        with open(os.path.join(directory, PYPROJECT_NAME), "rb") as file:
            data = file.read()
    except OSError:
        return False
    return declares_bylaw(data)


def declares_bylaw(pyproject: bytes) -> bool:
    """Say whether the bytes of a pyproject.toml hold a ``[tool.bylaw]`` table.

    The usual spelling is seen without a TOML parser, because importing one costs more than
    the rest of the start-up; only unusual spellings are parsed. A file that is broken
    elsewhere still counts when the header stands there: to walk past it would analyse
    another root without a word, while loading it names the broken line.

    Args:
        pyproject: content of the file.

    Returns:
        Whether the table is there.
    """
    if b"bylaw" not in pyproject:
        return False
    for line in pyproject.splitlines():
        if line.lstrip().startswith(_TABLE_STARTS):
            return True
    dense = pyproject.translate(None, b" \t\"'")
    if b"tool.bylaw" not in dense and b"[tool]" not in dense and b"tool={" not in dense:
        return False
    return _parsed_table(pyproject)


def _parsed_table(pyproject: bytes) -> bool:
    import tomllib

    try:
        tool = tomllib.loads(pyproject.decode("utf-8")).get("tool")
    except ValueError:
        return False
    return isinstance(tool, dict) and "bylaw" in tool
