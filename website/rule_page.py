"""A rule's page as people read it: markers become highlighted lines with what is found below."""

from __future__ import annotations

import re

_OPENING = re.compile(r'^(`{3,})\s*(\w+)?(?:\s+title="([^"]+)")?(?:\s+at="(\w+)")?\s*$')
_HEADING = re.compile(r"^### (Bad|Legal): (.+)$")
_MARKER = re.compile(
    r"\s*(?:#|<!--)\s*finding:\s*(?P<rule>[a-z][a-z0-9-]*)"
    r"(?:\s+(?P<severity>error|warning|note))?"
    r"(?:\s+(?P<confidence>definite|probable|possible))?\s*(?:-->)?\s*$"
)
_STATES = {"base": "before the change", "head": "the change", "commit": "commit message"}


def rendered_page(text: str) -> str:
    """The page of a rule for the site.

    Args:
        text: the page as it is kept and tested.

    Returns:
        The same with cases told apart by their headings, files titled, and each line that a
        marker names highlighted; below the block stands what is found there.
    """
    lines = text.split("\n")
    result: list[str] = []
    number = 0
    while number < len(lines):
        opening = _OPENING.match(lines[number])
        heading = _HEADING.match(lines[number])
        if opening:
            end = number + 1
            while lines[end].strip() != opening[1]:
                end += 1
            result += _block(opening, lines[number + 1 : end])
            number = end
        elif heading:
            kind = heading[1].lower()
            result.append(f"### {heading[1]}: {heading[2]} {{ .case-{kind} }}")
            result.append("")
        else:
            result.append(lines[number])
        number += 1
    return "\n".join(result)


def _block(opening: re.Match[str], body: list[str]) -> list[str]:
    fence, language, title, state = opening.groups()
    found = [(index, mark) for index, line in enumerate(body, 1) if (mark := _MARKER.search(line))]
    words = [language or "text"]
    if title:
        words.append(f'title="{title}{f" ({_STATES[state]})" if state in _STATES else ""}"')
    if found:
        words.append(f'hl_lines="{" ".join(str(index) for index, _ in found)}"')
    rows = [_MARKER.sub("", line) for line in body]
    block = ["", fence + " ".join(words), *rows, fence, ""]
    if found:
        shown = [_row(index, mark) for index, mark in found]
        block += ['<ul class="findings">', *shown, "</ul>", ""]
    return block


def _row(line: int, mark: re.Match[str]) -> str:
    words = [word for word in (mark["severity"], mark["confidence"]) if word]
    more = f": {', '.join(words)}" if words else ""
    return f"<li>line {line} <code>{mark['rule']}</code>{more}</li>"
