"""How the child that imports a module answers, and how its server listens."""

from __future__ import annotations

import contextlib
import json
import os
import select
import time
from typing import Any

from bylaw_agent.processes import descendants, end_child, has_ended

MOST_BYTES = 8 << 20
_PAUSE = 0.2


def empty_answer() -> dict[str, Any]:
    """What is known of a module before its child has answered."""
    return {"failure": None, "again": None, "file": "", "events": [], "lost": 0, "times": [],
            "doubles": []}  # fmt: skip


def write_answer(writer: int, secret: str, answer: dict[str, Any]) -> None:
    """Writes the one line a child may write; whoever does not know the secret cannot."""
    data = (secret + json.dumps(answer) + "\n").encode("ascii")
    while data:
        data = data[os.write(writer, data) :]


def await_answer(child: int, reader: int, secret: str, plan: dict[str, Any]) -> dict[str, Any]:
    """The answer of a child, or why there is none; nothing it started runs afterwards.

    Args:
        child: the process that imports a module.
        reader: end of its pipe.
        secret: what leads its lines.
        plan: its limits, ``seconds`` and ``processes``.

    Returns:
        The answer, with ``ended`` (empty, ``crash``, ``time``, ``flood`` or ``processes``), exit
        ``status``, the number of ``forged`` lines and of processes ``left`` behind.
    """
    marks = secret.encode("ascii")
    data, outcome = _listen(child, reader, marks, plan)
    left, status = end_child(child, outcome == "ended")
    lines = data.split(b"\n")
    good = [each[len(marks) :] for each in lines if each.startswith(marks)]
    answer = empty_answer()
    if good:
        with contextlib.suppress(ValueError):
            answer.update(json.loads(good[-1]))
    forged = sum(1 for each in lines if each and not each.startswith(marks))
    ended = "" if good else (outcome if outcome != "ended" else "crash")
    return {**answer, "ended": ended, "status": status, "forged": forged, "left": left}


def _listen(child: int, reader: int, marks: bytes, plan: dict[str, Any]) -> tuple[bytes, str]:
    """Everything a child wrote, and how it ended."""
    data = b""
    deadline = time.monotonic() + plan["seconds"]
    while True:
        left = deadline - time.monotonic()
        ready = select.select([reader], [], [], max(0.0, min(left, _PAUSE)))[0]
        piece = os.read(reader, 1 << 16) if ready else b""
        data += piece
        last = data.rfind(b"\n", 0, -1) + 1
        if (ready and not piece) or (data.endswith(b"\n") and data.startswith(marks, last)):
            return data, "ended"
        if len(data) > MOST_BYTES:
            return data, "flood"
        if left <= 0:
            return data, "time"
        if not ready and len(descendants()) > plan["processes"]:
            return data, "processes"
        if not ready and has_ended(child):
            return data, "ended"
