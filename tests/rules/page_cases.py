"""Reads the rule pages: what a page says about its rule, and the cases it promises to keep."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

PAGES = Path(__file__).resolve().parents[2] / "docs" / "rules"

_FENCE = re.compile(r"^(`{3,})\s*(\w+)?(?:\s+title=\"([^\"]+)\")?(?:\s+at=\"(\w+)\")?\s*$")
_HEADING = re.compile(r"^###\s+(Bad|Legal):\s*(.+?)\s*$")
_FRONT = re.compile(r"\*\*([A-Z][a-z ]+)\*\*\s+([^·]+?)\s*(?:·|$)")
_MARKER = re.compile(
    r"\s*(?:#|<!--)\s*finding:\s*(?P<rule>[a-z][a-z0-9-]*)"
    r"(?:\s+(?P<severity>error|warning|note))?"
    r"(?:\s+(?P<confidence>definite|probable|possible))?\s*(?:-->)?\s*$"
)
_INDEX_ROW = re.compile(r"^\|\s*\[`([a-z0-9-]+)`\]\(([a-z0-9-]+)\.md\)\s*\|(.*)\|\s*$")


class PageError(ValueError):
    """A page does not have the form every page must have."""


class Expected(NamedTuple):
    """One finding a case announces in a trailing comment.

    Attributes:
        path: file of the case the marker stands in.
        line: 1-based line of the marker.
        rule: name of the rule.
        severity: severity to compare, or empty where the marker names none.
        confidence: confidence to compare, or empty where the marker names none.
    """

    path: str
    line: int
    rule: str
    severity: str
    confidence: str


class CaseFile(NamedTuple):
    """One file of a case.

    Attributes:
        path: where it is written, relative to the root of the case.
        text: what is written: the block without its markers.
        line: line of the page the block's text starts on.
        at: ``base`` for the state before the change, ``head`` for what the change commits,
            ``commit`` for the message of a commit; empty for a file that is merely there. A
            case that uses any of them becomes a git repository.
    """

    path: str
    text: str
    line: int
    at: str = ""


class PageCase(NamedTuple):
    """A small repository and the findings it must give.

    Attributes:
        rule: rule of the page.
        kind: ``Bad`` or ``Legal``.
        title: what the heading says after the kind.
        files: files to write.
        expected: findings announced by markers, none in a legal case.
        select: rules to run.
        line: line of the heading in the page.
    """

    rule: str
    kind: str
    title: str
    files: tuple[CaseFile, ...]
    expected: tuple[Expected, ...]
    select: tuple[str, ...]
    line: int

    @property
    def slug(self) -> str:
        """The heading as an identifier: ``bad-read-in-a-class-body``."""
        words = re.sub(r"[^a-z0-9]+", "-", f"{self.kind} {self.title}".lower())
        return words.strip("-")


class Page(NamedTuple):
    """One rule's page.

    Attributes:
        name: name of the rule, the file's stem.
        summary: the one sentence under the title.
        front: front matter, label in lower case -> value.
        sections: titles of the ``##`` sections, in order.
        options: names of the options the page documents.
        cases: the executed cases.
    """

    name: str
    summary: str
    front: dict[str, str]
    sections: tuple[str, ...]
    options: tuple[str, ...]
    cases: tuple[PageCase, ...]

    def words(self, label: str) -> tuple[str, ...]:
        """The value of a front matter label as a list; ``none`` and absence are empty."""
        value = self.front.get(label, "none")
        return () if value == "none" else tuple(word.strip() for word in value.split(","))


class IndexRow(NamedTuple):
    """One row of the index table.

    Attributes:
        name: name the row shows.
        target: stem of the page the row links to.
        cells: the other cells, stripped.
    """

    name: str
    target: str
    cells: tuple[str, ...]


def page_names() -> tuple[str, ...]:
    """Names of the rules that have a page, sorted."""
    return tuple(sorted(path.stem for path in PAGES.glob("*.md") if path.stem != "README"))


def load_page(name: str) -> Page:
    """Read and parse the page of one rule.

    Args:
        name: name of the rule.

    Returns:
        The parsed page.

    Raises:
        PageError: the page does not have the required form.
    """
    return parse_page(name, (PAGES / f"{name}.md").read_text(encoding="utf-8"))


def parse_page(name: str, text: str) -> Page:
    """Parse the text of a page.

    Args:
        name: name of the rule the page belongs to.
        text: the Markdown text.

    Returns:
        The parsed page.

    Raises:
        PageError: the page does not have the required form.
    """
    lines = text.splitlines()
    if not lines or lines[0] != f"# {name}":
        raise PageError(f"{name}: the first line must be '# {name}'")
    prose = _outside_fences(name, lines)
    paragraphs = [block for block in "\n".join(prose[1:]).split("\n\n") if block.strip()]
    if len(paragraphs) < 2 or not paragraphs[1].lstrip().startswith("**Severity**"):
        raise PageError(f"{name}: a sentence, then the line of '**Severity**', must follow")
    front = {
        label.lower(): value.strip()
        for line in paragraphs[1].splitlines()
        for label, value in _FRONT.findall(line)
    }
    sections = tuple(line[3:].strip() for line in prose if line.startswith("## "))
    select = (name, *_list(front.get("runs with", "none")))
    return Page(
        name=name,
        summary=" ".join(paragraphs[0].split()),
        front=front,
        sections=sections,
        options=_option_names(prose),
        cases=tuple(_cases(name, lines, select)),
    )


def index_rows() -> tuple[IndexRow, ...]:
    """Rows of the table in ``docs/rules/README.md``."""
    rows = []
    for line in (PAGES / "README.md").read_text(encoding="utf-8").splitlines():
        match = _INDEX_ROW.match(line)
        if match:
            cells = tuple(cell.strip() for cell in match[3].split("|"))
            rows.append(IndexRow(match[1], match[2], cells))
    return tuple(rows)


def _list(value: str) -> tuple[str, ...]:
    return () if value == "none" else tuple(word.strip() for word in value.split(","))


def _outside_fences(name: str, lines: list[str]) -> list[str]:
    """The lines of a page with fenced blocks blanked."""
    prose: list[str] = []
    fence = ""
    for line in lines:
        match = _FENCE.match(line)
        if fence:
            if line.strip() == fence:
                fence = ""
            prose.append("")
        elif match:
            fence = match[1]
            prose.append("")
        else:
            prose.append(line)
    if fence:
        raise PageError(f"{name}: a fenced block is never closed")
    return prose


def _option_names(prose: list[str]) -> tuple[str, ...]:
    """First cells of the table in the section ``Options``."""
    names: list[str] = []
    inside = False
    for line in prose:
        if line.startswith("## "):
            inside = line[3:].strip() == "Options"
        elif inside:
            match = re.match(r"^\|\s*`([a-z-]+)`\s*\|", line)
            if match:
                names.append(match[1])
    return tuple(names)


def _cases(name: str, lines: list[str], select: tuple[str, ...]) -> list[PageCase]:
    """Every ``###`` heading under ``## Cases`` with the blocks that follow it."""
    cases: list[PageCase] = []
    number = 0
    inside = False
    while number < len(lines):
        line = lines[number]
        match = _HEADING.match(line)
        number += 1
        if _FENCE.match(line):
            number = _skip_block(lines, number, line)
        elif line.startswith("## "):
            inside = line[3:].strip() == "Cases"
        elif line.startswith("### ") and inside and not match:
            raise PageError(f"{name}:{number}: a case starts with 'Bad:' or 'Legal:'")
        elif match and inside:
            files, expected, end = _blocks(name, lines, number)
            cases.append(PageCase(name, match[1], match[2], files, expected, select, number))
            number = end
    return cases


def _skip_block(lines: list[str], number: int, opening: str) -> int:
    """Index of the line after the block that ``opening`` opens."""
    fence = _fence_of(opening)
    while number < len(lines) and lines[number].strip() != fence:
        number += 1
    return number + 1


def _fence_of(opening: str) -> str:
    match = _FENCE.match(opening)
    return match[1] if match else ""


def _blocks(
    name: str, lines: list[str], start: int
) -> tuple[tuple[CaseFile, ...], tuple[Expected, ...], int]:
    """Files and markers between a case's heading and the next heading."""
    files: list[CaseFile] = []
    expected: list[Expected] = []
    number = start
    while number < len(lines) and not re.match(r"^#{1,3} ", lines[number]):
        match = _FENCE.match(lines[number])
        number += 1
        if not match:
            continue
        if not match[3]:
            raise PageError(f"{name}:{number}: a block of a case needs a title")
        end = _skip_block(lines, number, lines[number - 1]) - 1
        body = lines[number:end]
        expected.extend(_markers(match[3], body))
        text = "".join(f"{_MARKER.sub('', line)}\n" for line in body)
        files.append(CaseFile(match[3], text, number + 1, match[4] or ""))
        number = end + 1
    if not files:
        raise PageError(f"{name}:{start}: a case without a titled block")
    return tuple(files), tuple(expected), number


def _markers(path: str, body: list[str]) -> list[Expected]:
    found: list[Expected] = []
    for offset, line in enumerate(body, start=1):
        match = _MARKER.search(line)
        if match:
            severity, confidence = match["severity"] or "", match["confidence"] or ""
            found.append(Expected(path, offset, match["rule"], severity, confidence))
        elif "# finding" in line or "<!-- finding" in line:
            raise PageError(f"{path}:{offset}: a marker that cannot be read: {line.strip()}")
    return found
