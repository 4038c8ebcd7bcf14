"""Runs one command in a room of its own, says what the room denies, and leaves nothing behind.

Started by the probe host with Bylaw's own interpreter, as a file; it imports nothing of Bylaw.
Where the kernel allows it, the command is the first process of a process namespace, sees a
copy-on-write project and an otherwise read-only file system, and has no network. Where it does not,
the command works on a copy, Landlock denies what it can, and the first line says what is open.

The standard input is the lifeline: when it ends, everything the command started is killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import socket
import struct
import sys
import time
from typing import Any, NoReturn

_NEW_MOUNT, _NEW_IPC, _NEW_USER, _NEW_PID, _NEW_NET = (
    0x20000, 0x8000000, 0x10000000, 0x20000000, 0x40000000,
)  # fmt: skip
_NO_SUID, _NO_DEV, _RECURSIVE, _PRIVATE = 2, 4, 0x4000, 0x40000
_DEATH_SIGNAL, _NO_DUMP, _SECURE_BITS, _SUBREAPER, _NO_NEW_PRIVILEGES = 1, 4, 28, 36, 38
_MOUNT_SETATTR, _LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 442, 444, 445, 446
_WRITES = 0b1111111110010
"""Landlock: write, remove, make; neither read nor execute."""
_BIND_AND_CONNECT = 0b11
_SET_INTERFACE, _UP_AND_RUNNING = 0x8914, 0x41
_LEFT_OUT = (".git", ".hg", "node_modules", ".venv", "venv", ".tox", ".nox", "*.pyc")
_GRACE = 5.0


class DeniedError(Exception):
    """The kernel does not allow a step; the next weaker room is tried."""


class _MountAttributes(ctypes.Structure):
    _fields_ = (
        ("set", ctypes.c_uint64), ("clear", ctypes.c_uint64), ("propagation", ctypes.c_uint64),
        ("user_namespace", ctypes.c_uint64),
    )  # fmt: skip


class _Rules(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("access", ctypes.c_uint64), ("folder", ctypes.c_int32))


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _must(result: int, step: str) -> int:
    if result < 0:
        raise DeniedError(f"{step}: {os.strerror(ctypes.get_errno())}")
    return result


def _write(path: str, text: str) -> None:
    try:
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
    except OSError as error:
        raise DeniedError(f"{path}: {error.strerror}") from None


def _unshare(flags: int) -> None:
    user, group = os.getuid(), os.getgid()
    _must(_libc().unshare(_NEW_USER | flags), "unshare")
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{user} {user} 1")
    _write("/proc/self/gid_map", f"{group} {group} 1")


def _mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    words = [each.encode("utf-8", "surrogateescape") for each in (source, target, kind)]
    data = options.encode("utf-8", "surrogateescape") or None
    _must(_libc().mount(*words, ctypes.c_ulong(flags), data), f"mount {kind or target}")


def _furnish(plan: dict[str, Any]) -> None:
    """Read-only everywhere, but for a small temporary file system and an overlaid project."""
    room, root = plan["room"], plan["root"]
    if any(letter in f"{root}{room}" for letter in ":,\\"):
        raise DeniedError("overlay: the path has letters that mount options cannot hold")
    _mount("none", "/", "", _RECURSIVE | _PRIVATE)
    attributes = _MountAttributes(1, 0, 0, 0)
    arguments = (-100, b"/", 0x8000, ctypes.byref(attributes), ctypes.sizeof(attributes))
    _must(_libc().syscall(_MOUNT_SETATTR, *arguments), "mount_setattr")
    quiet = _NO_SUID | _NO_DEV
    _mount("proc", "/proc", "proc", quiet)
    if os.path.isdir("/dev/shm"):
        _mount("tmpfs", "/dev/shm", "tmpfs", quiet, "size=64m")
    below = f"/proc/self/fd/{os.open(root, os.O_RDONLY | os.O_CLOEXEC)}"
    if plan["loopback"]:
        with contextlib.suppress(DeniedError, OSError):
            _free_temporary(quiet)
    _mount("tmpfs", room, "tmpfs", quiet, f"mode=0700,size={plan['disk']}")
    for name in ("home", "tmp", "changed", "work"):
        os.mkdir(f"{room}/{name}", 0o700)
    options = f"lowerdir={below},upperdir={room}/changed,workdir={room}/work,userxattr"
    _mount("overlay", root, "overlay", quiet, options)
    _change_tree(plan["delta"], root)


def _change_tree(delta: str, root: str) -> None:
    """Makes another revision of the project: files that are not in it go, others are replaced.

    Args:
        delta: folder with ``removed.json``, a list of paths, and ``files``; empty for none.
        root: the overlaid or copied project.
    """
    if not delta:
        return
    with open(f"{delta}/removed.json", encoding="utf-8") as file:
        removed = json.load(file)
    for path in removed:
        with contextlib.suppress(OSError):
            os.unlink(f"{root}/{path}")
    files = f"{delta}/files"
    for folder, _, names in os.walk(files):
        target = f"{root}{folder[len(files) :]}"
        for name in names:
            os.makedirs(target, exist_ok=True)
            with contextlib.suppress(OSError):
                os.unlink(f"{target}/{name}")
            shutil.copy2(f"{folder}/{name}", f"{target}/{name}", follow_symlinks=False)


def _free_temporary(flags: int) -> None:
    """What is written to the one temporary folder everybody names is forgotten, not refused."""
    for name in ("changed", "work"):
        os.mkdir(f"/dev/shm/.bylaw-{name}", 0o700)
    options = "lowerdir=/tmp,upperdir=/dev/shm/.bylaw-changed,workdir=/dev/shm/.bylaw-work"
    _mount("overlay", "/tmp", "overlay", flags, f"{options},userxattr")


def _raise_loopback() -> None:
    """A network of its own begins with everything down; every port may be listened on in it."""
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_INTERFACE, struct.pack("16sh22x", b"lo", _UP_AND_RUNNING))
    with contextlib.suppress(DeniedError):
        _write("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0")


def _landlock(folders: list[str], loopback: bool) -> str:
    """Denies writes outside ``folders``, and TCP where ``loopback`` is not asked for.

    Returns:
        What stays open, or nothing.

    Raises:
        DeniedError: the kernel has no Landlock.
    """
    libc = _libc()
    version = _must(libc.syscall(_LANDLOCK_CREATE, None, 0, 1), "landlock")
    network = _BIND_AND_CONNECT if version >= 4 and not loopback else 0
    files = _WRITES | (1 << 13 if version >= 2 else 0) | (1 << 14 if version >= 3 else 0)
    rules = _Rules(files, network)
    size = ctypes.sizeof(rules) if version >= 4 else 8
    created = _must(libc.syscall(_LANDLOCK_CREATE, ctypes.byref(rules), size, 0), "landlock")
    for folder in [*folders, "/dev"]:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        beneath = _Beneath(files, opened)
        _must(libc.syscall(_LANDLOCK_ADD, created, 1, ctypes.byref(beneath), 0), "landlock")
        os.close(opened)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    _must(libc.syscall(_LANDLOCK_RESTRICT, created, 0), "landlock")
    return "" if network else "network"


def _limit(plan: dict[str, Any]) -> None:
    import resource

    wanted = {
        "RLIMIT_CORE": 0, "RLIMIT_FSIZE": plan["disk"], "RLIMIT_AS": plan["memory"],
        "RLIMIT_NPROC": plan["processes"],
    }  # fmt: skip
    for name, value in wanted.items():
        number = getattr(resource, name, None)
        if number is None:
            continue
        hard = resource.getrlimit(number)[1]
        limit = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(number, (limit, limit))


def _start(plan: dict[str, Any], root: str) -> NoReturn:
    _limit(plan)
    with contextlib.suppress(AttributeError):
        libc = _libc()
        libc.prctl(_SECURE_BITS, 3, 0, 0, 0)
        libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    os.chdir(root)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    command = [each.replace("{root}", root) for each in plan["command"]]
    environment = {key: text.replace("{room}", plan["room"]) for key, text in plan["env"].items()}
    os.execve(command[0], command, environment)


def _full_room(plan: dict[str, Any], told: int) -> int:
    """The strongest room; returns the exit status of its first process."""
    _unshare(_NEW_MOUNT | _NEW_IPC | _NEW_PID | _NEW_NET)
    if plan["loopback"]:
        _raise_loopback()
    child = os.fork()
    if child:
        # Else its end would be noticed only with ours.
        os.close(told)
        return _status(os.waitpid(child, 0)[1])
    try:
        _libc().prctl(_DEATH_SIGNAL, int(signal.SIGKILL), 0, 0, 0)
        _furnish(plan)
        _tell(told, {"room": "namespaces", "open": [], "root": plan["root"]})
        _start(plan, plan["root"])
    except BaseException as error:  # noqa: BLE001 - a forked child must not return
        os.write(told, str(error).encode("utf-8", "replace")[:500])
        os._exit(125)


def _small_room(plan: dict[str, Any], told: int) -> int:
    """A copy, guarded by whatever there is."""
    copy = f"{plan['room']}/copy"
    for name in ("home", "tmp"):
        os.makedirs(f"{plan['room']}/{name}", 0o700, exist_ok=True)
    if not os.path.isdir(copy):
        shutil.copytree(
            plan["root"], copy, symlinks=True, ignore=shutil.ignore_patterns(*_LEFT_OUT)
        )
        _change_tree(plan["delta"], copy)
    still = {"network", "filesystem", "processes"}
    with contextlib.suppress(DeniedError, AttributeError, OSError):
        _unshare(_NEW_NET | _NEW_IPC)
        still.discard("network")
        if plan["loopback"]:
            _raise_loopback()
    with contextlib.suppress(DeniedError, AttributeError, OSError):
        left = _landlock([plan["room"]], plan["loopback"])
        still.discard("filesystem")
        if not left:
            still.discard("network")
    name = "copy" if "filesystem" in still else "landlock"
    _tell(told, {"room": name, "open": sorted(still), "root": copy})
    _start(plan, copy)


def _tell(told: int, room: dict[str, Any]) -> None:
    line = json.dumps({"protocol": "bylaw.guard/1", **room}) + "\n"
    os.write(1, line.encode("utf-8", "surrogateescape"))
    os.set_inheritable(told, False)


def _attempt(plan: dict[str, Any], full: bool) -> tuple[int, bytes]:
    """Starts the command in one kind of room: the child and why it failed, if it did."""
    reader, told = os.pipe()
    child = os.fork()
    if child == 0:
        code = 125
        try:
            os.close(reader)
            with contextlib.suppress(AttributeError):
                _libc().prctl(_DEATH_SIGNAL, int(signal.SIGKILL), 0, 0, 0)
            code = _full_room(plan, told) if full else _small_room(plan, told)
        except BaseException as error:  # noqa: BLE001 - a forked child must not return
            os.write(told, str(error).encode("utf-8", "replace")[:500])
        os._exit(code)
    os.close(told)
    problem = b""
    while True:
        ready, _, _ = select.select([reader, 0], [], [], 30)
        if 0 in ready and not os.read(0, 1):
            problem = b"stopped"
            break
        if reader in ready or not ready:
            problem = os.read(reader, 600) if ready else b"slow"
            break
    os.close(reader)
    return child, problem


def _status(status: int) -> int:
    return os.waitstatus_to_exitcode(status) & 0xFF


def _children(process: int) -> list[int]:
    """Children of a process, as the kernel lists them; none where it does not."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{process}/task"):
            with open(f"/proc/{process}/task/{task}/children", encoding="ascii") as file:
                found += map(int, file.read().split())
    return found


def _sweep(child: int) -> None:
    """Kills the child, its group, and everything that was left to us when its parent ended."""
    deadline = time.monotonic() + _GRACE
    with contextlib.suppress(OSError):
        os.kill(child, signal.SIGKILL)
    while time.monotonic() < deadline:
        pending = _children(os.getpid())
        seen: set[int] = set()
        while pending:
            process = pending.pop()
            if process not in seen:
                seen.add(process)
                with contextlib.suppress(OSError):
                    os.kill(process, signal.SIGSTOP)
                pending += _children(process)
        for process in seen:
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.005)


def main() -> None:
    """Runs the plan of the command line until it ends or the lifeline does."""
    plan = json.loads(sys.argv[1])
    with contextlib.suppress(AttributeError):
        _libc().prctl(_SUBREAPER, 1, 0, 0, 0)
    child, problem = _attempt(plan, True) if plan["full"] else (0, b"not asked for")
    if problem and problem != b"stopped":
        if child:
            _sweep(child)
        child, problem = _attempt(plan, False)
    code = 125
    if not problem:
        while True:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                code = _status(status)
                break
            if select.select([0], [], [], 0.02)[0] and not os.read(0, 1):
                break
    else:
        sys.stderr.write(problem.decode("utf-8", "replace"))
    _sweep(child)
    shutil.rmtree(plan["scratch"], ignore_errors=True)
    if not select.select([0], [], [], 0)[0]:
        os._exit(code)
    # Whoever started us is gone, or wants no more: its file of errors goes too.
    with contextlib.suppress(OSError):
        os.unlink(f"{plan['scratch']}.err")
    os._exit(code)


if __name__ == "__main__":
    main()
