"""What the interpreter tells by itself: audit events (PEP 578) as effects."""

from __future__ import annotations

import os
import sys
from typing import Any

from bylaw_agent.frames import OWN_FOLDER
from bylaw_agent.recorder import Recorder

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_PLAIN = {
    "socket.getaddrinfo": "network",
    "socket.gethostbyname": "network",
    "socket.gethostbyaddr": "network",
    "socket.bind": "network",
    "socket.sendto": "network",
    "sqlite3.connect": "database",
    "subprocess.Popen": "process",
    "os.system": "process",
    "os.exec": "process",
    "os.fork": "process",
    "os.forkpty": "process",
    "os.posix_spawn": "process",
    "os.spawn": "process",
    "os.kill": "process",
    "os.killpg": "process",
    "os.mkdir": "filesystem-write",
    "os.remove": "filesystem-write",
    "os.rename": "filesystem-write",
    "os.rmdir": "filesystem-write",
    "os.link": "filesystem-write",
    "os.symlink": "filesystem-write",
    "os.truncate": "filesystem-write",
    "os.chmod": "filesystem-write",
    "os.chown": "filesystem-write",
    "os.utime": "filesystem-write",
    "shutil.rmtree": "filesystem-write",
    "tempfile.mkstemp": "filesystem-write",
    "tempfile.mkdtemp": "filesystem-write",
    "os.listdir": "filesystem-read",
    "os.scandir": "filesystem-read",
    "os.putenv": "env-write",
    "os.unsetenv": "env-write",
}
_DEVICES = ("/dev/null", "/dev/urandom", "/dev/random", "/proc/")


def record_audit_events(recorder: Recorder) -> None:
    """Installs the hook; it stays for the life of the process."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if not recorder.enabled:
            return
        if event == "open":
            _opened(recorder, arguments)
        elif event == "socket.connect":
            recorder.record("network", _address(arguments[1]), sys._getframe(1))
        else:
            kind = _PLAIN.get(event)
            if kind is not None:
                recorder.record(kind, _described(event, arguments), sys._getframe(1))

    sys.addaudithook(hook)


def _opened(recorder: Recorder, arguments: tuple[Any, ...]) -> None:
    path, mode, flags = arguments
    if not isinstance(path, (str, bytes)):
        return
    name = os.fsdecode(path)
    if name.startswith(_DEVICES) or name.startswith(OWN_FOLDER):
        return
    if isinstance(mode, str):
        writes = any(letter in mode for letter in "wax+")
    else:
        writes = bool(isinstance(flags, int) and flags & _WRITING)
    recorder.record("filesystem-write" if writes else "filesystem-read", name, sys._getframe(2))


def _address(address: Any) -> str:
    if isinstance(address, tuple) and len(address) >= 2:
        return f"{address[0]}:{address[1]}"
    return str(address)[:200]


def _described(event: str, arguments: tuple[Any, ...]) -> str:
    """The event and its subject, without what may be secret: no arguments of commands."""
    subject = arguments[0] if arguments else ""
    if event in ("socket.bind", "socket.sendto"):
        return f"{event} {_address(arguments[1])}"
    if event == "os.system":
        words = os.fsdecode(subject).split() if isinstance(subject, (str, bytes)) else [""]
        return f"{event} {words[0] if words else ''}"
    if isinstance(subject, (list, tuple)):
        subject = subject[0] if subject else ""
    if isinstance(subject, (str, bytes, os.PathLike)):
        return f"{event} {os.fsdecode(subject)[:200]}"
    return event
