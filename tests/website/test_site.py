"""What the site is made of, before the generator turns it into pages."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from website.links import broken_links, moved_links
from website.prepare import prepare
from website.rule_page import rendered_page

from bylaw.rules.registry import INFOS


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    prepare(folder)
    return folder


class Tags(HTMLParser):
    """Counts tags and keeps the rows of a table."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()
        self.rows: list[dict[str, str]] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.counts[tag] += 1
        given = {name: value or "" for name, value in attrs}
        if tag == "tr" and "data-how" in given:
            self.rows.append(given)
        if tag == "a":
            self.links.append(given.get("href", ""))


def test_index_has_every_rule_without_a_script(site: Path) -> None:
    tags = Tags((site / "docs" / "rules" / "index.md").read_text(encoding="utf-8"))
    pages = [link for link in tags.links if not link.startswith("../clauses/#")]
    assert sorted(pages) == sorted(f"{name}/" for name in INFOS)
    assert len(tags.rows) == len(INFOS)
    assert tags.counts["table"] == 1
    # Controls are made by the script: without it nobody meets one that does nothing.
    assert not tags.counts.keys() & {"form", "input", "select", "button", "script"}


def test_index_rows_carry_what_the_script_filters_by(site: Path) -> None:
    tags = Tags((site / "docs" / "rules" / "index.md").read_text(encoding="utf-8"))
    rows = dict(zip(sorted(INFOS), tags.rows, strict=True))
    for name, row in rows.items():
        info = INFOS[name]
        assert row["data-how"] == info.how
        assert row["data-severity"] == info.severity
        assert row["data-default"] == ("yes" if info.default else "no")
        assert set(info.clauses) <= set(row["data-clauses"].split())
    env = rows["import-time-env-read"]
    assert "execution-contract" in env["data-packs"].split()
    assert "EC-4.1" in env["data-clauses"].split()


def test_every_page_is_in_the_navigation(site: Path) -> None:
    configuration = (site / "zensical.toml").read_text(encoding="utf-8")
    for path in (site / "docs").rglob("*.md"):
        place = path.relative_to(site / "docs").as_posix()
        assert f'"{place}"' in configuration, place


def test_pages_of_rules_have_no_markers_left(site: Path) -> None:
    for name in INFOS:
        text = (site / "docs" / "rules" / f"{name}.md").read_text(encoding="utf-8")
        cases = text.partition("\n## Cases")[2]
        assert "finding:" not in cases, name
        assert cases.count("### Bad:") == cases.count(".case-bad"), name
        assert text.count("\n## Cases") == 1, name


PAGE = """\
# a-rule

One.

## Cases

### Bad: one
```python title="app.py" at="head"
import os
X = os.environ["X"]  # finding: a-rule error definite
Y = os.environ["Y"]  # finding: a-rule error definite
Z = 1  # finding: other-rule
```

### Legal: two
````markdown title="README.md"
```python
x = 1
```
````
"""


def test_rendered_page_highlights_what_is_found() -> None:
    text = rendered_page(PAGE)
    assert "### Bad: one { .case-bad }" in text
    assert '```python title="app.py (the change)" hl_lines="2 3 4"\nimport os\n' in text
    assert 'X = os.environ["X"]\nY = os.environ["Y"]\nZ = 1\n```\n' in text
    assert "<li>found in lines 2, 3: error, definite</li>" in text
    assert "<li>found in line 4 <code>other-rule</code></li>" in text
    assert '````markdown title="README.md"\n```python\nx = 1\n```\n````\n' in text


def test_rendered_page_leads_clauses_to_their_sentences() -> None:
    line = "**Severity** error · **Clauses** EC-4, X-1 · **How** flow · **On by default** yes"
    assert rendered_page(f"# a\n\n{line}", {"EC-4": "EC-4.1"}).split("\n")[2] == line.replace(
        "EC-4,", '<a href="../clauses/#EC-4.1">EC-4</a>,'
    )


def test_moved_links_follow_their_pages() -> None:
    places = {
        "README.md": "index.md",
        "docs/a.md": "a.md",
        "docs/adr/README.md": "adr/index.md",
        "docs/adr/0001.md": "adr/0001.md",
    }
    text = (
        "[a](docs/a.md#x) [adr](docs/adr) [src](src/x.py) [out](https://x.y/docs/a.md)\n"
        "[two\nlines](docs/a.md)\n```\n[a](docs/a.md)\n```\n![p](docs/a.md)"
    )
    assert moved_links(text, "README.md", places) == (
        "[a](a.md#x) [adr](adr/index.md) src [out](https://x.y/docs/a.md)\n"
        "[two\nlines](a.md)\n```\n[a](docs/a.md)\n```\n![p](a.md)"
    )
    assert moved_links("[up](../a.md) [b](#b)", "docs/adr/0001.md", places) == (
        "[up](../a.md) [b](#b)"
    )


def test_broken_links_are_found_in_html(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "index.html").write_text(
        '<a href="rules/#one">a</a><a href="rules/">b</a><a href="https://x.y/z">c</a>'
        '<a href="none/">d</a><a href="rules/#two">e</a><img src="none.png"><a href="#f">f</a>'
    )
    (tmp_path / "rules" / "index.html").write_text('<h1 id="one"></h1><a href="..">g</a>')
    assert broken_links(tmp_path) == [
        "index.html: #f",
        "index.html: none.png",
        "index.html: none/",
        "index.html: rules/#two",
    ]


def test_reference_of_plugins_names_everything_public(site: Path) -> None:
    import bylaw.plugin

    text = (site / "docs" / "plugin-api.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^## (\w+)$", text, re.MULTILINE)) == set(bylaw.plugin.__all__)
    for kind in (bylaw.plugin.Context, bylaw.plugin.Call, bylaw.plugin.Function):
        for name in dir(kind):
            if not name.startswith("_"):
                assert f"`{name}`" in text or f"### {name}\n" in text, name
