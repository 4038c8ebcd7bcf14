"""One process that knows the third-party packages; a fork of it imports each module.

Protocol ``bylaw.agent/1``: a plan in a file, JSON lines on the standard output as it was at the
start. What a module prints goes nowhere. The child that imports a module answers through a pipe of
its own, every line led by a secret it is given; the server alone writes to the host.
"""

from __future__ import annotations

import contextlib
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

from bylaw_agent.answers import await_answer, write_answer
from bylaw_agent.environment import record_environment
from bylaw_agent.hooks import record_audit_events
from bylaw_agent.leftovers import Leftovers
from bylaw_agent.modules import Executions, describe_failure, double_names, import_module
from bylaw_agent.processes import become_reaper
from bylaw_agent.recorder import OWN_FOLDER, Recorder
from bylaw_agent.wrappers import wrap_libraries, wrap_standard_library

PROTOCOL = "bylaw.agent/1"
_MOST_RESTARTS = 6
_SLOWEST = 25


class Server:
    """Serves one plan.

    Attributes:
        plan: what to import, see ``bylaw.probes.imports.plan``.
        root: absolute path of the project, as this process sees it.
        recorder: what happens in this process.
        spawning: whether a module gets a new interpreter instead of a fork of this one.
    """

    def __init__(self, plan: dict[str, Any], root: str, out: int) -> None:
        self.plan = plan
        self.root = root
        self.recorder = Recorder(root, plan["paths"])
        self.spawning = False
        self._out = out
        self._executions = Executions(self.recorder)
        self._site = list(sys.path)

    def send(self, kind: str, **fields: Any) -> None:
        """Writes one line to the host."""
        data = (json.dumps({"kind": kind, **fields}) + "\n").encode("ascii")
        while data:
            data = data[os.write(self._out, data) :]

    def install(self) -> None:
        """Sets everything up that sees what happens."""
        wrap_standard_library(self.recorder)
        wrap_libraries(self.recorder, [(each[0], each[1]) for each in self.plan["wrapped"]])
        record_environment(self.recorder)
        record_audit_events(self.recorder)
        self._executions.install()

    def prepare(self) -> dict[str, Any] | None:
        """Brings the process into the state the plan asks for.

        Returns:
            What happened on the way; None where nothing is asked for.
        """
        wanted = self.plan["prepare"]
        if not wanted:
            return None
        failure = None
        self._start_recording(wanted["root"])
        try:
            if wanted["django"]:
                os.environ.setdefault("DJANGO_SETTINGS_MODULE", wanted["django"])
                importlib.import_module("django").setup()
            for name in wanted["modules"]:
                importlib.import_module(name)
        except BaseException as error:  # noqa: BLE001 - whatever the project raises
            failure = describe_failure(self.recorder, error)
        self.recorder.enabled = False
        return {"failure": failure, **self._seen()}

    def _start_recording(self, own: str) -> None:
        """Puts the import roots first, the own one before all, goes there and records."""
        roots = [own, *(each for each in self.plan["roots"] if each != own)]
        folders = [os.path.join(self.root, each) if each else self.root for each in roots]
        sys.path[:] = [*folders, *self._site]
        os.chdir(folders[0])
        self.recorder.start()
        self._executions.times.clear()
        self._executions.leftovers = Leftovers(self.recorder)

    def _seen(self) -> dict[str, Any]:
        times = sorted(self._executions.times, key=lambda each: -each[2])[:_SLOWEST]
        doubles = double_names(self.recorder)
        return {
            "events": self.recorder.events, "lost": self.recorder.lost, "times": times,
            "doubles": doubles,
        }  # fmt: skip

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
                self.import_and_leave(index, writer, secret)
            os.close(writer)
            answer = await_answer(child, reader, secret, self.plan)
            os.close(reader)
            self.send("module", index=index, **answer)
            if _is_spoiled(self.plan["changed"]):
                self.send("spoiled", index=index)
                return

    def import_and_leave(self, index: int, writer: int, secret: str) -> NoReturn:
        """Imports one module, answers and ends this process."""
        name, path, own = self.plan["modules"][index]
        answer: dict[str, Any] = {"failure": None, "again": None, "file": ""}
        owner = os.getpid()
        gc.disable()  # a collection would copy every page that is shared with the server
        try:
            file = os.path.join(self.root, path)
            self._start_recording(own)
            try:
                module = import_module(name, file)
                answer["file"] = self.recorder.own_path(getattr(module, "__file__", None) or "")
            except BaseException as error:  # noqa: BLE001 - whatever the module raises
                answer["failure"] = describe_failure(self.recorder, error)
                self.recorder.enabled = False
                answer["again"] = _second_try(name, file)
            self.recorder.enabled = False
            if os.getpid() == owner:  # else a copy that the module forked and that came back
                write_answer(writer, secret, {**answer, **self._seen()})
        finally:
            os._exit(0)


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


def _second_try(name: str, file: str) -> bool:
    """Whether importing once more in the same process succeeds, as no import should."""
    try:
        import_module(name, file)
    except BaseException:  # noqa: BLE001 - whatever the module raises
        return False
    return True


def _preload(names: list[str], skipped: list[str]) -> str:
    """Imports third-party modules.

    Returns:
        The top-level name of the first that starts threads, which no fork survives; or empty.
    """
    for name in names:
        top = name.partition(".")[0]
        if top in skipped:
            continue
        # What a module needs and cannot load it will say itself.
        with contextlib.suppress(BaseException):
            importlib.import_module(name)
        if _threads() > 1:
            return top
    return ""


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
        server.install()
        server.prepare()
        server.import_and_leave(int(words[2]), int(words[3]), words[4])
    skipped = words[2].split(",") if len(words) > 2 else []
    threaded = _preload(plan["preload"], skipped)
    if threaded and len(skipped) < _MOST_RESTARTS:
        os.dup2(out, 1)
        _start_again(",".join([*skipped, threaded]))
    server.spawning = bool(threaded) or plan["spawn"]
    _serve_modules(server, [*skipped, threaded] if threaded else skipped)


def _serve_modules(server: Server, threaded: list[str]) -> None:
    """The work itself, once everything is loaded."""
    server.install()
    python = list(sys.version_info[:3])
    server.send("hello", protocol=PROTOCOL, python=python, threads=threaded,
                spawning=server.spawning)  # fmt: skip
    prepared = None if server.spawning else server.prepare()
    if prepared is not None:
        server.send("prepared", **prepared)
    if prepared is None or prepared["failure"] is None:
        gc.collect()
        gc.freeze()
        server.run()
    server.send("done")
