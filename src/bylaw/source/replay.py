"""A run whose inputs did not change: its stored report, printed again after one stat walk.

Imports next to nothing: this is the path of every save that changes nothing.
"""

from __future__ import annotations

import marshal
import os
import sys
import time

from bylaw.source.atomic import cache_directory, read_checked, write_checked
from bylaw.source.stat_index import Snapshot, unchanged

MOST_REPORTS = 200
"""Reports kept in the cache; the oldest go first."""

_NEVER = frozenset(
    {
        "--no-cache", "--update-baseline", "--grow-baseline", "--debug", "--help",
        "--fix", "--unsafe-fixes", "--diff",
    }
)  # fmt: skip
_VARIABLES = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM", "PATH", "CI", "HOME")


def replay(words: list[str]) -> int | None:
    """Prints the stored report of the same call, if nothing it depended on changed.

    Args:
        words: the command line after the program's name.

    Returns:
        The exit code, or None when the run has to be made.
    """
    started = time.perf_counter()
    out = sys.stdout
    if out is None or _NEVER.intersection(words):
        return None
    target = _target(words)
    payload = read_checked(target, stamp=own_stamp()) if target else None
    if payload is None:
        return None
    try:
        root, snapshot, code, text, timed = marshal.loads(payload)
        if not unchanged(snapshot, root, time.time_ns()):
            return None
    except (ValueError, EOFError, TypeError):
        return None
    if timed:
        text += f"  time          {time.perf_counter() - started:.2f} s, nothing changed\n"
    try:
        data = text.encode(out.encoding or "utf-8", "backslashreplace")
        out.buffer.write(data)
        out.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    except OSError:
        # A full disk: the long way says so properly.
        return None
    return int(code)


def keep_report(
    words: list[str], root: str, snapshot: Snapshot, code: int, text: str, timed: bool
) -> None:
    """Stores the report of a complete run for ``replay``.

    An incomplete run is made again every time: what it lacked (a newer interpreter, a readable
    file, ruff) may have come, and none of that need leave a trace in the files.

    Args:
        words: the command line after the program's name.
        root: absolute path of the root.
        snapshot: what the run saw of it, and of the files elsewhere that decide the outcome.
        code: exit code.
        text: the report, without the time it took.
        timed: whether the time is printed below it.
    """
    if _NEVER.intersection(words):
        return
    target = _target(words)
    if target:
        payload = marshal.dumps((root, snapshot, code, text, timed), 4)
        write_checked(target, payload, stamp=own_stamp())
        _drop_oldest(os.path.dirname(target))


def _drop_oldest(folder: str) -> None:
    """Keeps the folder of reports from growing with every new way to call Bylaw."""
    try:
        with os.scandir(folder) as entries:
            found = sorted((entry.stat().st_mtime_ns, entry.path) for entry in entries)
        for _, path in found[: max(0, len(found) - MOST_REPORTS)]:
            os.unlink(path)
    except OSError:
        return


def _target(words: list[str]) -> str:
    cache = cache_directory()
    if not cache or sys.stdout is None:
        return ""
    from bylaw.source.atomic import hash_function

    try:
        here = os.getcwd()
    except OSError:
        return ""
    # Words that are paths may be symbolic links, which lead elsewhere tomorrow.
    parts = [here, *words, *map(os.path.realpath, words), str(terminal_width())]
    parts += [f"{name}={os.environ.get(name)}" for name in _VARIABLES]
    # Where plug-ins are looked for; that one came or went is seen at the folders themselves.
    parts += sys.path
    key = "\0".join(parts).encode("utf-8", "surrogateescape")
    return os.path.join(cache, "reports", hash_function()(key, digest_size=16).hexdigest())


def terminal_width() -> int:
    """Columns of the terminal; -1 where the report goes elsewhere, and nothing is coloured."""
    try:
        return os.get_terminal_size().columns if sys.stdout.isatty() else -1
    except OSError:
        return 0


def own_stamp() -> bytes:
    """What a stored report depends on beyond files it names: Bylaw's own code, and Python."""
    from bylaw.version import __version__

    newest = count = size = 0
    pending = [os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != "__pycache__":
                        pending.append(entry.path)
                else:
                    found = entry.stat()
                    newest = max(newest, found.st_mtime_ns)
                    count += 1
                    size += found.st_size
    own = f"{__version__}/{newest}/{count}/{size}/{sys.version}/{sys.executable}"
    return own.encode("utf-8", "surrogateescape")
