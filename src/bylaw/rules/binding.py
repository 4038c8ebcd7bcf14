"""What a sentence of a team's own document is bound to, as rules see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from bylaw.finding import Finding

_LONGEST = 160
_SEVERITIES = {"must": "error", "should": "warning", "may": "note"}


class Binding(NamedTuple):
    """One entry of a block ``bylaw`` in a document.

    Attributes:
        kind: ``rule``, ``forbid-import``, ``forbid-call``, ``forbid-effect``, ``layers``,
            ``naming``, ``require-file``, ``command`` or ``manual``.
        clause: identifier of the sentence.
        sentence: the sentence as the document has it.
        strength: ``must``, ``should`` or ``may``.
        path: the document, relative to the root.
        line: 1-based line of the sentence.
        at: line of the entry.
        values: what the entry says: (key, value); arrays are tuples.
    """

    kind: str
    clause: str
    sentence: str
    strength: str
    path: str
    line: int
    at: int
    values: tuple[tuple[str, Any], ...]

    def get(self, key: str, default: Any = None) -> Any:
        """Value of a key, or the default where it is not given."""
        return next((value for name, value in self.values if name == key), default)

    def patterns(self, key: str) -> tuple[str, ...]:
        """Value of a key that takes one text or several."""
        value = self.get(key, ())
        return (value,) if isinstance(value, str) else tuple(value)

    @property
    def severity(self) -> str:
        """Severity of what breaks it: a must is an error, a should a warning, a may a note."""
        return _SEVERITIES[self.strength]

    @property
    def place(self) -> str:
        """Where the sentence stands: ``rules.md:12``."""
        return f"{self.path}:{self.line}"

    def quoted(self) -> str:
        """The sentence and where it stands, for a message."""
        text = self.sentence
        if len(text) > _LONGEST:
            text = text[:_LONGEST].rsplit(" ", 1)[0] + " ..."
        return f'"{text}" ({self.place})'


def of_kind(bindings: Sequence[Binding], kind: str) -> Iterator[Binding]:
    """Bindings of one kind, in their order."""
    return (each for each in bindings if each.kind == kind)


def told(finding: Finding, binding: Binding) -> Finding:
    """The finding as one of a team's own sentence: its clause, its severity and its words."""
    return finding._replace(
        clauses=(binding.clause,),
        severity=binding.severity if finding.severity == "error" else finding.severity,
        message=f"{finding.message}: {binding.quoted()}",
    )
