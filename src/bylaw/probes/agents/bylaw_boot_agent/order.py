"""The order of one run: start, wait until ready, ask, stop with a request in flight, sweep.

Protocol ``bylaw.boot-agent/1``: a plan in a file, JSON lines on the standard output. What the
service prints goes to files of the room.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import time
from typing import Any

from bylaw_boot_agent.asking import Held, Slow, ask
from bylaw_boot_agent.processes import end_all
from bylaw_boot_agent.service import Service
from bylaw_boot_agent.sockets import free_port

_PORT = 43117
_PAUSE = 0.03
_ASKING = 2.0
_LEAVING = 0.5
_MOST_GIVEN = 2.0


def run(arguments: list[str]) -> None:
    """Runs the plan whose path is given first, over the project whose path comes second."""
    with open(arguments[0], encoding="utf-8") as file:
        plan = json.load(file)
    _become_reaper()
    order = _Order(plan, arguments[1])
    try:
        order.run()
    finally:
        end_all(os.getpid())
    _say(kind="done")


def _say(**words: Any) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def _become_reaper() -> None:
    import ctypes

    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


class _Order:
    def __init__(self, plan: dict[str, Any], root: str) -> None:
        self.plan = plan
        self.port = free_port(_PORT)
        self.room = os.environ["BYLAW_ROOM"]
        self._filling = {"{root}": root, "{room}": self.room, "{port}": str(self.port)}

    def filled(self, text: str) -> str:
        """A text of the plan with the places of this room in it."""
        for name, value in self._filling.items():
            text = text.replace(name, value)
        return text

    def run(self) -> None:
        """Starts once; a service that comes late is started again, with its byte code written."""
        _prepare(self)
        seen = self.start()
        first = seen.get("ready")
        if self.plan["is_whole"] and _is_late(seen, self.plan["ready_seconds"]):
            end_all(os.getpid())
            seen = {**self.start(), "first_ready": first}
        _say(kind="run", **seen)

    def start(self) -> dict[str, Any]:
        """One start, with everything that was seen of it."""
        environment = {k: self.filled(v) for k, v in self.plan["environment"].items()}
        service = Service(
            [self.filled(each) for each in self.plan["argv"]],
            self.filled(self.plan["directory"]), environment, self.room,
        )  # fmt: skip
        seen: dict[str, Any] = {"problem": service.problem, "port": self.port, "ready": None}
        self.await_ready(service, seen)
        is_up = seen["ready"] is not None or seen.get("runs")
        if self.plan["is_whole"] and is_up and service.look() is None:
            self.ask_and_stop(service, seen)
        seen["status"] = service.status
        seen["age"] = service.age
        seen["left"] = 0 if service.status is None else _left(service)
        seen["marks"] = [each for each in self.plan["marks"] if os.path.exists(self.filled(each))]
        return {**seen, **service.output()}

    def await_ready(self, service: Service, seen: dict[str, Any]) -> None:
        """Waits for an answer in HTTP, or for the end; without a port for the time alone."""
        limit, early = self.plan["longest"], self.plan["ready_seconds"]
        paths = self.plan["paths"] or ["/"]
        while service.look() is None and service.age < _until(service, limit):
            ports = {each.port for each in service.listens()}
            for port in sorted(ports, key=self.rank):
                answer = ask(port, paths[0], _ASKING)
                status = answer["status"]
                is_up = 0 < status < 500
                # What answers with nothing but 500 is there, and looked at; but it is not ready.
                if is_up or (status and self.plan["is_whole"] and service.age > early):
                    seen.update(serves=port, first=answer, ready=service.age)
                    seen.update(waited=service.unscheduled(), crowded=service.crowded())
                    seen["listens"] = [list(each) for each in service.listens()]
                    return
            if not self.plan["is_web"] and service.age > self.plan["ready_seconds"]:
                seen["runs"] = True
                return
            time.sleep(_PAUSE)
        seen["listens"] = [list(each) for each in service.listens()]
        seen.update(waited=service.unscheduled(), crowded=service.crowded())

    def rank(self, port: int) -> tuple[bool, bool, int]:
        """Our own port first, then those that are expected."""
        return (port != self.port, port not in self.plan["ports"], port)

    def ask_and_stop(self, service: Service, seen: dict[str, Any]) -> None:
        """Health, then SIGTERM, with a request in flight where that is asked for."""
        held = None
        if seen["ready"] is not None:
            answers = {each: ask(seen["serves"], each, _ASKING) for each in self.plan["paths"]}
            seen["answers"] = answers
            held = self.hold(service, seen)
        if service.look() is not None:
            return
        began = time.monotonic()
        service.ask_to_stop()
        if held is not None:
            seen["held"]["status"] = held.release(self.plan["stop_seconds"])
        seen["stopped"] = service.wait(self.plan["stop_seconds"] - (time.monotonic() - began))
        seen["stopping"] = time.monotonic() - began

    def hold(self, service: Service, seen: dict[str, Any]) -> Held | Slow | None:
        """A request that is in flight; None where none is asked for, or none could be held."""
        answers = seen["answers"]
        good = [each for each in answers if 0 < answers[each]["status"] < 400]
        path = (good or self.plan["paths"] or ["/"])[0]
        held: Held | Slow
        if self.plan["holding"] == "marked":
            held = Slow(seen["serves"], path, self.filled(self.plan["marks"][0]))
        elif self.plan["holding"] == "stopped":
            held = Held(seen["serves"], path, service.main, service.processes())
        else:
            return None
        seen["held"] = {"path": path, "status": 0, "caught": held.catch()}
        return held if seen["held"]["caught"] else None


def _is_late(seen: dict[str, Any], limit: float) -> bool:
    """Whether a start was good, and took too long by the service's own doing."""
    if seen.get("ready") is None or seen["first"]["status"] >= 500:
        return False
    return float(seen["ready"]) - float(seen.get("waited", 0.0)) > limit


def _prepare(order: _Order) -> None:
    """What the seeded fault changes in the files, and which are none of the service's."""
    for path in order.plan["hidden"]:
        with contextlib.suppress(OSError):
            os.unlink(order.filled(path))
    for source, target in order.plan["copies"]:
        shutil.copytree(order.filled(source), order.filled(target), dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("__pycache__"))  # fmt: skip
    for path, text in order.plan["files"].items():
        path = order.filled(path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text.replace("@ROOM@", order.room))


def _until(service: Service, limit: float) -> float:
    """The age to wait for: what a busy machine took from the service is given back."""
    return limit + min(service.unscheduled(), _MOST_GIVEN * limit) if service.age > limit else (
        limit
    )  # fmt: skip


def _left(service: Service) -> int:
    """Processes that outlive the first one, a moment later."""
    until = time.monotonic() + _LEAVING
    while service.processes() and time.monotonic() < until:
        service.look()
        time.sleep(0.02)
    return len(service.processes())
