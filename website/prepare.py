"""Fills a folder with everything the generator needs: pages, assets, schema and configuration."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from bylaw.finding import HELP_URL
from bylaw.packs.reading import load_packs
from bylaw.rules.registry import INFOS
from bylaw.rules.rule import RuleInfo
from website.links import moved_links
from website.reference import configuration_reference, plugin_reference
from website.rule_index import anchors_of, rule_table
from website.rule_page import rendered_page

REPOSITORY = Path(__file__).resolve().parents[1]
SCHEMA = REPOSITORY / "src" / "bylaw" / "config" / "schema.json"
SCHEMA_PLACE = "schema/bylaw.toml.json"

_ELSEWHERE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "examples/shop/README.md": "example.md",
    "examples/bylaw-plugin-sample/README.md": "plugin-sample.md",
}
"""Pages that lie outside ``docs``, and their places on the site."""

_GUIDES = ("example.md", "configuration.md", "configuration-reference.md", "mends.md", "model.md")
_PACKS = ("packs.md", "clauses.md")
_WRITING = ("first-rule.md", "plugins.md", "plugin-api.md", "plugin-sample.md", "effect-stubs.md")
_MEASURED = ("precision.md", "performance.md")
_PROJECT = ("contributing.md", "changelog.md")
_HOME = "index.md"
_WIDE_PAGES = ("rules/index.md", "clauses.md")
_WIDE = "---\nhide:\n  - toc\n---\n\n"
"""Tables of many columns get the room of the table of contents."""

Nav = list[dict[str, object]]


def prepare(folder: Path) -> int:
    """Writes the site's sources.

    Args:
        folder: what to fill; what was there is removed.

    Returns:
        How many pages there are.
    """
    shutil.rmtree(folder, ignore_errors=True)
    pages = _pages()
    for place, text in pages.items():
        path = folder / "docs" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assets = folder / "docs" / "assets"
    assets.mkdir(exist_ok=True)
    for file in sorted((REPOSITORY / "website" / "assets").iterdir()):
        shutil.copyfile(file, assets / file.name)
    shutil.copyfile(REPOSITORY / "docs" / "assets" / "check.svg", assets / "check.svg")
    (folder / "docs" / SCHEMA_PLACE).parent.mkdir(parents=True)
    shutil.copyfile(SCHEMA, folder / "docs" / SCHEMA_PLACE)
    (folder / "zensical.toml").write_text(_configuration(pages), encoding="utf-8")
    return len(pages)


def places() -> dict[str, str]:
    """For each file of the repository that is on the site, its place there."""
    found = dict(_ELSEWHERE)
    for path in sorted((REPOSITORY / "docs").rglob("*.md")):
        inside = path.relative_to(REPOSITORY / "docs").as_posix()
        found[f"docs/{inside}"] = inside.replace("README.md", "index.md")
    found["docs/assets/check.svg"] = "assets/check.svg"
    return {source: place for source, place in found.items() if (REPOSITORY / source).exists()}


def _pages() -> dict[str, str]:
    """Text of every page by its place on the site."""
    known = places()
    anchors = anchors_of(INFOS.values(), load_packs())
    pages = {}
    for source, place in known.items():
        if not place.endswith(".md"):
            continue
        text = (REPOSITORY / source).read_text(encoding="utf-8")
        text = moved_links(text, source, known)
        if place == "clauses.md":
            title, _, rest = text.partition("\n")
            rest = re.sub(r"^\| `([^`]+)` \|", r'| <code id="\1">\1</code> |', rest, flags=re.M)
            text = f'{title}\n\n<div class="clauses" markdown="1">\n{rest}\n</div>\n'
        if source.startswith("docs/rules/"):
            text = _index(text) if source.endswith("README.md") else rendered_page(text, anchors)
        pages[place] = _WIDE + text if place in _WIDE_PAGES else text
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    infos = [INFOS[name] for name in sorted(INFOS)]
    pages["configuration-reference.md"] = configuration_reference(schema, infos)
    pages["plugin-api.md"] = plugin_reference()
    return pages


def _index(text: str) -> str:
    """The index of the rules with a table that can be filtered in place of the plain one."""
    before, _, rest = text.partition("\n| rule |")
    rows = [line for line in rest.split("\n") if line.startswith("| [`")]
    after = rest.rpartition("|\n")[2]
    finds = {}
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        found = re.match(r"\[`([a-z0-9-]+)`\]", cells[0])
        if found:
            finds[found[1]] = _inline(cells[-1])
    infos = [INFOS[name] for name in sorted(finds)]
    return f"{before}\n{rule_table(infos, finds, load_packs())}\n{after}"


def _inline(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))


def _configuration(pages: dict[str, str]) -> str:
    project = {
        "site_name": "Bylaw",
        "site_description": "Makes the written rules of a Python backend binding",
        "site_url": HELP_URL.removesuffix("rules/"),
        "docs_dir": "docs",
        "site_dir": "site",
        "extra_css": ["assets/site.css"],
        "extra_javascript": ["assets/filter.js"],
    }
    lines = ["[project]", *(f"{key} = {_toml(value)}" for key, value in project.items())]
    lines += [f"nav = {_toml(_nav(pages))}", ""]
    features = ["navigation.indexes", "navigation.top", "navigation.tabs", "navigation.prune"]
    lines += ["[project.theme]", f"features = {_toml([*features, 'content.code.copy'])}"]
    # No fonts from elsewhere: the pages load nothing that is not theirs.
    lines += ["font = false", ""]
    for scheme, media, name in (("default", "light", "dark"), ("slate", "dark", "light")):
        lines += [
            "[[project.theme.palette]]",
            f'media = "(prefers-color-scheme: {media})"',
            f'scheme = "{scheme}"',
            f'toggle = {{ icon = "lucide/sun-moon", name = "Switch to {name} colours" }}',
        ]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _nav(pages: dict[str, str]) -> Nav:
    records = sorted(place for place in pages if place.startswith("adr/0"))
    placed = {*_GUIDES, *_PACKS, *_WRITING, *_MEASURED, *_PROJECT, _HOME}
    others = [
        place for place in sorted(pages)
        if place not in placed and not place.startswith(("adr/", "rules/"))
    ]  # fmt: skip
    nav: Nav = [
        {"Home": _HOME},
        {"Guide": _entries(pages, [*_GUIDES, *others])},
        {"Rules": ["rules/index.md", *_families()]},
        {"Documents": _entries(pages, _PACKS)},
        {"Write rules": _entries(pages, _WRITING)},
        {"Measured": _entries(pages, _MEASURED)},
        {"Project": [*_entries(pages, _PROJECT),
                     {"Decisions": ["adr/index.md", *_entries(pages, records)]}]},
    ]  # fmt: skip
    return nav


def _families() -> Nav:
    groups: dict[str, list[RuleInfo]] = {}
    for info in INFOS.values():
        groups.setdefault(info.family, []).append(info)
    return [
        {name.replace("_", " ").capitalize(): [{i.name: f"rules/{i.name}.md"} for i in infos]}
        for name, infos in sorted(groups.items())
    ]


def _entries(pages: dict[str, str], wanted: Iterable[str]) -> Nav:
    return [{_title(pages[place]): place} for place in wanted if place in pages]


def _title(text: str) -> str:
    first: Sequence[str] = text.removeprefix(_WIDE).split("\n", 1)
    return first[0].lstrip("# ").replace("`", "").strip()
