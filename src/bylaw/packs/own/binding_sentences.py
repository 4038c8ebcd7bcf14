"""Which sentences of a document bind, how strongly, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bylaw.packs.own import words as W
from bylaw.packs.own.markdown import PROSE_LEVEL, Piece
from bylaw.packs.own.tone import (
    FORBIDS,
    INFORMS,
    INSTRUCTS,
    PLAIN,
    RULES,
    SILENT,
    STERN,
    TITLED,
    tone_of,
)  # fmt: skip

_BREAK = re.compile(
    r"(?<=[.!?])[\"')\]*_]*\s+(?=[\"'(\[*_`]*[A-Z0-9`])|\n(?=\s*[✅❌✓✔✗✘☑🚫⚠•➡→🔴🟢])"
    r"|\n(?=[A-Z][\w ]{1,30}: )"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|no|fig|incl|resp|Dr|Mr|St|al|Inc|v)|\b(?-i:[A-Z])|^\W*\d+)\.$",
    re.IGNORECASE,
)
_CODE = re.compile(r"`[^`]*`")
_PLAIN = {0x2018: "'", 0x2019: "'", 0x2013: "-", 0x2014: "-", 0x201C: '"', 0x201D: '"'}
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*")
_LETTER = re.compile(r"[^\W\d_]")
_LABELLED = re.compile(
    r"^\W*(?:[^:`|]{2,48}|`[^`]+`(?: [a-z]+){0,3}):\s+(?=\S)|^[^:|]{2,48}? -{1,2} "
)
_RULE_COLUMNS = re.compile(
    r"\b(rules?|requirements?|must|convention|limit|forbidden|prohibited|standard|required|do|"
    r"don'?t|never|constraint|max(?:imum)?|threshold|target|violation|anti-?pattern|policy|allowed|"
    r"instead|prefer|avoid|gate|naming|mandatory|fix|expectation)\b",
    re.IGNORECASE,
)
_RECORD_COLUMNS = re.compile(r"^(?:date|version|commit|author|changed?|who|id|#)$", re.IGNORECASE)
_HEADING_LABEL = re.compile(
    r"^\W*(?:\d+(?:\.\d+)*\W+)?(?:rule|principle|law|article)\s+\w+\W", re.I
)
_NEGATED = re.compile(r"\b(?:not|never|no|without|cannot|avoid|forbidden|n't)\b", re.IGNORECASE)
_TODO = re.compile(r"\b(?:phase|milestone|sprint|task|progress|week \d|plan)\b", re.IGNORECASE)


_NO_OBJECT = (":", "|", "- ", "/", ")", "(", "and ", "or ", ", ", "is ", "are ", "was ", "will ")
_REFERENCE = re.compile(
    r"^[^:|]{2,40}:\s*(?:https?://\S+|`[^`]*(?:/|\.md)[^`]*`|[\w./-]+/[\w./-]+)"
    r"(?:(?:,| and|;)\s*(?:https?://\S+|`[^`]+`))*\W*$"
)
_TOLD = re.compile(r"^\W*(?:rationale|reason|why|background|example|examples)\W*:", re.IGNORECASE)
_MARKED = re.compile(r"^[✅❌✓✔✗✘☑🚫⚠•→🔴🟢]")


class Sentence(NamedTuple):
    """One binding sentence.

    Attributes:
        text: as the document has it, on one line.
        line: 1-based first line.
        end_line: last line of the piece it stands in.
        strength: ``must``, ``should`` or ``may``.
        form: ``sentence``, ``item``, ``box``, ``row``, ``heading`` or ``command``.
        headings: titles above it, the outermost first.
    """

    text: str
    line: int
    end_line: int
    strength: str
    form: str
    headings: tuple[str, ...]


def binding_sentences(pieces: Sequence[Piece], path: str) -> Iterator[Sentence]:
    """The sentences that bind, in the order of the document; commands are no matter of this.

    Args:
        pieces: the document.
        path: its name, which says what to expect where no heading does.
    """
    for number, piece in enumerate(pieces):
        if piece.form == "fence":
            continue
        tone = tone_of(piece.headings, path)
        if tone == SILENT or (piece.form == "heading" and not _is_sentence(piece.text)):
            continue
        if piece.form == "label" and not _is_order_by_label(piece.text):
            continue
        if piece.form == "row":
            yield from _row(piece, tone)
            continue
        followed = pieces[number + 1] if number + 1 < len(pieces) else None
        below = followed.depth if followed is not None else 0
        listed = followed is not None and followed.form in ("item", "box") and below
        if _TOLD.match(piece.text):
            continue
        for position, (text, line) in enumerate(split_sentences(piece.text, piece.line)):
            if listed and _only_leads(text, piece, nested=below > piece.depth):
                continue
            strength = _strength(text, piece, tone, first=not position)
            if strength:
                form = "sentence" if piece.form in ("paragraph", "label") else piece.form
                yield _made(piece, text, line, strength, form)


def _is_order_by_label(title: str) -> bool:
    """Whether a line in bold is an order, and no title of what stands below it."""
    masked = masked_code(title)
    if masked.rstrip().endswith(":") or len(_WORD.findall(masked)) < 3:
        return False
    return _is_order(masked) or bool(W.ORDER.match(masked))


def _only_leads(text: str, piece: Piece, *, nested: bool) -> bool:
    """Whether a text above a list says nothing without it: unfinished, or the list's title."""
    masked = masked_code(text)
    if masked.rstrip("*_ ").endswith(":"):
        complete = _is_order(_after_condition(masked)) or W.MUST.search(masked)
        return not complete or bool(W.UNFINISHED.search(masked))
    few = len(_WORD.findall(masked)) <= 4 and "`" not in text and not masked.endswith(".")
    titled = masked.istitle() or not _is_order(masked)
    return nested and few and titled and piece.form == "item" and text == piece.text.strip()


def _after_condition(masked: str) -> str:
    """What a sentence orders after its ``if`` or ``before``; all of it where it has none."""
    match = W.CONDITION.match(masked)
    return masked[match.end() :] if match else masked


def split_sentences(text: str, line: int) -> Iterator[tuple[str, int]]:
    """Cuts a text into sentences, each with its line; code and abbreviations are no ends.

    Args:
        text: the text, lines kept.
        line: 1-based line of its first character.
    """
    masked = masked_code(text)
    start = 0
    for match in _BREAK.finditer(masked):
        if _ABBREVIATION.search(masked[start : match.start()]):
            continue
        yield from _sentence(text, start, match.start(), line)
        start = match.end()
    yield from _sentence(text, start, len(text), line)


def _sentence(text: str, start: int, end: int, line: int) -> Iterator[tuple[str, int]]:
    part = text[start:end]
    lead = len(part) - len(part.lstrip())
    shown = " ".join(part.split())
    if _LETTER.search(shown):
        yield shown, line + text[: start + lead].count("\n")


def masked_code(text: str) -> str:
    """The text with code made neutral and signs made plain, at the same places."""
    plain = text.translate(_PLAIN)
    return _CODE.sub(lambda match: "`" + "x" * (len(match[0]) - 2) + "`", plain)


def _made(piece: Piece, text: str, line: int, strength: str, form: str) -> Sentence:
    titles = tuple(each.title for each in piece.headings)
    return Sentence(text, line, piece.end_line, strength, form, titles)


def _is_sentence(title: str) -> bool:
    """Whether a heading is a rule by itself, and no label of what stands below it."""
    masked = masked_code(title)
    if W.FRAMED.match(masked) or len(_WORD.findall(masked)) < 3:
        return False
    if _HEADING_LABEL.match(masked):
        return True
    bare = re.sub(r"\([^)]*\)", "", masked).rstrip()
    return bool(re.search(r"\b(?:must|never|always|do not|don't|no) \w+", bare, re.I)) and (
        not re.search(r"\b(?:rules|must|never|always|not|section|guidelines)\W*$", bare, re.I)
    )


def _row(piece: Piece, tone: str) -> Iterator[Sentence]:
    """A row of a table of rules; of another table, one that itself gives an order."""
    head = " | ".join(piece.columns)
    if any(_RECORD_COLUMNS.match(each.strip()) for each in piece.columns[:1]):
        return
    masked = masked_code(piece.text)
    if not _LETTER.search(piece.text):
        return
    explicit = _explicit(masked, tone)
    listed = _RULE_COLUMNS.search(head)
    if explicit or listed or (tone in STERN and len(piece.columns) > 1):
        yield _made(piece, piece.text, piece.line, explicit or "must", "row")


def _strength(text: str, piece: Piece, tone: str, *, first: bool) -> str:
    """How strongly a sentence binds; empty where it does not."""
    masked = masked_code(text)
    if masked.rstrip("*_ )\"'").endswith("?") or W.MENTIONS.search(masked):
        return ""
    if piece.form == "heading":
        return "must"
    found = _explicit(masked, tone)
    if found:
        return found
    few = len(_WORD.findall(masked.replace("`", ""))) < 2 and "`" not in text
    if W.NOTES.match(masked) or (few and piece.form != "box"):
        return ""
    listed = piece.form in ("item", "box") or bool(_MARKED.match(masked))
    if piece.form == "box":
        inside = " ".join(each.title for each in piece.headings)
        return "" if _TODO.search(inside) and tone not in STERN else "must"
    if listed and piece.leads:
        led = _led(piece, tone)
        if led:
            return led
    if first or not listed or piece.form == "box" or _MARKED.match(masked):
        return _by_tone(text, piece, tone, listed)
    return _ordered(masked, tone)


def _led(piece: Piece, tone: str) -> str:
    """What the nearest text above a list that makes anything of it makes of its items.

    One that is a rule by itself leaves its items to what they say.
    """
    for lead in reversed(piece.leads):
        masked = masked_code(lead)
        if W.UNFINISHED.search(masked) or not W.MUST.search(masked):
            strength = _lead_strength(lead, tone)
            if strength:
                return strength
    return ""


def _lead_strength(lead: str, tone: str) -> str:
    """What a text that ends in a colon makes of the list below it."""
    masked = masked_code(lead)
    if W.ASKED.match(masked) or W.ILLUSTRATES.search(masked):
        return ""
    if re.search(
        r"\b(?:no \w+ may|any applies|requires?|rules?|checklist|required)\b", masked, re.I
    ):
        return "must"
    return _explicit(masked, RULES if tone in STERN else tone)


def _by_tone(text: str, piece: Piece, tone: str, listed: bool) -> str:
    """Where the headings say that rules follow: orders, universals, limits, and what a list has."""
    masked = masked_code(text)
    limit = W.LIMIT.search(masked)
    if limit and (tone in STERN or (listed and _is_sharp(limit) and tone != INFORMS)):
        return "must"
    ordered = _ordered(masked, tone)
    if ordered or tone not in STERN:
        return ordered
    if W.UNIVERSAL.match(masked) or W.TREATED.search(masked):
        return "must"
    if listed and any(W.ILLUSTRATES.search(masked_code(lead)) for lead in piece.leads[-1:]):
        return ""
    if listed and tone != TITLED and not _describes(masked) and not _REFERENCE.match(text):
        return "must" if tone == FORBIDS else "should"
    if not listed and _is_fragment(masked) and _directly(piece):
        return "should"
    return ""


def _ordered(masked: str, tone: str) -> str:
    """Whether a sentence is in the imperative, or says that there is none of something."""
    if tone not in STERN and tone != INSTRUCTS:
        return ""
    bare = _LABELLED.sub("", masked, count=1) if _LABELLED.match(masked) else masked
    after = _after_condition(masked)
    tails = re.split(r";\s+", masked)[1:]
    if any(_is_order(each) for each in (masked, bare, after, *tails)):
        stern = tone == FORBIDS or _NEGATED.search(masked)
        return "must" if stern and tone != INSTRUCTS else "should"
    if tone in STERN and (W.NOBODY.match(masked) or W.NOBODY.match(bare)):
        return "must"
    return "must" if W.NONE_OF.match(masked) else ""


def _is_sharp(limit: re.Match[str]) -> bool:
    unit = (limit["unit"] or limit["unit2"] or "lines").lower()
    return unit in W.SHARP_UNITS


def _is_order(masked: str) -> bool:
    first = _WORD.search(masked)
    if first is None or masked[: first.start()].strip("*_ \"'(✅❌⚠️🚫-→•—"):
        return False
    word = first[0].lower()
    if word in ("explicitly", "only", "just", "strictly", "immediately", "first", "please", "also"):
        following = _WORD.search(masked, first.end())
        word = following[0].lower() if following else ""
        first = following or first
    rest = masked[first.end() :].lstrip("*_ ")
    if word in ("test", "step", "note", "phase", "case") and rest[:1].isdigit():
        return False
    if rest.startswith("and ") and _is_order(rest[4:]):
        return word in W.IMPERATIVES
    return word in W.IMPERATIVES and not rest.startswith(_NO_OBJECT)


def _describes(masked: str) -> bool:
    """Whether an item tells what is, and orders nothing: a label with its explanation, a link."""
    return bool(
        re.match(r"^\W*`[^`]*`\W*(?:$|[-:(])", masked)
        or re.match(
            r"^\W*(?:this|it|these|they|there|we|you|i|the \w+ (?:is|are|was|has))\b", masked, re.I
        )
    )


_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|does|do|did|can|could|will|would|may|might|becomes?|makes?|"
    r"means|provides?|contains?|includes?|describes?|defines?|uses|runs|exists?|document|begins?|"
    r"supersedes?|works?|enables?|drives?|leads?|ensures?|keeps?|prevents?|requires?|live|lives|we|"
    r"supports?|follows?|returns?|opens?|handles?|helps?|allows?|shows?|gives?|gets?|comes?|goes|needs?|wants?)\b",
    re.IGNORECASE,
)


def _is_fragment(masked: str) -> bool:
    """A sentence without a verb that tells, such as ``Rate limiting on all endpoints``."""
    words = _WORD.findall(masked)
    if _LABELLED.match(masked):
        return False
    if re.search(r"\w'(?:re|s|ve|ll)\b", masked):
        return False
    return 2 <= len(words) <= 30 and not _FINITE.search(masked) and masked.rstrip().endswith(".")


def _directly(piece: Piece) -> bool:
    """Whether the document itself is called rules, and no mere label stands above the text."""
    if not piece.headings or piece.headings[-1].level == PROSE_LEVEL:
        return False
    return tone_of(piece.headings[:1], "") == TITLED


def _explicit(masked: str, tone: str) -> str:
    """Strength by the sentence's own words; empty where it has none that bind."""
    if tone == SILENT:
        return ""
    rules = tone in STERN
    capitals = W.CAPITALS.search(masked)
    if capitals and not masked.isupper():
        weak = capitals[0] in ("SHOULD", "RECOMMENDED") and not W.MUST.search(masked)
        if capitals[0] != "EVERY" or rules:
            return "should" if weak else "must"
    order = W.ORDER.search(masked)
    forbidden = W.FORBIDDEN if rules else W.ATTRIBUTE
    if W.MUST.search(masked) or forbidden.search(masked):
        return "must"
    if W.REQUIRED.search(_after_condition(masked)):
        return "must"
    if (
        order
        and (order["must"] or order["must2"])
        and not W.DESCRIBED.search(masked[: order.end()])
    ):
        return "must"
    if W.ONLY.search(masked) and (rules or tone == INSTRUCTS or not W.SHOULD.search(masked)):
        return "must"
    if rules and (W.MODAL_NEVER.search(masked) or W.REQUIRES.search(masked)):
        return "must"
    if W.HAVE_TO.search(masked) and tone not in (PLAIN, INFORMS):
        return "must"
    if W.CANNOT.search(masked) and tone != INFORMS:
        return "must"
    if (order and order["should"]) or W.SHOULD.search(masked) or W.RECOMMENDED.search(masked):
        return "should"
    if W.PLEASE.search(masked):
        return "should"
    if W.NONE_OF.match(masked) and tone not in (PLAIN,):
        return "must"
    return "may" if W.MAY.search(masked) and rules else ""
