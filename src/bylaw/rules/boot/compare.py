"""What differs between two start commands: what they mean, not how they are spelled."""

from __future__ import annotations

import re
from typing import NamedTuple

from bylaw.manifests.meaning import Meaning
from bylaw.rules.boot.items import StartCommand


class Difference(NamedTuple):
    """One way in which two start commands differ.

    Attributes:
        words: what differs, for people.
        severity: another program is an ``error``, another server a ``warning``, another number
            of workers a ``note``.
    """

    words: str
    severity: str


def starts_same(one: StartCommand, other: StartCommand) -> bool:
    """Whether two commands start the same module, however they do it."""
    return _same_target(one.meaning, other.meaning, one.module, other.module)


def differences(one: Meaning, other: Meaning, first: int, second: int) -> list[Difference]:
    """What differs between two commands of one role.

    Args:
        one: the first.
        other: the second.
        first: number of the file the first starts, -1 where it is not known.
        second: the same for the second.

    Returns:
        The differences, the gravest first; none where they mean the same.
    """
    found = []
    if not _same_target(one, other, first, second):
        grave = "warning" if _is_twin(one.module, other.module) else "error"
        found.append(Difference(f"{one.target} in place of {other.target}", grave))
    elif one.attribute != other.attribute and one.attribute and other.attribute:
        found.append(Difference(f"{one.attribute} in place of {other.attribute}", "error"))
    if one.program != other.program:
        found.append(Difference(f"{one.program} in place of {other.program}", "warning"))
    lacking = other if one.reload else one
    if bool(one.reload) != bool(other.reload) and not lacking.unknown:
        which = "reloads" if one.reload else "does not reload"
        found.append(Difference(which, "warning"))
    if one.interpreter and other.interpreter and _version(one) != _version(other):
        words = f"{one.interpreter} in place of {other.interpreter}"
        found.append(Difference(words, "warning"))
    for name, mine, its in (
        ("port", _source(one.port), _source(other.port)),
        ("host", one.host, other.host),
        ("workers", one.workers, other.workers),
    ):
        is_open = (one.unknown and not mine) or (other.unknown and not its)
        if mine != its and one.program == other.program and not is_open:
            words = f"{name} {mine or 'by default'} in place of {its or 'the default'}"
            found.append(Difference(words, "note"))
    return found


def _same_target(one: Meaning, other: Meaning, first: int, second: int) -> bool:
    if first >= 0 and second >= 0:
        return first == second
    if one.module or other.module:
        return one.module == other.module
    return one.script.rpartition("/")[2] == other.script.rpartition("/")[2]


def _is_twin(one: str, other: str) -> bool:
    """``project.wsgi`` and ``project.asgi``: two doors of the same house."""
    above, _, last = one.rpartition(".")
    beside, _, its = other.rpartition(".")
    return above == beside and {last, its} == {"wsgi", "asgi"}


def _version(meaning: Meaning) -> str:
    """Version of an interpreter as far as its name tells; ``python3`` is any 3."""
    return meaning.interpreter if re.search(r"\d\.\d", meaning.interpreter) else ""


def _source(port: str) -> str:
    """Where a port comes from: a number, or the name of a variable."""
    match = re.match(r"^\$[({]?(\w+)", port)
    return f"${match[1]}" if match else port
