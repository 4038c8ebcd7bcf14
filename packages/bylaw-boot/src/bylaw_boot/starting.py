"""How the process was started: proved by the command line, not by a name in a module."""

from __future__ import annotations

import os
import sys

from bylaw_boot.problems import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

MODULE, CODE, SCRIPT, STDIN, UNKNOWN = "module", "code", "script", "stdin", "unknown"


class Entry:
    """The module that made the ``Boot``.

    Attributes:
        name: its ``__name__``: ``__main__`` where it was executed.
        path: its file; empty where it has none.
        spec: name in its import specification; empty where it was not found by importing.
    """

    __slots__ = ("name", "path", "spec")

    def __init__(self, name: str, path: str, spec: str) -> None:
        self.name = name
        self.path = path
        self.spec = spec

    @classmethod
    def of(cls, module_globals: dict[str, Any]) -> Entry:
        """The module that some globals belong to."""
        spec = module_globals.get("__spec__")
        return cls(
            str(module_globals.get("__name__") or ""),
            os.path.realpath(module_globals["__file__"]) if module_globals.get("__file__") else "",
            str(getattr(spec, "name", "") or ""),
        )

    def module(self, package: str) -> str:
        """Its dotted name, as ``python -m`` wants it; by its path where it was run as a file."""
        name = self.spec or (self.name if self.name != "__main__" else "")
        if name == package or name.startswith(package + "."):
            return name[: -len(".__main__")] if name.endswith(".__main__") else name
        parts = os.path.splitext(self.path)[0].split(os.sep)
        if package in parts:
            start = len(parts) - 1 - parts[::-1].index(package)
            tail = parts[start:-1] if parts[-1] in ("__main__", "__init__") else parts[start:]
            return ".".join(tail)
        return name or package


def command_line() -> list[str]:
    """The interpreter's whole command line; empty where it cannot be known (3.9 beyond Linux)."""
    found = getattr(sys, "orig_argv", None)
    if found is not None:
        return list(found)
    try:
        with open("/proc/self/cmdline", "rb") as file:
            return [os.fsdecode(each) for each in file.read().split(b"\0")[:-1]]
    except OSError:
        return []


def run_target(argv: Sequence[str]) -> tuple[str, str]:
    """What a command line of the interpreter runs: its kind, and its name.

    Args:
        argv: the command line, from the interpreter's name on.
    """
    words = iter(argv[1:])
    for word in words:
        if word == "-":
            return STDIN, ""
        if word.startswith("--"):
            if word == "--check-hash-based-pycs":
                next(words, "")
            continue
        if not word.startswith("-"):
            return SCRIPT, word
        for place, letter in enumerate(word[1:], 2):
            if letter in "cmWX":
                value = word[place:] or next(words, "")
                if letter in "cm":
                    return (MODULE if letter == "m" else CODE), value
                break
    return (STDIN, "") if argv else (UNKNOWN, "")


def start_problems(
    package: str, entry: Entry, folder: str, argv: Sequence[str], main: Any
) -> tuple[str, list[Problem]]:
    """Says how the process was started, and what is wrong with that.

    Args:
        package: the service's package.
        entry: the module that made the ``Boot``.
        folder: the package's folder; empty where it was not found.
        argv: the interpreter's command line.
        main: the module ``__main__``.
    """
    kind, target = run_target(argv)
    module = entry.module(package)
    way = f"start it with: python -m {module}"
    if _is_console_script(main) and entry.name != "__main__":
        return f"installed command {os.path.basename(main.__file__)}", []
    ran_file = kind == SCRIPT and _same_file(target, entry.path)
    if ran_file or not entry.spec or kind in (CODE, STDIN):
        how = {CODE: "through `python -c`", STDIN: "from standard input"}.get(kind, "as a file")
        problem = Problem(
            "not-a-module", f"executed {how}, not as a module of a package (-m is missing)", way,
            entry.path,
        )  # fmt: skip
        return "", [problem]
    if not f"{entry.spec}.".startswith(f"{package}."):
        message = f"executed as {entry.spec!r}, which is not in the package {package!r}"
        return "", [Problem("wrong-module", message, f"{way}, from the folder above", entry.path)]
    if folder and not _lies_in(entry.path, folder):
        message = f"the entry point is {entry.path}, but {package!r} is imported from {folder}"
        return "", [Problem("second-copy", message, f"keep one copy, and {way}", entry.path)]
    if entry.name != "__main__" and getattr(main, "__spec__", None) is None:
        message = f"{module} was imported by a script, which is what was executed"
        return "", [Problem("not-a-module", message, way, getattr(main, "__file__", "") or "")]
    return f"module {entry.spec} (-m flag)" if kind == MODULE else f"module {entry.spec}", []


def _is_console_script(main: Any) -> bool:
    """Whether an installed command was executed: a file beside the interpreter's other commands."""
    path = getattr(main, "__file__", None)
    if not path or getattr(main, "__spec__", None) is not None:
        return False
    import sysconfig

    places = {os.path.dirname(sys.executable), sysconfig.get_path("scripts")}
    return os.path.realpath(os.path.dirname(os.path.abspath(path))) in {
        os.path.realpath(each) for each in places if each
    }


def _lies_in(path: str, folder: str) -> bool:
    return not path or path == folder or path.startswith(folder + os.sep)


def _same_file(left: str, right: str) -> bool:
    return bool(right) and os.path.realpath(left) == right
