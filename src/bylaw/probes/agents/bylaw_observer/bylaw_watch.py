"""What one Python process opens, lists, looks at and starts, appended to a log as it happens.

Loaded by every observed Python, before anything of the project, and there for all of its life:
standard library only, nothing raised. Code under test may close every handle it finds, so that the
log's is looked at before each new line; a line that could not be written leaves a mark in shared
memory, which needs none.

A line is (kind, process, payload) in marshal's second format, with its length before it.
"""

from __future__ import annotations

import marshal
import os
import sys
from _thread import get_ident
from typing import Any

VARIABLE = "BYLAW_OBSERVER_LOG"

_WRITES_FIRST = os.O_WRONLY | os.O_TRUNC | os.O_EXCL
_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
# Only the kind of what they meet matters to these, and that is known without observation.
_GLANCES = frozenset({
    "exists", "lexists", "isfile", "isdir", "islink", "ismount", "samefile", "is_file", "is_dir",
    "is_symlink", "is_mount", "realpath", "_joinrealpath", "resolve", "_resolve",
})  # fmt: skip
_PASSED_ON = frozenset({"stat", "lstat", "_ignore_error"})
# They ask the machine, never the tree.
_OF_THE_MACHINE = ("platform.py", "uuid.py", "ctypes/util.py")

_stat, _lstat, _access, _open, _write, _close = (
    os.stat, os.lstat, os.access, os.open, os.write, os.close,
)  # fmt: skip
_fstat = os.fstat
_HIGH = 200
_getcwd, _getpid, _fspath, _readlink = os.getcwd, os.getpid, os.fspath, os.readlink
_getframe = sys._getframe


class Log:
    """Lines for whoever started the observation.

    Args:
        path: of the log.
        own: folders whose content is accounted for as a whole; nothing of them is noted.
    """

    def __init__(self, path: str, own: tuple[str, ...]) -> None:
        self.path = path
        self.own = own
        self._mark = _shared_mark(f"{path}.mark")
        self._seen: set[Any] = set()
        self._handle, self._file = -1, (0, 0)

    def once(self, kind: str, path: str) -> None:
        """Notes a path, unless it was noted before."""
        key = kind + path
        if key not in self._seen:
            self._seen.add(key)
            if kind == "native" or not path.startswith(self.own):
                self.line(kind, path)

    def line(self, kind: str, payload: Any) -> None:
        """Notes anything."""
        try:
            body = marshal.dumps((kind, _getpid(), payload), 2)
            data = len(body).to_bytes(4, "little") + body
            if _write(self._opened(), data) != len(data):
                self.fail()
        except BaseException:  # noqa: BLE001 - the code under test must not see it
            self.fail()

    def fail(self) -> None:
        """Says that something is missing here."""
        if self._mark is not None:
            self._mark[0] = 1

    def _opened(self) -> int:
        """A handle of the log; code under test may have closed it, and the number is another's."""
        if self._handle >= 0:
            try:
                found = _fstat(self._handle)
                if (found.st_dev, found.st_ino) == self._file:
                    return self._handle
            except OSError:
                pass
        handle = _open(self.path, _APPEND, 0o600)
        # Out of the way of the small numbers, which some code expects to get.
        self._handle = _high(handle)
        found = _fstat(self._handle)
        self._file = (found.st_dev, found.st_ino)
        return self._handle


def _high(handle: int) -> int:
    try:
        from fcntl import F_DUPFD_CLOEXEC, fcntl

        high = fcntl(handle, F_DUPFD_CLOEXEC, _HIGH)
    except (ImportError, OSError, ValueError):
        return handle
    _close(handle)
    return high


def _shared_mark(path: str) -> Any:
    try:
        import mmap

        handle = _open(path, os.O_RDWR)
        try:
            return mmap.mmap(handle, 1)
        finally:
            _close(handle)
    except (ImportError, OSError, ValueError):
        return None


class _Programs:
    """Notes what starts programs."""

    def __init__(self, log: Log) -> None:
        self.log = log

    def started(self, executable: Any, words: Any, cwd: Any, variables: Any) -> None:
        """Another program."""
        frame: Any = _getframe(2)
        while frame is not None and frame.f_code.co_filename.endswith("subprocess.py"):
            frame = frame.f_back
        name = frame.f_code.co_filename if frame is not None else ""
        if name.startswith(_STANDARD) and name.endswith(_OF_THE_MACHINE):
            self.log.line("fork", "")
            return
        listed = (
            [words] if isinstance(words, (str, bytes)) or hasattr(words, "__fspath__") else words
        )
        self.log.line("start", [os.fsdecode(each) for each in listed])

    def spawned(self, path: Any, words: Any, variables: Any) -> None:
        """Another program, by ``os.posix_spawn``."""
        self.log.line("start", [os.fsdecode(each) for each in words])

    def replaced(self, path: Any, words: Any, variables: Any) -> None:
        """Another program in place of this one."""
        self.log.line("exec", [os.fsdecode(each) for each in words])

    def shell(self, command: Any) -> None:
        """A shell."""
        self.log.line("start", ["sh", "-c", os.fsdecode(command)])

    def forked(self) -> None:
        """A copy of this process, which goes on observing."""
        self.log.line("fork", "")


class _Watch(_Programs):
    """Turns audit events into lines."""

    def __init__(self, log: Log) -> None:
        super().__init__(log)
        self.quick: set[Any] = set()
        self.relative: set[int] = set()
        self.handlers: dict[str, Any] = {
            "open": self.opened, "os.listdir": self.listed, "os.scandir": self.scanned,
            "import": self.imported, "ctypes.dlopen": self.loaded, "sqlite3.connect": self.database,
            "subprocess.Popen": self.started, "os.posix_spawn": self.spawned,
            "os.exec": self.replaced, "os.system": self.shell, "os.fork": self.forked,
            "os.forkpty": self.forked, "os.rename": self.moved, "os.link": self.linked,
            "os.symlink": self.linked, "os.remove": self.wrote, "os.truncate": self.changed,
        }  # fmt: skip

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Called by the interpreter for every event; nearly all mean nothing here."""
        handler = self.handlers.get(event)
        if handler is not None:
            try:
                handler(*arguments)
            except BaseException as error:  # noqa: BLE001 - it would reach the code under test
                self.log.line("trouble", f"{event}: {type(error).__name__}")

    def opened(self, path: Any, mode: Any, flags: Any) -> None:
        """A file, or a directory by ``os.open``."""
        if path in self.quick or path is self.log.path:
            return
        if isinstance(path, int) or (mode is None and get_ident() in self.relative):
            return
        where = absolute(path)
        first = _is_written(mode) if isinstance(mode, str) else bool(flags & _WRITES_FIRST)
        self.log.once("write" if first else "read", where)
        if not first and where == path:
            self.quick.add(path)

    def listed(self, path: Any) -> None:
        """A directory, by ``os.listdir``."""
        self.log.once("list", absolute(path))

    def scanned(self, path: Any) -> None:
        """A directory, by ``os.scandir``, whose entries can be asked for their size."""
        where = absolute(path)
        self.log.once("list", where)
        code = _getframe(2).f_code.co_filename
        standard = code.startswith((_STANDARD, "<frozen")) and "-packages" not in code
        # pytest asks for kinds only, of everything it meets.
        if not standard and f"{os.sep}_pytest{os.sep}" not in code:
            self.log.once("close", where)

    def imported(self, module: Any, path: Any, *rest: Any) -> None:
        """A module; only those of machine code have a path here."""
        if isinstance(path, str):
            self.log.once("read", absolute(path))
            self.log.once("native", absolute(path))

    def loaded(self, name: Any) -> None:
        """A library, by ``ctypes``."""
        if isinstance(name, (str, bytes)):
            text = os.fsdecode(name)
            if os.sep in text:
                self.log.once("read", absolute(text))
            self.log.once("native", text)

    def database(self, name: Any) -> None:
        """A database, which SQLite opens by itself."""
        text = os.fsdecode(name)
        if text and text != ":memory:":
            if text.startswith("file:"):
                text = text[5:].partition("?")[0]
            self.log.once("read", absolute(text))

    def moved(self, source: Any, target: Any, *handles: Any) -> None:
        """A file that has another name now."""
        self.log.once("read", absolute(source))
        self.log.once("write", absolute(target))

    def linked(self, source: Any, target: Any, *handles: Any) -> None:
        """A file, or all below a directory, that can be opened by another name now."""
        text = os.fsdecode(_fspath(source))
        if text[:1] != "/":
            text = os.path.join(os.path.dirname(absolute(target)), text)
            self.log.once("below", absolute(source))
        self.log.once("below", text)
        self.log.once("write", absolute(target))

    def wrote(self, path: Any, *handle: Any) -> None:
        """A file that is gone."""
        self.log.once("write", absolute(path))

    def changed(self, path: Any, *size: Any) -> None:
        """A file of which a part is gone."""
        if not isinstance(path, int):
            self.log.once("read", absolute(path))


class _Stand:
    """Stands for a function of ``os`` wherever somebody asks which one it is.

    An instance and no function: some classes of older libraries hold ``os.stat`` as an attribute,
    where a function would be bound to them.
    """

    __module__ = "os"

    def __init__(self, watch: _Watch, real: Any) -> None:
        self._watch, self._real = watch, real
        self.__name__ = self.__qualname__ = real.__name__
        self.__doc__ = real.__doc__
        self.__self__ = real.__self__

    def __hash__(self) -> int:
        return hash(self._real)

    def __eq__(self, other: object) -> bool:
        return other is self or other is self._real

    def __repr__(self) -> str:
        return repr(self._real)

    def __reduce__(self) -> str:
        return str(self.__name__)


class _Open(_Stand):
    """Stands for ``os.open``, whose event does not tell what a path is relative to."""

    def __call__(self, path: Any, flags: Any, *more: Any, **named: Any) -> Any:
        handle = named.get("dir_fd")
        if handle is None:
            return self._real(path, flags, *more, **named)
        here = get_ident()
        try:
            where = _joined(handle, path)
            self._watch.log.once("write" if flags & _WRITES_FIRST else "read", where)
        except BaseException as error:  # noqa: BLE001 - it would reach the code under test
            self._watch.log.line("trouble", f"open: {type(error).__name__}")
        self._watch.relative.add(here)
        try:
            return self._real(path, flags, *more, **named)
        finally:
            self._watch.relative.discard(here)


class _Look(_Stand):
    """Stands for ``os.stat`` and its like, which tell nobody."""

    def __init__(self, watch: _Watch, real: Any, always_glance: bool = False) -> None:
        super().__init__(watch, real)
        self._always = always_glance
        self._close: set[Any] = set()

    def __call__(self, path: Any, *more: Any, **named: Any) -> Any:
        try:
            if path not in self._close:
                self._note(path, named.get("dir_fd"))
        except BaseException as error:  # noqa: BLE001 - it would reach the code under test
            if not isinstance(error, (TypeError, ValueError)):
                self._watch.log.line("trouble", f"{self.__name__}: {type(error).__name__}")
        return self._real(path, *more, **named)

    def _note(self, path: Any, handle: Any) -> None:
        if isinstance(path, int):
            return
        where = absolute(path) if handle is None else _joined(handle, path)
        if self._always or _is_glance(_getframe(2)):
            self._watch.log.once("there", where)
        else:
            self._watch.log.once("look", where)
            if where == path:
                self._close.add(path)


def _is_written(mode: str) -> bool:
    """Whether a file opened so holds nothing that counts: it is made, emptied or added to."""
    return "r" not in mode and not ("a" in mode and "+" in mode)


def _is_glance(frame: Any) -> bool:
    """Whether whoever asked wants to know no more than what kind of thing is there."""
    for _ in range(3):
        if frame is None:
            return False
        code = frame.f_code
        if (
            not code.co_filename.startswith((_STANDARD, "<frozen"))
            or "-packages" in code.co_filename
        ):
            return False
        if code.co_name in _GLANCES:
            return True
        if code.co_name not in _PASSED_ON:
            return False
        frame = frame.f_back
    return False


def absolute(path: Any) -> str:
    """A path as the process means it now."""
    if path is None:
        return _getcwd()
    if isinstance(path, int):
        return _joined(path, "")
    text = os.fsdecode(_fspath(path))
    return text if text[:1] == "/" else os.path.join(_getcwd(), text)


def _joined(handle: int, path: Any) -> str:
    below = _readlink(f"/proc/self/fd/{handle}")
    return os.path.join(below, os.fsdecode(_fspath(path))) if path else below


def begin(here: str) -> None:
    """Starts observing, if anybody asked for it.

    Args:
        here: folder of the observer.
    """
    # bylaw: ignore[env-read-outside-settings] it runs in the observed process, told by us
    path = os.environ.get(VARIABLE, "")
    if not path:
        return
    log = Log(path, _own_folders())
    watch = _Watch(log)
    # Before the hello: from there on everything is believed to be seen.
    system: Any = os
    system.open = _Open(watch, _open)
    system.stat = _Look(watch, _stat)
    system.lstat = _Look(watch, _lstat)
    system.access = _Look(watch, _access, True)
    sys.addaudithook(watch.hook)
    log.line("hello", _hello())
    import atexit

    atexit.register(_say_goodbye, log)


def _packages() -> list[str]:
    return [each for each in sys.path if each.rstrip("/").endswith("-packages")]


def _own_folders() -> tuple[str, ...]:
    """The standard library and installed packages; links among their names do not count."""
    return (_STANDARD, *(f"{each.rstrip('/')}/" for each in _packages()))


def _hello() -> list[Any]:
    """Who this is: parent, words, and the folders that are the interpreter's own."""
    try:
        handle = _open("/proc/self/cmdline", os.O_RDONLY)
        try:
            data = b""
            while piece := os.read(handle, 1 << 16):
                data += piece
        finally:
            _close(handle)
        words = [os.fsdecode(each) for each in data.split(b"\0")[:-1]]
    except OSError:
        words = list(getattr(sys, "orig_argv", []))
    folders = sorted({sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix})
    return [os.getppid(), words, folders, _packages(), _STANDARD, sys.pycache_prefix or ""]


def _say_goodbye(log: Log) -> None:
    """Says at the end whether there were children."""
    used = 0
    try:
        import resource

        used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt
    except (ImportError, OSError, ValueError):
        used = 1
    log.line("bye", [used, "uvloop" in sys.modules])


_STANDARD = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
