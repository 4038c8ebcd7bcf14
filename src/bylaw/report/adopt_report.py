"""What ``bylaw boot adopt`` says: what it decided, what it would change, what it leaves."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.report.json_report import json_text
from bylaw.report.tally import plural
from bylaw.rules.adoption.outcome import PENDING, UNCHANGED, WRITTEN, Adoption

SCHEMA = "bylaw.adopt/1"


def render_adoption(adoption: Adoption, format_: str) -> bytes:
    """The report, as ``text`` (the diff, then lines that a patch ignores) or ``json``.

    Args:
        adoption: what became of it.
        format_: ``text`` or ``json``.
    """
    if format_ == "json":
        return json_text(_document(adoption)).encode("utf-8")
    diff = b"" if adoption.state in (WRITTEN, UNCHANGED) else adoption.diff
    return diff + "".join(f"{line}\n" for line in _lines(adoption, bool(diff))).encode("utf-8")


def _lines(adoption: Adoption, has_diff: bool) -> Iterator[str]:
    if has_diff:
        yield ""
    width = max((len(each.question) for each in adoption.decisions), default=0) + 2
    for each in adoption.decisions:
        yield f"{each.question:<{width}}{each.value}"
        yield f"{'':<{width}}  {each.why}"
    for path, is_new in adoption.files:
        yield f"{_verb(adoption.state)} {path}{' (new)' if is_new else ''}"
    for claim in adoption.claims:
        yield f"{claim.name} of {claim.path}: {claim.result.replace('-', ' ')}: {claim.reason}"
        yield f"  {claim.command}"
    if adoption.opens:
        yield ""
        yield f"{plural(len(adoption.opens), 'point')} left open"
    for point in adoption.opens:
        place = f"{point.path}:{point.line}: " if point.line else f"{point.path}: "
        yield f"  {place if point.path else ''}{point.what}"
        yield f"    {point.way}"
    for error in adoption.errors:
        place = f"{error.path}: " if error.path else ""
        yield f"{place}{error.message}"
        if error.hint:
            yield f"  {error.hint}"
    yield _end(adoption)


def _verb(state: str) -> str:
    return {WRITTEN: "wrote", PENDING: "would write"}.get(state, "did not write")


def _end(adoption: Adoption) -> str:
    if not adoption.command:
        return "nothing was decided, and nothing was written"
    if adoption.state == UNCHANGED:
        return f"nothing to change: {adoption.command} starts it everywhere"
    if adoption.state == WRITTEN:
        return f"next: {adoption.command} --check, and bylaw check"
    return "nothing was written" + (": --write does" if adoption.state == PENDING else "")


def _document(adoption: Adoption) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "command": adoption.command.split(),
        "state": adoption.state,
        "decisions": [each._asdict() for each in adoption.decisions],
        "files": [{"path": path, "new": is_new} for path, is_new in adoption.files],
        "open": [each._asdict() for each in adoption.opens],
        "claims": [each._asdict() for each in adoption.claims],
        "diff": adoption.diff.decode("utf-8", "replace"),
        "errors": [
            {"code": each.code, "message": each.message, "path": each.path, "line": each.line,
             "hint": each.hint}
            for each in adoption.errors
        ],
    }  # fmt: skip
