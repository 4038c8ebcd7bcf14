"""What a rule reports: one place, one cause, one road between them."""

from __future__ import annotations

from typing import NamedTuple

SEVERITIES = ("error", "warning", "note")
CONFIDENCES = ("definite", "probable", "possible")

# bylaw: ignore[hardcoded-url] part of every report, the same wherever Bylaw runs
HELP_URL = "https://bylaw.dev/rules/"


class Step(NamedTuple):
    """One step of a witness: the place where control goes on towards the sink.

    Attributes:
        path: file relative to the root, with ``/``.
        line: 1-based line.
        symbol: dotted name of the scope the line stands in.
        note: what happens there, in a few words (``calls app.db.connect``).
    """

    path: str
    line: int
    symbol: str
    note: str


class Finding(NamedTuple):
    """One violation of one rule.

    Attributes:
        rule: name of the rule, kebab-case.
        clauses: ids of the clauses it enforces, in the order of the rule.
        severity: ``error``, ``warning`` or ``note``.
        confidence: ``definite``, ``probable`` or ``possible``.
        path: file relative to the root, with ``/``.
        line: 1-based first line.
        column: 1-based column, in characters.
        end_line: last line, inclusive.
        symbol: dotted name of the scope the finding stands in.
        message: one sentence, without the place.
        mend: one line that says how to mend it.
        sink: name of what is reached; part of the identity.
        witness: the road from scope to sink, first step first.
        fingerprint: identity that survives edits elsewhere in the file.
        url: address of the rule's page where a plug-in has it; None for a shipped rule.
        observed: where the import probe was asked: ``confirmed``, ``not-observed`` or
            ``only-observed``; empty where nothing was asked, or the probe did not get there.
    """

    rule: str
    clauses: tuple[str, ...]
    severity: str
    confidence: str
    path: str
    line: int
    column: int
    end_line: int
    symbol: str
    message: str
    mend: str = ""
    sink: str = ""
    witness: tuple[Step, ...] = ()
    fingerprint: str = ""
    url: str | None = None
    observed: str = ""

    @property
    def help_url(self) -> str:
        """Address of the rule's page; empty for a plug-in's rule that names none."""
        return f"{HELP_URL}{self.rule}" if self.url is None else self.url


class Suppressed(NamedTuple):
    """A finding that somebody decided not to see.

    Attributes:
        finding: the finding itself.
        kind: ``comment``, ``noqa`` or ``baseline``.
        reason: what the comment gives as the reason; empty for the others.
    """

    finding: Finding
    kind: str
    reason: str


def sort_key(finding: Finding) -> tuple[str, int, int, str, str]:
    """Order of findings in every report: path, line, column, rule, then message."""
    return (finding.path, finding.line, finding.column, finding.rule, finding.message)
