"""Critical imports: each with the real cause, and the service's own line that led to it."""

from __future__ import annotations

import os
import sys

from bylaw_boot.problems import Problem
from bylaw_boot.targets import TargetError, load_target, split_target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any


class Imports:
    """What importing some modules brought.

    Attributes:
        details: the modules that could be imported, one line each.
        problems: one for each cause, however many modules it stopped.
        application: what the target names; None where that failed.
    """

    __slots__ = ("application", "details", "problems")

    def __init__(self) -> None:
        self.details: list[str] = []
        self.problems: list[Problem] = []
        self.application: Any = None


def import_critical(modules: Iterable[str], targets: Iterable[str], folder: str) -> Imports:
    """Imports the critical modules, then what the targets name.

    ``SystemExit`` and everything else a module may raise is a problem; only Ctrl-C is not caught.

    Args:
        modules: dotted names.
        targets: ``module:attribute``: first the application or the worker, then what the service
            will need later.
        folder: the package's folder, to tell the service's own lines.
    """
    found = Imports()
    causes: dict[tuple[str, str, int], list[str]] = {}
    ways: dict[tuple[str, str, int], str] = {}
    broken: set[str] = set()

    def attempt(name: str, load: Callable[[str], Any]) -> Any:
        try:
            result = load(name)
        except KeyboardInterrupt:
            raise
        except TargetError as error:
            way = "correct the string given to Boot"
            found.problems.append(Problem("target-missing", f"{name}: {error}", way))
            return None
        except BaseException as error:  # noqa: BLE001  a module may raise anything, exit too
            path, line = _own_line(error, folder)
            cause = (_said(error), path, line)
            causes.setdefault(cause, []).append(name)
            ways.setdefault(cause, _way_out(error))
            broken.add(name)
            return None
        found.details.append(f"{name} {'loaded' if ':' in name else 'imported'}")
        return result

    for module in dict.fromkeys(modules):
        attempt(module, __import__)
    loaded = [
        None if _module_of(target) in broken else attempt(target, load_target) for target in targets
    ]
    found.application = loaded[0] if loaded else None
    found.problems[:0] = [_problem(names, cause, ways[cause]) for cause, names in causes.items()]
    return found


def _module_of(target: str) -> str:
    try:
        return split_target(target)[0]
    except TargetError:
        return ""


def _problem(names: list[str], cause: tuple[str, str, int], way: str) -> Problem:
    said, path, line = cause
    where = f" at {path}:{line}" if path else ""
    return Problem(
        "import-failed", f"cannot import {' and '.join(names)}: {said}{where}", way, path, line
    )


def _said(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"it ends the process (SystemExit: {error.code})"
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _way_out(error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        top = error.name.partition(".")[0]
        return (
            f"install what provides {top!r} (is it in the dependencies, and in this environment?), "
            "or correct the import"
        )
    if isinstance(error, SyntaxError):
        return f"correct the file, or run it with a newer Python than {sys.version.split()[0]}"
    if isinstance(error, ImportError):
        return "correct the import: a cycle, a name that was moved, or another version of a package"
    return "mend that line; importing a module should do nothing but define things"


def _own_line(error: BaseException, folder: str) -> tuple[str, int]:
    """The last line of the service's own code on the way to an error."""
    if isinstance(error, SyntaxError) and error.filename:
        path = os.path.realpath(error.filename)
        if path.startswith(folder + os.sep):
            return path, error.lineno or 0
    return _last_own(error, folder) or ("", 0)


def _last_own(error: BaseException, folder: str) -> tuple[str, int] | None:
    found = None
    trace = error.__traceback__
    while trace is not None:
        path = os.path.realpath(trace.tb_frame.f_code.co_filename)
        if folder and path.startswith(folder + os.sep):
            found = path, trace.tb_lineno
        trace = trace.tb_next
    return found
