"""Importing one module: how long each body takes, and what it ends with."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import os
import sys
import time
from types import CodeType, ModuleType, TracebackType
from typing import Any

from bylaw_agent.leftovers import Leftovers
from bylaw_agent.recorder import Recorder

_LONGEST_MESSAGE = 300


class Executions:
    """Times the body of every module that is executed from source, without its imports.

    Attributes:
        times: (module name, path below the root or empty, seconds), in order of their ends.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.times: list[tuple[str, str, float]] = []
        self.leftovers: Leftovers | None = None
        self._recorder = recorder
        self._inner: list[float] = []

    def install(self) -> None:
        """Takes part in the execution of every source module from now on."""
        loader: Any = importlib.machinery.SourceFileLoader
        plain = loader.exec_module

        def exec_module(this: Any, module: ModuleType) -> None:
            path = self._recorder.frames.own_path(getattr(this, "path", "") or "")
            started = time.perf_counter()
            self._inner.append(0.0)
            try:
                plain(this, module)
            finally:
                whole = time.perf_counter() - started
                own = whole - self._inner.pop()
                if self._inner:
                    self._inner[-1] += whole
                self.times.append((module.__name__, path, own))
                if path and self.leftovers is not None:
                    self.leftovers.look(path)

        loader.exec_module = exec_module


def import_module(name: str, file: str) -> ModuleType:
    """Imports a module by its name, or runs a file that only others load by its path.

    Args:
        name: dotted name; empty for a file that has none.
        file: absolute path.
    """
    if name:
        return importlib.import_module(name)
    stem = os.path.basename(file).rpartition(".")[0]
    spec = importlib.util.spec_from_file_location(f"_by_path_{stem}", file)
    if spec is None or spec.loader is None:
        raise ImportError(f"no loader for {file}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def describe_failure(recorder: Recorder, error: BaseException) -> dict[str, Any]:
    """An exception that left a module: type, message, the first-party frames it came through.

    Returns:
        ``missing`` is the name of a module that was not found; ``outside`` tells that the body of
        a third-party module failed by itself; ``partial`` that a half-imported module was met.
    """
    frames = _frames(error.__traceback__)
    stack: list[list[Any]] = []
    outside = False
    imported = False
    for code, line in reversed(frames):
        path = recorder.frames.own_path(code.co_filename)
        if not path:
            imported = imported or code.co_filename.startswith("<frozen importlib")
            continue
        if not stack:
            outside = imported and not _is_at_end(frames)
        stack.append([path, line, getattr(code, "co_qualname", code.co_name)])
        if code.co_name == "<module>":
            break
    message = _text(error)
    missing = getattr(error, "name", None) if isinstance(error, ModuleNotFoundError) else None
    return {
        "type": type(error).__name__,
        "message": message,
        "stack": stack,
        "missing": missing or "",
        "from": (getattr(error, "name", None) or "") if isinstance(error, ImportError) else "",
        "outside": outside,
        "partial": "partially initialized module" in message,
        "exit": isinstance(error, SystemExit),
    }


def _frames(trace: TracebackType | None) -> list[tuple[CodeType, int]]:
    result = []
    while trace is not None:
        result.append((trace.tb_frame.f_code, trace.tb_lineno))
        trace = trace.tb_next
    return result


def _is_at_end(frames: list[tuple[CodeType, int]]) -> bool:
    """Whether the import system itself raised: it found no module, or no such name."""
    return bool(frames) and frames[-1][0].co_filename.startswith("<frozen importlib")


def _text(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception as broken:  # noqa: BLE001 - the exception's own code
        text = f"(its message raises {type(broken).__name__})"
    return " ".join(text.split())[:_LONGEST_MESSAGE]


def double_names(recorder: Recorder) -> list[list[str]]:
    """First-party files that are loaded under more than one module name."""
    names: dict[str, list[str]] = {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or name in ("__main__", "__mp_main__"):
            continue
        path = recorder.frames.own_path(file)
        if path and getattr(module, "__name__", name) == name:
            names.setdefault(path, []).append(name)
    return [[path, *sorted(each)] for path, each in sorted(names.items()) if len(each) > 1]
