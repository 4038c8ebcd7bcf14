"""Lines of a terminal report: what they say, what each part is, and how they are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console

LONGEST_TEXT = 1000
INDENT = "    "

# Part -> colour. Only the terminal's own sixteen colours, so that every theme stays readable.
_STYLES = (
    ("count", "bold"),
    ("error", "bold red"),
    ("good", "bold green"),
    ("help", "green"),
    ("label", "dim"),
    ("note", "bold blue"),
    ("path", "bold"),
    ("place", "cyan"),
    ("rule", "bold"),
    ("title", "bold"),
    ("warning", "bold yellow"),
)


class Span(NamedTuple):
    """Some text and what it is (``path``, ``rule``, ``error``, ...); empty for running text."""

    text: str
    part: str = ""


class Line(NamedTuple):
    """One line of a report.

    Attributes:
        spans: its parts, left to right.
        hang: columns by which its continuation is indented where the line is wrapped.
    """

    spans: tuple[Span, ...] = ()
    hang: int = 4


def visible(text: str, limit: int = LONGEST_TEXT) -> str:
    """Text from analysed files, safe to print: nothing in it moves the cursor or hides.

    Control, format (also right-to-left overrides), surrogate and unassigned characters appear
    as escapes; overlong text is cut.

    Args:
        text: what a file, path or message says.
        limit: longest result, in characters of the input.

    Returns:
        Printable characters only.
    """
    if len(text) > limit:
        text = text[:limit] + "..."
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def place(path: str, line: int = 0, column: int = 0) -> str:
    """``path:line:column`` as terminals and editors recognise it; zeros are left out."""
    parts = [visible(path), *(str(number) for number in (line, column) if number)]
    return ":".join(parts)


def columns(rows: Sequence[Sequence[str]], widest: int) -> list[int]:
    """Widths that align the columns of a table, none above ``widest``."""
    return [min(widest, max(map(len, column))) for column in zip(*rows, strict=True)]


def draw(lines: Iterable[Line], *, color: bool, width: int) -> str:
    """Turn lines into what is written to the terminal.

    Args:
        lines: the report.
        color: with colours, and wrapped at ``width``; else plain and never wrapped, so that
            other programs can read it line by line.
        width: columns of the terminal.

    Returns:
        The text, each line ended.
    """
    if color:
        return _draw_color(lines, width)
    return "".join("".join(s.text for s in line.spans).rstrip() + "\n" for line in lines)


def _draw_color(lines: Iterable[Line], width: int) -> str:
    """The coloured form. Only here rich is imported: it costs more than a whole plain report."""
    from io import StringIO

    from rich.console import Console

    out = StringIO()
    console = Console(
        file=out,
        force_terminal=True,
        color_system="standard",
        legacy_windows=False,
        no_color=False,
        width=max(width, 40),
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
    )
    styles = dict(_STYLES)
    for line in lines:
        _print_wrapped(console, line, styles)
    return out.getvalue()


def _print_wrapped(console: Console, line: Line, styles: Mapping[str, str]) -> None:
    from rich.text import Text

    # Spans are appended, never parsed: rich markup in a path stays text.
    text = Text()
    for span in line.spans:
        text.append(span.text, style=styles.get(span.part, ""))
    text.rstrip()
    # Broken only between words: every path:line stays in one piece, and clickable.
    offsets = _breaks(text.plain, console.width, line.hang)
    for index, piece in enumerate(text.divide(offsets)):
        piece.rstrip()
        row = Text(" " * line.hang).append_text(piece) if index else piece
        console.print(row, soft_wrap=True)


def _breaks(text: str, width: int, hang: int) -> list[int]:
    """Where to break a line of text so that it fits, its continuations indented by ``hang``."""
    from rich.cells import cell_len

    offsets: list[int] = []
    start, room = 0, width
    at = len(text) - len(text.lstrip())
    while (space := text.find(" ", at)) >= 0 or at < len(text):
        end = space if space >= 0 else len(text)
        if cell_len(text[start:end]) > room and text[start:at].strip():
            offsets.append(at)
            start, room = at, max(20, width - hang)
        at = end
        while at < len(text) and text[at] == " ":
            at += 1
    return offsets


def _escaped(character: str) -> str:
    code = ord(character)
    if character in "\t\n\r":
        return {"\t": "\\t", "\n": "\\n", "\r": "\\r"}[character]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
