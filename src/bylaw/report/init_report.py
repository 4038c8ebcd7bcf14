"""What ``bylaw init`` says: each convention with its proof, and what was written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bylaw.errors import Diagnostic
    from bylaw.rules.conventions.evidence import Convention, Evidence
    from bylaw.rules.conventions.lock import Found

SCHEMA = "bylaw.init/1"


class Initial(NamedTuple):
    """What became of ``bylaw init``.

    Attributes:
        root: of the repository.
        found: what was detected.
        errors: files that could not be read.
        written: names of the files that were written.
        accepted: findings in the baseline.
    """

    root: str
    found: Found
    errors: Sequence[Diagnostic]
    written: Sequence[str]
    accepted: int


def render_init(initial: Initial, format_: str) -> str:
    """The report, as ``text`` or ``json``."""
    if format_ == "json":
        return json.dumps(_plain(initial), indent=2) + "\n"
    return "\n".join(_lines(initial)) + "\n"


def _lines(initial: Initial) -> Iterator[str]:
    conventions = initial.found.conventions
    first = max(len(each.question) for each in conventions) + 2
    second = max(len(each.value) for each in conventions) + 2
    for each in conventions if initial.written else ():
        proof = f"{each.proof.place}  {each.proof.why}" if each.proof else f"({each.asks})"
        yield f"{each.question:<{first}}{each.value:<{second}}{proof}"
        for other in each.others:
            yield f"{'':<{first}}{'also':<{second}}{other.place}  {other.value}: {other.why}"
    for error in initial.errors:
        place = f"{error.path}:{error.line}: " if error.path else ""
        yield f"{place}{error.message}"
        if error.hint:
            yield f"  {error.hint}"
    if not initial.written:
        yield "nothing was written"
        return
    yield ""
    yield "wrote bylaw.toml: the conventions above, each with its proof"
    if "bylaw-baseline.json" in initial.written:
        yield f"wrote bylaw-baseline.json: {initial.accepted} findings accepted as they are"
    yield "next: bylaw check"


def _plain(initial: Initial) -> dict[str, object]:
    found = initial.found
    return {
        "schema": SCHEMA,
        "root": initial.root,
        "conventions": [_convention(each) for each in found.conventions],
        "layers": [{"name": each.name, "modules": list(each.modules)} for each in found.layers],
        "start_commands": [
            {"command": each.command, "path": each.path, "line": each.line} for each in found.starts
        ],
        "written": list(initial.written),
        "baselined": initial.accepted,
        "errors": [each.entry() for each in initial.errors],
    }


def _convention(each: Convention) -> dict[str, object]:
    return {
        "question": each.question,
        "value": each.value,
        "proof": _evidence(each.proof) if each.proof else None,
        "others": [_evidence(other) for other in each.others],
    }


def _evidence(each: Evidence) -> dict[str, object]:
    return {"value": each.value, "path": each.path, "line": each.line, "why": each.why}
