"""Why a service did not start: its own failure, or something that nobody gave it here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

_TRACE = "Traceback (most recent call last)"
_FRAME = re.compile(r'File "([^"]+)", line (\d+)|([\w./+@-]+\.py):(\d+) in \w')
_RAISED = re.compile(
    r"^(?:[│|]\s*)?([A-Za-z_][\w.]*(?:Error|Exception|Exit|Required|Configured|Found|"
    r"Warning|Refused|Interrupt|Timeout|Missing|Invalid)\w*)(?::\s?(.*))?$",
    re.M,
)
_MISSING = re.compile(r"No module named '?([\w.]+)'?")
_DIAGNOSTIC = "bylaw.boot-diagnostic/1"
_TOLD = {
    "variable-missing": "missing-variable", "variable-invalid": "variable-refused",
    "unreachable": "needs-service", "not-writable": "denied", "port-taken": "denied",
    "port-forbidden": "denied", "server-missing": "missing-package",
    "not-installed": "not-installed", "python-too-old": "interpreter-too-old",
    "import-failed": "import-failed", "worker-failed": "failed-outside",
    "server-failed": "failed-outside", "server-ended": "failed-outside",
}  # fmt: skip
"""Codes of bylaw-boot that the surroundings answer for; all others are the service's own."""
_OTHER_VERSION = re.compile(r"cannot import name '?(\w+)'? from (?:partially initialized module )?"
                            r"'?(\w+)|module '(\w+)[\w.]*' has no attribute '(\w+)'")  # fmt: skip
_SERVICE = re.compile(
    r"connection refused|ECONNREFUSED|Errno 111\b|name or service not known|"
    r"temporary failure in name resolution|network is unreachable|no route to host|"
    r"could not translate host name|nodename nor servname|getaddrinfo failed|gaierror|"
    r"can't connect to (?:local )?(?:mysql )?server|ServerSelectionTimeoutError|NoBrokersAvailable|"
    r"ConnectionRefusedError|all connection attempts failed|max retries exceeded with url|"
    r"cannot connect to (?:amqp|redis|kafka)|failed to connect to|could not connect to|"
    r"Errno (?:99|101|113|-2|-3)\b|unable to connect to|connect call failed|"
    r"connection to server at .* failed|Errno -5\b|database .* does not exist",
    re.I,
)
_UNMIGRATED = re.compile(
    r"no such table|relation \S+ does not exist|UndefinedTable|unapplied migration|"
    r"table '?\S+'? doesn't exist|run .{0,30}migrat|alembic upgrade", re.I,
)  # fmt: skip
_LIBRARY = re.compile(
    r"cannot open shared object file|failed to find lib|cannot load library|"
    r"lib\w+ (?:is )?not (?:found|installed)|OSError: no library called|undefined symbol", re.I,
)  # fmt: skip
_DENIED = re.compile(
    r"Read-only file system|Operation not permitted|Cannot allocate memory|MemoryError|"
    r"unable to open database file|readonly database|Disk quota exceeded|No space left on device"
)
_PLACE = re.compile(
    r"(?:No such file or directory|Permission denied|does not exist|not found|"
    r"FileNotFoundError|NotADirectoryError)[^'\"\n]*['\"](/[^'\"\n]+)"
)
_FIELD = re.compile(r"^\s*│?\s*([A-Za-z_][\w.]*)\s*│?\s*\n\s*│?\s*[Ff]ield required",
                    re.M)  # fmt: skip
_TARGET = re.compile(
    r"Error loading ASGI app\.[^\n]*|Attribute [^\n]* not found in module[^\n]*|"
    r"Failed to find attribute[^\n]*|Failed to parse [^\n]* as an attribute[^\n]*|"
    r"Error: Could not (?:import|locate)[^\n]*|Invalid value for [^\n]*|No such option[^\n]*|"
    r"unrecognized arguments[^\n]*|Got unexpected extra argument[^\n]*|Missing argument[^\n]*|"
    r"Unable to load celery application[^\n]*|Unknown command[^\n]*|"
    r"App failed to load[^\n]*|is not a valid port number[^\n]*", re.I,
)  # fmt: skip
_CAPITALS = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b|\b[A-Z][A-Z0-9]{3,}\b")


class Cause(NamedTuple):
    """Why a service ended, or did not come.

    Attributes:
        code: reason code.
        text: what it said, in one line.
        path: first-party file of it, relative to the root; empty where none is known.
        line: its line.
        is_own: whether the service itself is to blame: only then it fails.
        name: package or variable that is missing; empty for anything else.
    """

    code: str
    text: str
    path: str = ""
    line: int = 0
    is_own: bool = False
    name: str = ""


class Known(NamedTuple):
    """What must be known to judge an output.

    Attributes:
        relative: path of a file relative to the root; empty for files of others.
        modules: dotted names of the project's modules.
        variables: variables the project reads, by upper-case name of what they are bound to.
        environment: variables the service was given.
    """

    relative: Callable[[str], str]
    modules: frozenset[str]
    variables: Mapping[str, tuple[str, ...]]
    environment: Mapping[str, str]


def cause_of(output: str, known: Known) -> Cause:
    """Why a service did not start, by what it wrote.

    What the room or this machine lacks comes first: only what is left can be its own failure.

    Args:
        output: what it wrote to both streams.
        known: what is known of the project and the run.
    """
    told = _diagnostic(output, known)
    if told is not None:
        return told
    text = last_words(output)
    path, line, is_inner = _place(output, known)
    for find in (_missing_package, _missing_service, _missing_variable, _missing_thing):
        found = find(output, text, known)
        if found is not None:
            return found._replace(path=found.path or path, line=found.line or line)
    complaint = _TARGET.search(output)
    if complaint is not None:
        return Cause("start-failed", " ".join(complaint[0].split()), path, line, is_own=True)
    if is_inner:
        return Cause("start-failed", text, path, line, is_own=True)
    return Cause("failed-outside", text, path, line)


def _diagnostic(output: str, known: Known) -> Cause | None:
    """What bylaw-boot says itself: its own failures first, then what it was not given."""
    last = output.rstrip().rpartition("\n")[2]
    if _DIAGNOSTIC not in last:
        return None
    try:
        errors = json.loads(last)["errors"]
        found = [
            Cause(
                _TOLD.get(str(each["code"]), ""),
                str(each["message"]),
                str(each.get("path", "")),
                int(each.get("line", 0)),
            )
            for each in errors
        ]
    except (ValueError, KeyError, TypeError):
        return None
    for each in found:
        if each.code == "import-failed":
            inner = cause_of(each.text, known)
            own = inner.is_own or (inner.code == "failed-outside" and bool(each.path))
            return inner._replace(path=each.path, line=each.line) if not own else each._replace(
                code="start-failed", is_own=True
            )  # fmt: skip
    for each in found:
        if not each.code:
            return each._replace(code="start-failed", is_own=True)
    return found[0] if found else None


def _missing_package(output: str, text: str, known: Known) -> Cause | None:
    names = _MISSING.findall(output)
    if not names:
        return _other_version(text, known)
    name = names[-1]
    tops = {each.partition(".")[0] for each in known.modules}
    if name.partition(".")[0] not in tops:
        top = name.partition(".")[0]
        return Cause("missing-package", f"the package {top} is not installed", name=top)
    if name in known.modules or any(each.startswith(f"{name}.") for each in known.modules):
        said = f"{name} is in the tree and cannot be imported from where it is started"
        return Cause("not-installed", said, name=name)
    return Cause("start-failed", f"there is no module {name}", is_own=True)


def _other_version(text: str, known: Known) -> Cause | None:
    """A name that an installed package does not have: another version than the project needs."""
    found = _OTHER_VERSION.search(text)
    if found is None:
        return None
    top, name = found[2] or found[3], found[1] or found[4]
    if top in {each.partition(".")[0] for each in known.modules}:
        return None
    return Cause("missing-package", f"the installed {top} has no {name}: another version", name=top)


def _missing_service(output: str, text: str, known: Known) -> Cause | None:
    found = _SERVICE.search(output)
    if found is None:
        return None
    return Cause("needs-service", f"it needs a service that is not here: {_line_at(output, found)}")


def _missing_variable(output: str, text: str, known: Known) -> Cause | None:
    """A variable nobody gave a value, or whose declared value is refused."""
    names = _variables_in(output, text, known)
    empty = [each for each in names if not known.environment.get(each)]
    if empty:
        listed = ", ".join(empty[:5])
        return Cause("missing-variable", f"no value is declared for {listed}", name=empty[0])
    if names:
        said = f"the declared value of {names[0]} is refused: {text}"
        return Cause("variable-refused", said, name=names[0])
    return None


def _variables_in(output: str, text: str, known: Known) -> list[str]:
    reads = {name for names in known.variables.values() for name in names}
    found = []
    for field in _FIELD.findall(output):
        names = known.variables.get(field.rpartition(".")[2].upper(), (field.upper(),))
        found.append(names[0])
    raised = text + "\n" + "\n".join(each[2] for each in _raised(output))
    for word in _CAPITALS.findall(raised):
        if word in reads or re.search(rf"(?:KeyError: ['\"]{word}['\"]|{word}\W+environment|"
                                      rf"environment variable\W+{word}|{word} not found|"
                                      rf"{word}\W+(?:is|must be|was) (?:not set|required|set))",
                                      output):  # fmt: skip
            found.append(word)
    return list(dict.fromkeys(found))


def _missing_thing(output: str, text: str, known: Known) -> Cause | None:
    for code, pattern, what in (
        ("needs-migration", _UNMIGRATED, "the database has not been migrated"),
        ("missing-library", _LIBRARY, "a library of the system is missing"),
        ("denied", _DENIED, "the probe's room denies it"),
    ):
        found = pattern.search(output)
        if found is not None:
            return Cause(code, f"{what}: {_line_at(output, found)}")
    for match in _PLACE.finditer(output):
        if not known.relative(match[1]):
            return Cause("missing-place", f"there is no {match[1]} on this machine")
    return None


def _place(output: str, known: Known) -> tuple[str, int, bool]:
    """Deepest first-party line of the last traceback, and whether it is the raising one."""
    last = output.rpartition(_TRACE)[2] if _TRACE in output else ""
    frames = [(m[1] or m[3], int(m[2] or m[4])) for m in _FRAME.finditer(last)]
    for number, (file, line) in enumerate(reversed(frames)):
        path = known.relative(file)
        if path:
            return path, line, number == 0
    return "", 0, False


def _raised(output: str) -> Iterable[tuple[str, str, str]]:
    for match in _RAISED.finditer(output):
        yield match[1], match[2] or "", match[0]


def last_words(output: str) -> str:
    """The last exception an output names, else its last line; never longer than a line."""
    raised = list(_raised(output))
    if raised:
        return " ".join(raised[-1][2].split())[:300]
    lines = [each.strip(" │╰╯─") for each in output.strip().splitlines()]
    lines = [each for each in lines if each]
    return lines[-1][:300] if lines else "it wrote nothing"


def _line_at(output: str, match: re.Match[str]) -> str:
    begin = output.rfind("\n", 0, match.start()) + 1
    end = output.find("\n", match.end())
    line = output[begin : end if end >= 0 else len(output)]
    return " ".join(line.strip(" │").split())[:240]
