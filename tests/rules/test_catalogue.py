"""Registry, pages and index name the same rules and say the same things about them."""

from __future__ import annotations

import pytest
from page_cases import index_rows, load_page, page_names

from bylaw.rules.registry import INFOS

NAMES = tuple(sorted(INFOS))


def test_registry_names_are_the_pages() -> None:
    assert page_names() == NAMES


def test_index_rows_are_the_pages_in_order() -> None:
    rows = index_rows()
    assert tuple(row.name for row in rows) == page_names()
    assert [row.name for row in rows if row.name != row.target] == []


def test_index_cells_agree_with_the_pages() -> None:
    for row in index_rows():
        page = load_page(row.name)
        front = page.front
        expected = (front["severity"], front["how"], front["on by default"], page.summary)
        assert row.cells == expected, row.name


@pytest.mark.parametrize("name", NAMES)
def test_page_front_matter_agrees_with_rule_info(name: str) -> None:
    page, info = load_page(name), INFOS[name]
    assert page.front["severity"] == info.severity
    assert page.words("clauses") == info.clauses
    assert page.front["how"] == info.how
    assert page.front["on by default"] == ("yes" if info.default else "no")


@pytest.mark.parametrize("name", NAMES)
def test_page_options_agree_with_rule_info(name: str) -> None:
    page, info = load_page(name), INFOS[name]
    assert page.options == tuple(option for option, _, _ in info.options)
    assert ("Options" in page.sections) == bool(info.options)


@pytest.mark.parametrize("name", page_names())
def test_page_sections_are_the_ones_every_page_has(name: str) -> None:
    optional = ("Options", "Rulings")
    sections = [title for title in load_page(name).sections if title not in optional]
    assert sections == ["What it finds", "Why it hurts", "How to mend it", "Cases"]


@pytest.mark.parametrize("name", page_names())
def test_page_summary_is_one_sentence(name: str) -> None:
    summary = load_page(name).summary
    assert summary.endswith(".")
    assert ". " not in summary


@pytest.mark.parametrize("name", page_names())
def test_page_runs_only_rules_that_exist(name: str) -> None:
    assert set(load_page(name).words("runs with")) <= set(NAMES)
