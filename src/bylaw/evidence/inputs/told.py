"""What observed Python processes told, line by line, made into sets."""

from __future__ import annotations

import marshal
from typing import NamedTuple

_CUT_SHORT = "what was observed is cut short"


class Hello(NamedTuple):
    """One interpreter that began to observe."""

    process: int
    parent: int
    words: tuple[str, ...]
    folders: tuple[str, ...]
    packages: tuple[str, ...]
    standard: str
    bytecode: str


class Told(NamedTuple):
    """Everything that was told.

    Attributes:
        paths: absolute paths by kind of look: ``read``, ``write``, ``list``, ``close``, ``there``,
            ``look``, ``below``, ``native``, ``handle``.
        first: kind of the first look that opened, made or removed a path.
        hellos: interpreters, in order.
        starts: process and words of each program that was started.
        replaced: the same of each that replaced its process.
        forks: processes that forked, or asked a program of the machine.
        byes: process, whether it had children, whether it can start some unseen.
        troubles: what went wrong while observing.
    """

    paths: dict[str, set[str]]
    first: dict[str, str]
    hellos: list[Hello]
    starts: list[tuple[int, tuple[str, ...]]]
    replaced: list[tuple[int, tuple[str, ...]]]
    forks: set[int]
    byes: list[tuple[int, bool, bool]]
    troubles: list[str]


def read_log(path: str) -> Told:
    """Reads a log.

    Args:
        path: where it lies.
    """
    told = Told({}, {}, [], [], [], set(), [], [])
    try:
        with open(path, "rb") as file:
            data = file.read()
        with open(f"{path}.mark", "rb") as file:
            if file.read() != b"\0":
                told.troubles.append("a process could not tell what it opened")
    except OSError:
        told.troubles.append(_CUT_SHORT)
        return told
    place = 0
    while place < len(data):
        size = int.from_bytes(data[place : place + 4], "little")
        body = data[place + 4 : place + 4 + size]
        place += 4 + size
        try:
            kind, process, payload = marshal.loads(body)
            _take(told, kind, process, payload)
        except (ValueError, EOFError, TypeError):
            told.troubles.append(_CUT_SHORT)
            return told
    return told


def _take(told: Told, kind: str, process: int, payload: object) -> None:
    if isinstance(payload, str):
        if kind == "trouble":
            told.troubles.append(payload)
        elif kind == "fork":
            told.forks.add(process)
        else:
            told.paths.setdefault(kind, set()).add(payload)
            if kind in ("read", "write"):
                told.first.setdefault(payload, kind)
        return
    if not isinstance(payload, list):
        raise TypeError(kind)
    if kind == "hello":
        parent, words, folders, packages, standard, bytecode = payload
        words, folders, packages = tuple(words), tuple(folders), tuple(packages)
        told.hellos.append(Hello(process, parent, words, folders, packages, standard, bytecode))
    elif kind == "bye":
        told.byes.append((process, bool(payload[0]), bool(payload[1])))
    else:
        kept = told.starts if kind == "start" else told.replaced
        kept.append((process, tuple(payload)))


def escapes_of(told: Told, command: tuple[str, ...]) -> list[str]:
    """What observation did not see of the processes, in words; empty where it saw all of them.

    Args:
        told: everything that was told.
        command: what was started to be observed.
    """
    if not told.hellos or not is_same(command, told.hellos[0].words):
        return ["the Python it ran in did not load the observer"]
    found = list(told.troubles)
    left = list(told.hellos[1:])
    for process, words in told.starts:
        if not _take_hello(left, words, "parent", process):
            found.append(f"it started {_named(words)}")
    for process, words in told.replaced:
        if not _take_hello(left, words, "process", process):
            found.append(f"it became {_named(words)}")
    parents = {each.parent for each in told.hellos} | {process for process, _ in told.starts}
    for process, had_children, hides in told.byes:
        if had_children and (hides or process not in parents | told.forks):
            found.append("a library started a program by itself")
    return list(dict.fromkeys(found))


def _take_hello(left: list[Hello], words: tuple[str, ...], field: str, process: int) -> bool:
    """Finds the interpreter that a start led to; each one answers for one start only."""
    for number, hello in enumerate(left):
        if getattr(hello, field) == process and is_same(words, hello.words):
            del left[number]
            return True
    return False


def is_same(started: tuple[str, ...], runs: tuple[str, ...]) -> bool:
    """Whether an interpreter with these words is what a start with those led to."""
    if started == runs:
        return True
    # A script: the kernel puts the interpreter of its first line in front.
    tail = started[1:]
    return (
        len(runs) > len(started)
        and runs[len(runs) - len(tail) :] == tail
        and runs[len(runs) - len(tail) - 1].rpartition("/")[2] == started[0].rpartition("/")[2]
    )


def _named(words: tuple[str, ...]) -> str:
    return " ".join(words[:3])[:80] or "another program"
