"""Whatever a document holds, reading it ends, and says where its sentences stand."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.packs.own.document import read_document

_PARTS = st.sampled_from(
    [
        "# Rules", "## Never", "- ", "1. ", "- [ ] ", "  - ", "| a | b |", "|---|---|", "```bylaw",
        "```bash", "```", "rule: import-cycle", "forbid-call: {to: x}", "manual", "id: x", "MUST",
        "never do", "`code`", "**bold**", "[a](b#c)", "---", ":", ".", "e.g.", "\u274c no", "",
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(_PARTS | st.text(max_size=8), max_size=4), max_size=12))
def test_read_document_any_text_gives_lines_of_the_document(rows: list[list[str]]) -> None:
    text = "\n".join(" ".join(row) for row in rows)
    found = read_document("rules.md", text)
    # A lone carriage return ends a line as well (CommonMark 0.31, section 2.1).
    last = len(re.split(r"\r\n?|\n", text))
    assert all(1 <= each.sentence.line <= last for each in found.clauses)
    assert all(1 <= each.line <= last + 1 for each in found.problems)
    names = [each.id for each in found.clauses if not each.bindings]
    assert len(names) == len(set(names))


def test_read_document_lone_carriage_return_ends_a_line() -> None:
    found = read_document("rules.md", "# Rules\r\rServices MUST NOT wait.\r\n\nNever do.\n")
    assert [each.sentence.line for each in found.clauses] == [3, 5]


@pytest.mark.parametrize(
    "text",
    [
        "Before " + "a, " * 20_000, "- " + "x: `a/b`, " * 20_000, "---\n" + "a: b\n" * 20_000,
        "**" * 20_000, "| a " * 20_000, "If " + "b " * 50_000, "under 1" + "1" * 50_000 + " lines",
        "- " * 500 + "Never", "```bylaw\n" + "a: [" * 400 + "\n```",
    ],
)  # fmt: skip
def test_read_document_long_lines_end(text: str) -> None:
    read_document("rules.md", f"# Rules\n\n{text}\n")
