"""``bylaw stale`` and ``bylaw gate`` where nothing changed: said again after one stat walk.

Imports next to nothing, like ``source/replay.py``, whose stamp of Bylaw's own code it shares.
"""

from __future__ import annotations

import marshal
import os
import sys
import time

from bylaw.source.atomic import cache_directory, hash_function, read_checked, write_checked
from bylaw.source.replay import own_stamp, terminal_width
from bylaw.source.stat_index import unchanged

TYPE_CHECKING = False  # importing typing would double the start-up; checkers know the name
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bylaw.source.stat_index import Snapshot

TREE_FORMAT = b"bylaw tree 3 " + sys.version.encode()
FOREVER = 1 << 62

# Shells and terminals change them with every command and window; no plan looks at them.
_NOISE = frozenset(
    {"_", "SHLVL", "OLDPWD", "PWD", "COLUMNS", "LINES", "WINDOWID", "TERM_SESSION_ID"}
)


def tree_target(root: str) -> str:
    """Where the last look at a tree is kept; empty where there is no cache.

    Args:
        root: absolute path of the root.
    """
    cache = cache_directory()
    if not cache:
        return ""
    key = os.fsencode(root)
    return os.path.join(cache, "trees", hash_function()(key, digest_size=16).hexdigest())


def replay(words: list[str], clock: Callable[[], int] = time.time_ns) -> int | None:
    """Prints the stored answer to the same call, if nothing it depended on changed.

    Args:
        words: the command line after the program's name.
        clock: tells the time, in nanoseconds since 1970.

    Returns:
        The exit code, or None when it has to be found anew.
    """
    target = _target(words)
    payload = read_checked(target, stamp=own_stamp()) if target else None
    if payload is None or sys.stdout is None:
        return None
    try:
        root, whole, beside, until_ns, code, text = marshal.loads(payload)
        now_ns = clock()
        if now_ns >= until_ns or not unchanged(beside, root, now_ns):
            return None
        kept = read_checked(tree_target(root), stamp=TREE_FORMAT)
        if kept is None:
            return None
        snapshot, seen, *_ = marshal.loads(kept)
        if seen != whole or not unchanged(snapshot, root, now_ns):
            return None
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
    except (ValueError, EOFError, TypeError, OSError):
        return None
    return int(code)


def keep(
    words: list[str], root: str, whole: str, beside: Snapshot, until_ns: int, code: int, text: str
) -> None:
    """Stores an answer.

    Args:
        words: the command line after the program's name.
        root: absolute path of the root.
        whole: digest of the tree it was given for.
        beside: everything else it depends on.
        until_ns: when it ends to hold in any case.
        code: exit code.
        text: what was said.
    """
    target = _target(words)
    if target:
        data = text.encode(sys.stdout.encoding or "utf-8", "backslashreplace")
        payload = marshal.dumps((root, whole, beside, until_ns, code, data), 4)
        write_checked(target, payload, stamp=own_stamp())


def _target(words: Iterable[str]) -> str:
    cache = cache_directory()
    if not cache:
        return ""
    try:
        here = os.getcwd()
    except OSError:
        return ""
    parts = [here, *words, str(terminal_width()), *sys.path]
    parts += sorted(f"{name}={value}" for name, value in os.environ.items() if name not in _NOISE)
    key = "\0".join(parts).encode("utf-8", "surrogateescape")
    return os.path.join(cache, "stale", hash_function()(key, digest_size=16).hexdigest())
