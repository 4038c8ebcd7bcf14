"""A Markdown document as pieces of prose: each with its headings, its lines and what leads to it.

Parsed by markdown-it-py (CommonMark and tables); a document that nobody prepared is read as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from markdown_it.token import Token

PROSE_LEVEL = 7
"""Level of a line in bold that stands where a heading could."""

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?:.*\n)*?---[ \t]*(?:\n|\Z)")
_BOX = re.compile(r"^\[([ xX])\]\s+")
_LABEL = re.compile(r"^\*\*[^*\n]+\*\*:?$|^__[^_\n]+__:?$|^[A-Z][\w /&-]{2,40}:$")


class Heading(NamedTuple):
    """One heading.

    Attributes:
        title: its text, without marks.
        level: 1 to 6; ``PROSE_LEVEL`` for a line in bold.
        line: 1-based line.
    """

    title: str
    level: int
    line: int


class Link(NamedTuple):
    """Where a link leads.

    Attributes:
        target: the address as written.
        line: 1-based line.
    """

    target: str
    line: int


class Piece(NamedTuple):
    """One paragraph, list item, row of a table, heading or fenced block.

    Attributes:
        form: ``paragraph``, ``item``, ``box``, ``row``, ``heading``, ``label`` (a line in bold
            that stands where a heading could) or ``fence``.
        text: what it says; code keeps its backticks, lines their ends. The body of a fence.
        line: 1-based line of its first character.
        end_line: last line.
        headings: headings above it, the outermost first.
        leads: the texts that end in a colon above its list, the outermost first.
        links: links in it.
        columns: head of the table a row stands in.
        info: what stands behind the fence.
        checked: whether a box is ticked.
        depth: lists it is inside of.
    """

    form: str
    text: str
    line: int
    end_line: int
    headings: tuple[Heading, ...]
    leads: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    columns: tuple[str, ...] = ()
    info: str = ""
    checked: bool = False
    depth: int = 0


def pieces_of(text: str) -> tuple[Piece, ...]:
    """Everything a Markdown document says, in its order.

    Args:
        text: the document; front matter is passed over.
    """
    from markdown_it import MarkdownIt

    clean = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    front = _FRONT_MATTER.match(clean)
    if front is not None:
        clean = "\n" * front[0].count("\n") + clean[front.end() :]
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(clean)
    reader = _Reader()
    for position, token in enumerate(tokens):
        reader.take(token, tokens, position)
    return tuple(reader.pieces)


class _Reader:
    """Goes through the tokens once, knowing what it is inside of."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self._headings: list[Heading] = []
        self._level = 0
        self._items: list[int] = []
        self._leads: list[str] = []
        self._last = ""
        self._columns: list[str] = []
        self._cells: list[Token] = []
        self._in_head = False

    def take(self, token: Token, tokens: Sequence[Token], position: int) -> None:
        """Reads one token."""
        kind = token.type
        if kind == "heading_open":
            self._level = int(token.tag[1:])
        elif kind in ("bullet_list_open", "ordered_list_open"):
            self._leads.append(self._last if self._last.rstrip("*_ ").endswith(":") else "")
        elif kind in ("bullet_list_close", "ordered_list_close"):
            self._leads.pop()
            self._last = ""
        elif kind == "list_item_open":
            self._items.append(len(self.pieces))
        elif kind == "list_item_close":
            self._items.pop()
        elif kind in ("fence", "code_block"):
            info = token.info.strip() if kind == "fence" else "indented"
            start, end = token.map or [0, 0]
            self._add("fence", token.content, start + 1 + (kind == "fence"), end, info=info)
        elif kind == "inline":
            self._inline(token, tokens[position - 1].type)
        elif kind in ("thead_open", "thead_close"):
            self._in_head = kind == "thead_open"
            self._columns = [] if self._in_head else self._columns
        elif kind == "tr_close" and not self._in_head:
            self._row()

    def _inline(self, token: Token, opening: str) -> None:
        line = (token.map or [0])[0] + 1
        if opening == "th_open":
            self._columns.append(plain_text(token)[0])
        elif opening == "td_open":
            self._cells.append(token)
        elif opening == "heading_open":
            self._heading(token, line, self._level)
        elif _LABEL.match(token.content.strip()) and not self._items:
            self._heading(token, line, PROSE_LEVEL)
        else:
            self._prose(token, line)

    def _heading(self, token: Token, line: int, level: int) -> None:
        title, links = plain_text(token, line)
        while self._headings and self._headings[-1].level >= level:
            self._headings.pop()
        form = "heading" if level < PROSE_LEVEL else "label"
        self._add(form, title, line, line, links=links)
        self._headings.append(Heading(title.strip().rstrip(":"), level, line))
        self._last = title if level == PROSE_LEVEL else ""

    def _prose(self, token: Token, line: int) -> None:
        text, links = plain_text(token, line)
        form, checked = "paragraph", False
        if self._items:
            form = "item"
            box = _BOX.match(text) if self._items[-1] == len(self.pieces) else None
            if box is not None:
                form, checked = "box", box[1] != " "
                text = text[box.end() :]
        self._add(form, text, line, (token.map or [0, line])[1], links=links, checked=checked)
        self._last = text.strip()

    def _row(self) -> None:
        if self._cells:
            line = (self._cells[0].map or [0])[0] + 1
            text, links = _cells_text(self._cells, line)
            self._add("row", text, line, line, links=links, columns=tuple(self._columns))
        self._cells = []

    def _add(self, form: str, text: str, line: int, end: int, **others: Any) -> None:
        leads = tuple(each for each in self._leads if each)
        if form == "fence" and self._last.endswith(":"):
            leads = (*leads, self._last)
        depth = len(self._leads)
        place = (form, text, line, end, tuple(self._headings), leads)
        self.pieces.append(Piece(*place, depth=depth, **others))


def _cells_text(cells: Sequence[Token], line: int) -> tuple[str, tuple[Link, ...]]:
    read = [plain_text(cell, line) for cell in cells]
    links = tuple(link for _, found in read for link in found)
    return " | ".join(text.strip() for text, _ in read), links


def plain_text(token: Token, line: int = 0) -> tuple[str, tuple[Link, ...]]:
    """What an inline token says: emphasis and addresses dropped, code in backticks.

    Args:
        token: the token.
        line: 1-based line it starts on.

    Returns:
        The text, and the links in it.
    """
    parts: list[str] = []
    links: list[Link] = []
    for child in token.children or ():
        if child.type == "code_inline":
            parts.append("`" + child.content.replace("`", "'") + "`")
        elif child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif child.type == "link_open":
            at = line + "".join(parts).count("\n")
            links.append(Link(str(child.attrGet("href") or ""), at))
        elif child.type == "text":
            parts.append(child.content)
    return "".join(parts), tuple(links)
