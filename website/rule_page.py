"""A rule's page as people read it: markers become highlighted lines with what is found below."""

from __future__ import annotations

import re
from collections.abc import Mapping

_OPENING = re.compile(r'^(`{3,})\s*(\w+)?(?:\s+title="([^"]+)")?(?:\s+at="(\w+)")?\s*$')
_HEADING = re.compile(r"^### (Bad|Legal): (.+)$")
_MARKER = re.compile(
    r"\s*(?:#|<!--)\s*finding:\s*(?P<rule>[a-z][a-z0-9-]*)"
    r"(?:\s+(?P<severity>error|warning|note))?"
    r"(?:\s+(?P<confidence>definite|probable|possible))?\s*(?:-->)?\s*$"
)
_STATES = {"base": "before the change", "head": "the change", "commit": "commit message"}


def rendered_page(text: str, anchors: Mapping[str, str] | None = None) -> str:
    """The page of a rule for the site.

    Args:
        text: the page as it is kept and tested.
        anchors: for each clause a rule cites, the sentence it is shown at among the clauses.

    Returns:
        The same with cases told apart by their headings, files titled, and each line that a
        marker names highlighted; below the block stands what is found there.
    """
    lines = text.split("\n")
    rule = lines[0].removeprefix("# ")
    result: list[str] = []
    number = 0
    while number < len(lines):
        opening = _OPENING.match(lines[number])
        heading = _HEADING.match(lines[number])
        if opening:
            end = number + 1
            while lines[end].strip() != opening[1]:
                end += 1
            result += _block(opening, lines[number + 1 : end], rule)
            number = end
        elif heading:
            kind = heading[1].lower()
            result.append(f"### {heading[1]}: {heading[2]} {{ .case-{kind} }}")
            result.append("")
        else:
            result.append(_linked(lines[number], anchors or {}))
        number += 1
    return "\n".join(result)


def _block(opening: re.Match[str], body: list[str], rule: str) -> list[str]:
    fence, language, title, state = opening.groups()
    found = [(index, mark) for index, line in enumerate(body, 1) if (mark := _MARKER.search(line))]
    words = [language or "text"]
    if title:
        words.append(f'title="{title}{f" ({_STATES[state]})" if state in _STATES else ""}"')
    if found:
        words.append(f'hl_lines="{" ".join(str(index) for index, _ in found)}"')
    rows = [_MARKER.sub("", line) for line in body]
    block = ["", fence + " ".join(words), *rows, fence, ""]
    return [*block, '<ul class="findings">', *_rows(found, rule), "</ul>", ""] if found else block


def _rows(found: list[tuple[int, re.Match[str]]], rule: str) -> list[str]:
    """What is found below a block, lines with the same finding together."""
    lines: dict[str, list[int]] = {}
    for line, mark in found:
        words = [word for word in (mark["severity"], mark["confidence"]) if word]
        more = f": {', '.join(words)}" if words else ""
        other = f" <code>{mark['rule']}</code>" if mark["rule"] != rule else ""
        lines.setdefault(f"{other}{more}", []).append(line)
    return [
        f"<li>found in {'line' if len(each) == 1 else 'lines'} "
        f"{', '.join(map(str, each))}{what}</li>"
        for what, each in lines.items()
    ]


def _linked(line: str, anchors: Mapping[str, str]) -> str:
    """The line of the front matter with every clause led to its sentence.

    The generator takes a link of HTML, as one of Markdown, from where the file lies.
    """
    found = re.match(r"(\*\*Severity\*\* .*\*\*Clauses\*\* )([^·]+)( ·.*)", line)
    if found is None:
        return line
    shown = [
        f'<a href="../clauses/#{anchors[name]}">{name}</a>' if name in anchors else name
        for name in found[2].split(", ")
    ]
    return f"{found[1]}{', '.join(shown)}{found[3]}"
