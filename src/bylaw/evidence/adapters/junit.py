"""JUnit XML, counted; a document type, and with it every entity, is refused."""

from __future__ import annotations

from typing import NamedTuple
from xml.parsers import expat


class Counts(NamedTuple):
    """What a file says.

    Attributes:
        tests: test cases.
        failures: that failed.
        errors: that could not run.
        skipped: that were skipped or expected to fail.
    """

    tests: int
    failures: int
    errors: int
    skipped: int


class _DocumentTypeError(ValueError):
    """A document type: nothing that writes JUnit has one."""


def read_junit(data: bytes) -> Counts | None:
    """Counts the test cases of a file.

    Args:
        data: the file.

    Returns:
        The counts; None where it is no JUnit XML, is cut off, or holds a document type.
    """
    found = {"testcase": 0, "failure": 0, "error": 0, "skipped": 0}
    path: list[str] = []

    def opened(name: str, attributes: dict[str, str]) -> None:
        if name in found and (name == "testcase" or path[-1:] == ["testcase"]):
            found[name] += 1
        path.append(name)

    def closed(name: str) -> None:
        path.pop()

    def refused(*given: object) -> None:
        raise _DocumentTypeError

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refused
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, _DocumentTypeError):
        return None
    return Counts(found["testcase"], found["failure"], found["error"], found["skipped"])
