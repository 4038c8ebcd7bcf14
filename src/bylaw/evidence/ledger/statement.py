"""Items as in-toto Statements (v1): what is signed, and back (docs/evidence-ledger.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bylaw.evidence.claim import PREFIX, slug_of
from bylaw.evidence.item import (
    ASSERTED,
    IMPORTED,
    Draft,
    Environment,
    Inputs,
    Item,
    Output,
    Scope,
    Tool,
)  # fmt: skip
from bylaw.evidence.ledger.canonical import UnreadableError, is_canonical, read
from bylaw.evidence.ledger.digests import hexadecimal
from bylaw.evidence.ledger.formats import IMPORT, RUN, STATEMENT


class Entry(NamedTuple):
    """One link of the chain, as its payload says it.

    Attributes:
        id: name of the item.
        repository: identity of the repository.
        previous: digest of the envelope before it; empty for the first.
        recorded: when the ledger took it, UTC.
        draft: what was run and seen.
        original: the envelope it was taken over in from another ledger; None for an own run.
        subjects: what the statement says it is about.
    """

    id: str
    repository: str
    previous: str
    recorded: str
    draft: Draft
    original: Mapping[str, Any] | None
    subjects: Any

    def item(self, envelope: str) -> Item:
        """The item, given the digest of its envelope."""
        return Item(self.id, self.repository, self.previous, envelope, self.draft)


def name_of(position: int) -> str:
    """Name of the item at a place in the chain, which begins with 1."""
    return f"EV-{position:03d}"


def position_of(name: str) -> int:
    """Place of a named item; 0 where it is no name."""
    digits = name.removeprefix("EV-")
    if digits == name or not digits.isascii() or not digits.isdigit() or len(digits) > 15:
        return 0
    return int(digits) if name_of(int(digits)) == name else 0


def subjects_of(inputs: Inputs) -> list[dict[str, Any]]:
    """What an item is about: its inputs, and the git tree where the files were that tree's."""
    subjects: list[dict[str, Any]] = [
        {"name": "inputs", "digest": {"sha256": hexadecimal(inputs.digest)}}
    ]
    # About a dirty tree nothing is said under the name of the clean one.
    if inputs.tree and inputs.state == "clean":
        subjects.append({"name": "tree", "digest": {"gitTree": inputs.tree}})
    return subjects


def blobs_of(draft: Draft) -> list[str]:
    """Digests of the content a draft needs: its outputs, and the manifest of its inputs."""
    found = [each.digest for each in draft.outputs]
    return [*found, draft.inputs.manifest] if draft.inputs.manifest else found


def run_object(draft: Draft) -> dict[str, Any]:
    """A draft as JSON."""
    return {
        **draft._asdict(),
        "claim": PREFIX + slug_of(draft.claim),
        "counts": dict(draft.counts),
        "tool": draft.tool._asdict(),
        "inputs": draft.inputs._asdict(),
        "environment": {**draft.environment._asdict(),
                        "variables": dict(draft.environment.variables)},
        "outputs": [each._asdict() for each in draft.outputs],
        "scope": draft.scope._asdict(),
    }  # fmt: skip


def statement_of(entry: Entry) -> dict[str, Any]:
    """The statement of an entry; its subjects follow from the draft."""
    place = {"id": entry.id, "repository": entry.repository, "previous": entry.previous,
             "recorded": entry.recorded}  # fmt: skip
    if entry.original is None:
        kind, name, body = RUN, "run", run_object(entry.draft)
    else:
        kind, name, body = IMPORT, "original", dict(entry.original)
    return {"_type": STATEMENT, "subject": subjects_of(entry.draft.inputs), "predicateType": kind,
            "predicate": {**place, name: body}}  # fmt: skip


def read_statement(payload: bytes) -> dict[str, Any]:
    """The statement that a payload is.

    Raises:
        UnreadableError: it is none, or not in its one spelling.
    """
    document = read(payload)
    if not is_canonical(payload, document):
        raise UnreadableError("has a payload that is not in canonical form",
                              reason="LEDGER-NOT-CANONICAL")  # fmt: skip
    keys = {"_type", "subject", "predicateType", "predicate"}
    if not isinstance(document, dict) or document.keys() != keys or document["_type"] != STATEMENT:
        raise _malformed("is no in-toto statement")
    if not isinstance(document["predicate"], dict):
        raise _malformed("has a predicate that is no object")
    return document


def entry_of(payload: bytes) -> Entry:
    """The entry that a payload spells.

    Raises:
        UnreadableError: it is none.
    """
    document = read_statement(payload)
    predicate = document["predicate"]
    rest = predicate.keys() - {"id", "repository", "previous", "recorded"}
    original = None
    if document["predicateType"] == RUN and rest == {"run"}:
        draft = _draft(predicate["run"])
    elif document["predicateType"] == IMPORT and rest == {"original"}:
        original = predicate["original"]
        draft = imported_draft(original)
    else:
        kind = str(document["predicateType"])[:80]
        raise _malformed(f"has a predicate nobody here knows: {kind}")
    return Entry(
        _text(predicate.get("id")), _text(predicate.get("repository")),
        _text(predicate.get("previous")), _text(predicate.get("recorded")), draft, original,
        document["subject"],
    )  # fmt: skip


def imported_draft(original: Any) -> Draft:
    """What a foreign envelope says was run, as somebody else's word.

    Raises:
        UnreadableError: it is no envelope of a run.
    """
    from bylaw.evidence.ledger.envelope import parts_of

    entry = entry_of(parts_of(original).payload)
    if entry.original is not None:
        raise _malformed("is an import of an import")
    # An assertion does not become more by travelling.
    told = entry.draft.provenance
    return entry.draft._replace(provenance=ASSERTED if told == ASSERTED else IMPORTED)


def _malformed(message: str) -> UnreadableError:
    return UnreadableError(message, reason="LEDGER-MALFORMED")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _malformed("has something else where text belongs")
    return value


def _integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _malformed("has something else where a whole number belongs")
    return value


def _optional_integer(value: Any) -> int | None:
    return None if value is None else _integer(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _malformed("has something else where true or false belongs")
    return value


def _list(value: Any, reader: Callable[[Any], Any]) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise _malformed("has something else where a list belongs")
    return tuple(map(reader, value))


def _texts(value: Any) -> tuple[str, ...]:
    return _list(value, _text)


def _pairs(value: Any, reader: Callable[[Any], Any]) -> tuple[tuple[str, Any], ...]:
    if not isinstance(value, dict):
        raise _malformed("has something else where an object belongs")
    return tuple(sorted((name, reader(each)) for name, each in value.items()))


def _fields(kind: type[Any], value: Any, readers: Mapping[str, Callable[[Any], Any]]) -> Any:
    """A record of words and numbers; a field that has a default may be missing."""
    if not isinstance(value, dict) or not value.keys() <= readers.keys():
        raise _malformed(f"has a {kind.__name__.lower()} with fields nobody here knows")
    if len(value) < len(readers) and readers.keys() - value.keys() - kind._field_defaults.keys():
        raise _malformed(f"has a {kind.__name__.lower()} that lacks fields")
    return kind(**{name: readers[name](each) for name, each in value.items()})


def _all_text(kind: type[Any], **others: Callable[[Any], Any]) -> dict[str, Callable[[Any], Any]]:
    return {**dict.fromkeys(kind._fields, _text), **others}


def _draft(value: Any) -> Draft:
    draft: Draft = _fields(Draft, value, _OF_DRAFT)
    return draft


def _claim(value: Any) -> str:
    if not _text(value).startswith(PREFIX):
        raise _malformed("has a claim that is not written as claim/NAME")
    return slug_of(value)


_OF_OUTPUT = _all_text(Output, size=_integer, redactions=_integer, cut=_integer)
_OF_TOOL, _OF_INPUTS = _all_text(Tool), _all_text(Inputs)
_OF_SCOPE = _all_text(Scope, paths=_texts, modules=_texts)
_OF_ENVIRONMENT = _all_text(Environment, variables=lambda each: _pairs(each, _text))
_OF_DRAFT = _all_text(
    Draft,
    claim=_claim,
    command=_texts,
    shell=_flag,
    exit_code=_optional_integer,
    reason_codes=_texts,
    counts=lambda each: _pairs(each, _integer),
    tool=lambda each: _fields(Tool, each, _OF_TOOL),
    inputs=lambda each: _fields(Inputs, each, _OF_INPUTS),
    environment=lambda each: _fields(Environment, each, _OF_ENVIRONMENT),
    outputs=lambda each: _list(each, lambda one: _fields(Output, one, _OF_OUTPUT)),
    scope=lambda each: _fields(Scope, each, _OF_SCOPE),
    oldest=_integer,
)
