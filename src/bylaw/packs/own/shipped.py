"""A document that is the source of a shipped pack: its sentences and the pack's clauses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bylaw.packs.clause import Clause as ShippedClause
from bylaw.packs.clause import Pack
from bylaw.packs.own.document import Clause, Document

_MANY, _NEARLY_ALL = 0.6, 0.8
_ALIKE = 2
_WORD = re.compile(r"[a-z0-9_]{3,}")


def source_of(document: Document, packs: Iterable[Pack]) -> Pack | None:
    """The pack whose source a document is: nearly every clause stands under its heading there.

    Args:
        document: the document.
        packs: the packs that are shipped.
    """
    above = _headings_by_line(document)
    known = {title for titles in above.values() for title in titles}
    for pack in packs:
        named = [each for each in pack.clauses if _is_among(_plain(each.heading), known)]
        there = [each for each in named if _is_above(above, each)]
        if len(named) >= _MANY * len(pack.clauses) and len(there) >= _NEARLY_ALL * len(named):
            return pack
    return None


def _headings_by_line(document: Document) -> dict[int, tuple[str, ...]]:
    """Headings above each line of a document that anything stands on."""
    found: dict[int, tuple[str, ...]] = {}
    for piece in document.pieces:
        titles = [*(each.title for each in piece.headings)]
        titles += [piece.text] if piece.form == "heading" else []
        for line in range(piece.line, piece.end_line + 1):
            found[line] = tuple(map(_plain, titles))
    return found


def _is_above(above: dict[int, tuple[str, ...]], clause: ShippedClause) -> bool:
    around = [*above.get(clause.line, ()), *above.get(clause.line + 1, ())]
    return _is_among(_plain(clause.heading), around)


def _is_among(heading: str, titles: Iterable[str]) -> bool:
    return any(
        title == heading or title.startswith(f"{heading} ") or heading.startswith(f"{title} ")
        for title in titles
        if title
    )


def _plain(title: str) -> str:
    bare = re.sub(r"\([^)]*\)", " ", title.lower())
    return re.sub(r"[\W_]+", " ", bare).strip()


def matched(
    pack: Pack, clauses: Sequence[Clause]
) -> tuple[dict[str, list[ShippedClause]], list[ShippedClause]]:
    """Clauses of a pack by the sentence of its source they restate, and those without one.

    Args:
        pack: the pack.
        clauses: the document's own sentences.

    Returns:
        Identifier of a sentence -> clauses of the pack; clauses the reader has no sentence for.
    """
    by_line: dict[int, list[Clause]] = {}
    for clause in clauses:
        by_line.setdefault(clause.sentence.line, []).append(clause)
    found: dict[str, list[ShippedClause]] = {}
    lost = []
    for line in sorted({each.line for each in pack.clauses}):
        here = [each for each in pack.clauses if each.line == line]
        own = by_line.get(line, [])
        if not own:
            lost += here
        elif len(own) == len(here):
            for mine, theirs in zip(own, here, strict=True):
                found.setdefault(mine.id, []).append(theirs)
        else:
            for theirs in here:
                nearest = _nearest(theirs, own) if len(here) > 1 else own[0]
                if nearest is None:
                    lost.append(theirs)
                else:
                    found.setdefault(nearest.id, []).append(theirs)
    return found, lost


def _nearest(theirs: ShippedClause, own: Sequence[Clause]) -> Clause | None:
    """The sentence of a line that shares most words with a clause; None where none shares two."""
    words = _stems(theirs.text)
    shared = [len(words & _stems(each.sentence.text)) for each in own]
    best = max(shared)
    return own[shared.index(best)] if best >= _ALIKE else None


def _stems(text: str) -> set[str]:
    return {word[:5] for word in _WORD.findall(text.lower())}
