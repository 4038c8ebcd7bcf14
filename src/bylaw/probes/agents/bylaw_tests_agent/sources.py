"""Which files the tests really imported: their content, and whether they lie elsewhere."""

from __future__ import annotations

import hashlib
import os
import sys
import sysconfig
from typing import Any

from bylaw_tests_agent.places import Places

_STANDARD = os.path.realpath(sysconfig.get_path("stdlib")) + os.sep


def loaded(paths: list[str], folder: str, places: Places) -> dict[str, Any]:
    """What was imported of some files.

    Args:
        paths: files of the project.
        folder: directory below the root that tests run in; empty for the root.
        places: the project's files.

    Returns:
        ``files``: path to the identity git would give the content; ``elsewhere``: path to the file
        that was imported in its place.
    """
    files: dict[str, str] = {}
    elsewhere: dict[str, str] = {}
    wanted = frozenset(paths)
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or not file.endswith(".py"):
            continue
        path = places.path_of(file)
        if path in wanted:
            files[path] = _identity(file)
        elif not path:
            name = getattr(module, "__name__", "")
            found = _twin(name, file, paths, folder) if isinstance(name, str) else ""
            if found:
                elsewhere[found] = file
    return {"files": files, "elsewhere": elsewhere}


def _twin(name: str, file: str, paths: list[str], folder: str) -> str:
    """The project's file that a module imported from elsewhere is another copy of."""
    if os.path.realpath(file).startswith(_STANDARD) and "-packages" not in file:
        return ""  # the project's own ``code.py`` is no copy of the standard library's
    lead = f"{folder}/" if folder else ""
    own = name.replace(".", "/")
    tails = (f"{own}.py", f"{own}/__init__.py")
    for path in paths:
        for tail in tails:
            if file.replace(os.sep, "/").endswith(f"/{tail}") and (
                path in (tail, f"src/{tail}", f"{lead}{tail}", f"{lead}src/{tail}")
            ):
                return path
    return ""


def _identity(file: str) -> str:
    try:
        with open(file, "rb") as opened:
            data = opened.read()
    except OSError:
        return ""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
