"""One process that knows the third-party packages; a fork of it imports each module.

Protocol ``bylaw.agent/1``: a plan in a file, JSON lines on the standard output as it was at the
start. What a module prints goes nowhere. The child that imports a module answers through a pipe of
its own, every line led by a secret it is given; the server alone writes to the host.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import stat
import sys
import threading
import time
from typing import Any, NoReturn

from bylaw_agent.answers import await_answer
from bylaw_agent.frames import OWN_FOLDER
from bylaw_agent.importer import Importer
from bylaw_agent.processes import become_reaper

PROTOCOL = "bylaw.agent/1"
_MOST_RESTARTS = 6


class Server:
    """Serves one plan.

    Attributes:
        plan: what to import.
        importer: imports in this process and in forks of it.
        spawning: whether a module gets a new interpreter instead of a fork of this one.
    """

    def __init__(self, plan: dict[str, Any], root: str, out: int) -> None:
        self.plan = plan
        self.importer = Importer(plan, root)
        self.spawning = False
        self._out = out

    def send(self, kind: str, **fields: Any) -> None:
        """Writes one line to the host."""
        data = (json.dumps({"kind": kind, **fields}) + "\n").encode("ascii")
        while data:
            data = data[os.write(self._out, data) :]

    def run(self) -> None:
        """Imports every module of the plan, each in a child of its own."""
        for index in range(len(self.plan["modules"])):
            if time.monotonic() > self.plan["deadline"]:
                self.send("late", index=index)
                return
            self.send("starts", index=index)
            reader, writer = os.pipe()
            secret = os.urandom(12).hex()
            child = os.fork()
            if child == 0:
                os.close(reader)
                if self.spawning:
                    _start_again(str(index), str(writer), secret)
                os.close(self._out)
                self.importer.import_and_leave(index, writer, secret)
            os.close(writer)
            answer = await_answer(child, reader, secret, self.plan)
            os.close(reader)
            self.send("module", index=index, **answer)
            if _is_spoiled(self.plan["changed"]):
                self.send("spoiled", index=index)
                return


def _is_spoiled(changed: str) -> bool:
    """Whether a module has removed or rewritten code, which the next one would have to live with.

    Args:
        changed: upper directory of the copy-on-write project; it may not exist.
    """
    for folder, _, files in os.walk(changed):
        for name in files:
            # A removed file is a character device in the upper directory of an overlay.
            if name.endswith(".py") or stat.S_ISCHR(os.lstat(os.path.join(folder, name)).st_mode):
                return True
    return False


def _preload(names: list[str], skipped: list[str]) -> str:
    """Imports third-party modules.

    Returns:
        The top-level name of the first that starts threads, which no fork survives; or empty.
    """
    for name in names:
        top = name.partition(".")[0]
        if top in skipped:
            continue
        _load(name)
        if _threads() > 1:
            return top
    return ""


def _load(name: str) -> BaseException | None:
    """Imports a package; why that failed, which the module that needs it will say itself."""
    try:
        importlib.import_module(name)
    except BaseException as error:  # noqa: BLE001 - anything may leave a package's body
        return error
    return None


def _threads() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return threading.active_count()


def _start_again(*words: str) -> NoReturn:
    """Becomes a new interpreter with the same plan.

    Args:
        words: what stands in place of the third word of the command line and those behind it.
    """
    script = os.path.join(OWN_FOLDER, "run_imports.py")
    if len(words) == 3:
        os.set_inheritable(int(words[1]), True)
    command = [sys.executable, "-B", "-W", "ignore", script, *sys.argv[1:3], *words]
    os.execv(sys.executable, command)


def serve(words: list[str]) -> None:
    """Reads the plan, preloads, prepares, and imports module after module.

    Args:
        words: path of the plan and root of the project; then, where the agent has started itself
            once more, the packages not to preload, or index, pipe and secret of one module.
    """
    out = os.dup(1)
    empty = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(empty, number)
    with open(words[0], encoding="utf-8") as file:
        plan = json.load(file)
    if plan["protocol"] != PROTOCOL:
        os._exit(64)
    sys.path[:] = [each for each in sys.path if os.path.abspath(each or ".") != OWN_FOLDER]
    sys.dont_write_bytecode = True
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    become_reaper()
    server = Server(plan, words[1], out)
    try:
        _serve(server, words, out)
    except BaseException as error:  # noqa: BLE001 - told to the host, there is nobody else
        server.send("broken", message=f"{type(error).__name__}: {error}"[:300])


def _serve(server: Server, words: list[str], out: int) -> None:
    plan = server.plan
    if len(words) > 3:
        tops = {each[0].partition(".")[0] for each in plan["wrapped"]}
        _preload([each for each in plan["preload"] if each.partition(".")[0] in tops], [])
        server.importer.install()
        server.importer.prepare()
        server.importer.import_and_leave(int(words[2]), int(words[3]), words[4])
    skipped = words[2].split(",") if len(words) > 2 else []
    threaded = _preload(plan["preload"], skipped)
    if threaded and len(skipped) < _MOST_RESTARTS:
        os.dup2(out, 1)
        _start_again(",".join([*skipped, threaded]))
    server.spawning = bool(threaded) or plan["spawn"]
    _serve_modules(server, [*skipped, threaded] if threaded else skipped)


def _serve_modules(server: Server, threaded: list[str]) -> None:
    """The work itself, once everything is loaded."""
    server.importer.install()
    python = list(sys.version_info[:3])
    server.send("hello", protocol=PROTOCOL, python=python, threads=threaded,
                spawning=server.spawning)  # fmt: skip
    prepared = None if server.spawning else server.importer.prepare()
    if prepared is not None:
        server.send("prepared", **prepared)
    # What the application starts when it is loaded no fork survives.
    broken = server.plan["prepare"] and server.plan["prepare"]["modules"] and _threads() > 1
    if not broken and (prepared is None or prepared["failure"] is None):
        gc.collect()
        gc.freeze()
        server.run()
    server.send("done")
