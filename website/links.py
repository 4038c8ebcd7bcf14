"""Links: from where they stand in the repository to where they stand on the site, and checked."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")
_FENCE = re.compile(r"^\s*(`{3,})")


def outside_fences(text: str, change: Callable[[str], str]) -> str:
    """Text with everything outside fenced blocks changed.

    Args:
        text: Markdown.
        change: what a stretch of lines outside fences becomes.

    Returns:
        The text.
    """
    fence = ""
    prose: list[str] = []
    parts: list[str] = []
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if not fence and found:
            parts += [change("\n".join(prose))] * bool(prose)
            prose, fence = [], found[1]
            parts.append(line)
        elif fence:
            parts.append(line)
            fence = "" if line.strip() == fence else fence
        else:
            prose.append(line)
    return "\n".join([*parts, change("\n".join(prose))] if prose else parts)


def moved_links(text: str, source: str, places: Mapping[str, str]) -> str:
    """A page with its links as they are on the site.

    Args:
        text: the page.
        source: where it lies in the repository.
        places: for each file of the repository that is on the site, its place there.

    Returns:
        The page; a link to what is not on the site is left as its text.
    """
    here = posixpath.dirname(places[source])

    def moved(found: re.Match[str]) -> str:
        image, label, target = found.groups()
        if urlsplit(target).scheme or target.startswith("#"):
            return found[0]
        path, mark, anchor = target.partition("#")
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        place = places.get(wanted) or places.get(f"{wanted}/README.md")
        if place is None:
            return label
        return f"{image}[{label}]({posixpath.relpath(place, here or '.')}{mark}{anchor})"

    return outside_fences(text, lambda prose: _LINK.sub(moved, prose))


class _Page(HTMLParser):
    """Identifiers and links of one page."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remembers what a tag is called and where it leads."""
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            elif name in ("href", "src") and value and tag != "base":
                self.links.append(value)


def broken_links(site: Path) -> list[str]:
    """Links within a built site that lead nowhere, anchors included.

    The generator checks what is written in Markdown; this sees also what is written in HTML.

    Args:
        site: folder of the built site.

    Returns:
        One line for each, sorted.
    """
    pages: dict[str, _Page] = {}
    for path in sorted(site.rglob("*.html")):
        page = pages[path.relative_to(site).as_posix()] = _Page()
        page.feed(path.read_text(encoding="utf-8"))
    broken = set()
    for name, page in pages.items():
        if name == "404.html":
            continue  # served from any depth; its links are absolute and made by the generator
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = _target(site, name, parts.path)
            if not os.path.exists(site / target):
                broken.add(f"{name}: {link}")
            elif parts.fragment and target in pages:
                anchor = unquote(parts.fragment)
                if anchor not in pages[target].ids and not anchor.startswith("__"):
                    broken.add(f"{name}: {link}")
    return sorted(broken)


def _target(site: Path, name: str, path: str) -> str:
    """File that a link of a page leads to; a folder means its index."""
    if not path:
        return name
    base = "" if path.startswith("/") else posixpath.dirname(name)
    target = posixpath.normpath(posixpath.join(base, unquote(path).lstrip("/")))
    return posixpath.join(target, "index.html") if (site / target).is_dir() else target
