"""The process that imports: its paths, what sees its effects, and its one answer."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from typing import Any, NoReturn

from bylaw_agent.answers import write_answer
from bylaw_agent.environment import record_environment
from bylaw_agent.hooks import record_audit_events
from bylaw_agent.leftovers import Leftovers
from bylaw_agent.modules import Executions, describe_failure, double_names, import_module
from bylaw_agent.recorder import Recorder
from bylaw_agent.wrappers import wrap_libraries, wrap_standard_library

_SLOWEST = 25


class Importer:
    """Imports modules of one plan in this process.

    Attributes:
        plan: what to import, see ``bylaw.probes.imports.running``.
        root: absolute path of the project, as this process sees it.
        recorder: what happens in this process.
    """

    def __init__(self, plan: dict[str, Any], root: str) -> None:
        self.plan = plan
        self.root = root
        self.recorder = Recorder(root, plan["paths"])
        self._executions = Executions(self.recorder)
        self._site = list(sys.path)

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
                answer["file"] = self.recorder.frames.own_path(
                    getattr(module, "__file__", None) or ""
                )
            except BaseException as error:  # noqa: BLE001 - whatever the module raises
                answer["failure"] = describe_failure(self.recorder, error)
                self.recorder.enabled = False
                answer["again"] = _second_try(name, file)
            self.recorder.enabled = False
            if os.getpid() == owner:  # else a copy that the module forked and that came back
                write_answer(writer, secret, {**answer, **self._seen()})
        finally:
            os._exit(0)


def _second_try(name: str, file: str) -> bool:
    """Whether importing once more in the same process succeeds, as no import should."""
    try:
        import_module(name, file)
    except BaseException:  # noqa: BLE001 - whatever the module raises
        return False
    return True
