"""What a probe says: the document ``bylaw.probe/1``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from bylaw.errors import Diagnostic, UsageError

SCHEMA = "bylaw.probe/1"
PASS, FAIL, NOT_VERIFIED = "pass", "fail", "not-verified"
EXIT_CODES = {PASS: 0, FAIL: 1, NOT_VERIFIED: 3}


class Observation(NamedTuple):
    """One thing that was seen.

    Attributes:
        kind: an effect kind, or what became of a module (``imported``, ``skipped``, ...).
        path: file relative to the root of the nearest first-party line; may be empty.
        line: that line; 0 where there is none.
        symbol: dotted name of the scope of that line.
        detail: what it was; then one line each of ``by:``, ``role:``, ``aside:`` and ``at:``.
        environment: ``scrubbed`` or ``declared``; empty where it makes no difference.
    """

    kind: str
    path: str
    line: int
    symbol: str
    detail: str
    environment: str

    @property
    def what(self) -> str:
        """What it was, without the lines below."""
        return self.detail.partition("\n")[0]

    def remarks(self, name: str) -> list[str]:
        """The lines of the detail that begin with a name and a colon."""
        lead = f"{name}: "
        return [each[len(lead) :] for each in self.detail.split("\n")[1:] if each.startswith(lead)]

    @property
    def stack(self) -> list[tuple[str, int, str]]:
        """First-party frames outwards: path, line, function; the last is a module body."""
        found = []
        for each in self.remarks("at"):
            place, _, function = each.rpartition(" ")
            path, _, line = place.rpartition(":")
            if line.isdigit():
                found.append((path, int(line), function))
        return found


class Outcome(NamedTuple):
    """The answer of one probe.

    Attributes:
        probe: its name.
        result: ``pass``, ``fail`` or ``not-verified``.
        reason_codes: why it is not ``pass``, sorted.
        observations: what was seen, sorted.
        errors: what kept it from looking; the first one holds the one next command.
        open_questions: those of the reason codes that stand for something not verified; a document
            that is read back does not hold them.
    """

    probe: str
    result: str
    reason_codes: tuple[str, ...]
    observations: tuple[Observation, ...]
    errors: tuple[Diagnostic, ...]
    open_questions: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0, 1 or 3, as INTERFACE.md defines them: 3 beats 1."""
        return EXIT_CODES[NOT_VERIFIED if self.open_questions else self.result]


def made_outcome(
    probe: str, broken: Collection[str], open_questions: Collection[str],
    observations: Iterable[Observation], errors: Iterable[Diagnostic],
) -> Outcome:  # fmt: skip
    """The answer of a probe: what was seen to fail stays seen beside what was not verified.

    Args:
        probe: its name.
        broken: reason codes of what failed.
        open_questions: reason codes of what was not verified.
        observations: what was seen.
        errors: what kept it from looking.
    """
    result = FAIL if broken else NOT_VERIFIED if open_questions else PASS
    codes = tuple(sorted({*broken, *open_questions}))
    return Outcome(probe, result, codes, tuple(sorted(observations)), tuple(errors),
                   tuple(sorted(open_questions)))  # fmt: skip


def render_outcome(outcome: Outcome) -> str:
    """The document, one observation a line, ended by a line break."""
    import json

    observations = [json.dumps(each._asdict(), ensure_ascii=False) for each in outcome.observations]
    errors = [each.entry() for each in outcome.errors]
    head = {"schema": SCHEMA, "probe": outcome.probe, "result": outcome.result,
            "reason_codes": list(outcome.reason_codes)}  # fmt: skip
    lines = [json.dumps(head, ensure_ascii=False)[:-1] + ",", '"observations": [']
    lines.append(",\n".join(observations))
    lines.append('], "errors": ' + json.dumps(errors, ensure_ascii=False) + "}")
    text = "\n".join(each for each in lines if each) + "\n"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def read_outcome(text: str, source: str) -> Outcome:
    """Reads a document back.

    Args:
        text: the document.
        source: where it comes from, for the error.

    Raises:
        UsageError: it is not a document of a probe.
    """
    import json

    hint = "write one with: bylaw probe imports > FILE"
    try:
        data = json.loads(text)
    except ValueError as error:
        raise UsageError(f"{source} is not JSON: {error}", hint=hint) from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise UsageError(f"{source} is not a document of a probe ({SCHEMA})", hint=hint)
    try:
        return Outcome(
            str(data["probe"]), str(data["result"]), tuple(map(str, data["reason_codes"])),
            tuple(_observation(each) for each in data["observations"]),
            tuple(_error(each) for each in data["errors"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"{source} lacks what {SCHEMA} has: {error}", hint=hint) from None


def _observation(data: Mapping[str, Any]) -> Observation:
    return Observation(
        str(data["kind"]), str(data["path"]), int(data["line"]), str(data["symbol"]),
        str(data["detail"]), str(data["environment"]),
    )  # fmt: skip


def _error(data: Mapping[str, Any]) -> Diagnostic:
    return Diagnostic(
        str(data["code"]), str(data["message"]), str(data["path"]), int(data["line"]),
        str(data["hint"]),
    )  # fmt: skip
