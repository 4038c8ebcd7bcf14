"""What binds, what only looks like it: each case is a cause that a real document showed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bylaw.packs.own.binding_sentences import Sentence, split_sentences

Read = Callable[..., list[Sentence]]


def _texts(found: list[Sentence]) -> list[str]:
    return [each.text for each in found]


@pytest.mark.parametrize(
    ("text", "strength"),
    [
        ("Services MUST NOT import FastAPI.", "must"),
        ("Every answer shall have a version.", "must"),
        ("Never commit secrets.", "must"),
        ("Always run the linter first.", "must"),
        ("Do not edit generated files.", "must"),
        ("Don\u2019t edit generated files.", "must"),
        ("Relative imports are forbidden.", "must"),
        ("A changelog is mandatory.", "must"),
        ("Type hints are required for all code.", "must"),
        ("Only use uv.", "must"),
        ("Requests should be validated.", "should"),
        ("Avoid global state.", "should"),
        ("Prefer small functions.", "should"),
        ("Please open an issue first.", "should"),
        ("We do not accept changes of the workflows.", "must"),
        ("There is one rule, and never break it.", "must"),
        ("Mobile differs from web, so do not assume that web rules apply.", "must"),
        ("No business logic in the frontend.", ""),
        ("Public APIs must have docstrings.", "must"),
    ],
)
def test_sentence_binds_by_its_own_words(sentences: Read, text: str, strength: str) -> None:
    found = sentences(f"# Notes\n\n{text}\n", "notes.md")
    assert [each.strength for each in found] == ([strength] if strength else [])


@pytest.mark.parametrize(
    "text",
    [
        "The server always returns JSON.",
        "It never blocks, because nothing waits.",
        "Must this be so?",
        "You should see the start page now.",
        "If more is required, the team will say so.",
        "The parser knows forbidden words.",
        "Redis is a cache and job queue.",
        "The key words MUST and SHALL are to be read as in RFC 2119.",
        "A must-have for every team.",
        "You may open a request beside the issue.",
        "`must` is a word.",
    ],
)
def test_sentence_that_only_tells_does_not_bind(sentences: Read, text: str) -> None:
    assert sentences(f"# Notes\n\n{text}\n") == []


def test_items_bind_where_the_heading_says_rules(sentences: Read) -> None:
    text = "# Project\n\n## Features\n\n- Fast imports\n\n## Coding rules\n\n- Double quotes\n"
    assert _texts(sentences(text)) == ["Double quotes"]


def test_items_below_a_heading_that_forbids_are_musts(sentences: Read) -> None:
    found = sentences("# X\n\n## Forbidden\n\n- mutable defaults\n- wildcard imports\n")
    assert [each.strength for each in found] == ["must", "must"]


def test_only_the_first_sentence_of_an_item_binds_by_its_place(sentences: Read) -> None:
    text = "# X\n\n## Standards\n\n- One module per table. Most of them are small today.\n"
    assert _texts(sentences(text)) == ["One module per table."]


def test_lead_that_says_nothing_alone_makes_its_items_bind(sentences: Read) -> None:
    text = "# X\n\nNo module may:\n\n- read files\n- open sockets\n"
    found = sentences(text)
    assert [(each.text, each.line) for each in found] == [("read files", 5), ("open sockets", 6)]


def test_lead_that_is_complete_binds_itself(sentences: Read) -> None:
    text = "# X\n\n## Rules\n\n- Resources MUST be bounded:\n  - memory: RAM\n"
    assert _texts(sentences(text))[0] == "Resources MUST be bounded:"


def test_items_that_illustrate_a_lead_do_not_bind(sentences: Read) -> None:
    text = "# X\n\n## Rules\n\n- Say the kind of change, e.g.:\n  - Logic: source code.\n"
    assert _texts(sentences(text)) == ["Say the kind of change, e.g.:"]


@pytest.mark.parametrize(
    "text",
    [
        "Before changing a pattern, check for a decision.",
        "When a test asserts an error, assert its message too.",
        "For changes of the documentation, also read the guide.",
        "If the code contradicts a decision, flag it.",
        "Keep the suite fast; stub calls of the cloud.",
    ],
)
def test_order_behind_a_condition_binds_agents(sentences: Read, text: str) -> None:
    assert _texts(sentences(f"# Agents\n\n- {text}\n", "AGENTS.md")) == [text]


def test_order_does_not_bind_in_a_section_that_informs(sentences: Read) -> None:
    text = "# Agents\n\n## Installation\n\n- Install the package.\n- Never install as root.\n"
    assert _texts(sentences(text, "AGENTS.md")) == ["Never install as root."]


def test_nothing_binds_in_examples_and_histories(sentences: Read) -> None:
    text = "# Rules\n\n## Changelog\n\n- You must see this.\n\n### Bad\n\nNever do it.\n"
    assert sentences(text) == []


def test_section_called_before_you_start_is_no_example(sentences: Read) -> None:
    text = "# X\n\n# Before You Start\n\nBefore you change code, read the guide.\n"
    assert len(sentences(text, "AGENTS.md")) == 1


def test_line_in_bold_is_an_order_or_a_title(sentences: Read) -> None:
    text = "# X\n\n**Use the loader for every field**\n\n**Run tests**\n\ntext\n"
    assert _texts(sentences(text, "CLAUDE.md")) == ["Use the loader for every field"]


def test_title_of_a_nested_list_does_not_bind(sentences: Read) -> None:
    text = "# X\n\n## Guidelines\n\n1. **Branch Naming**\n   - `fix/x` for mends\n"
    assert _texts(sentences(text)) == ["`fix/x` for mends"]


def test_reference_in_a_list_of_rules_does_not_bind(sentences: Read) -> None:
    text = "# X\n\n## Rules\n\n- Details: `backend/README.md`.\n- Docs: https://example.org/x\n"
    assert sentences(text) == []


def test_boxes_bind_but_not_those_of_a_plan(sentences: Read) -> None:
    text = (
        "# X\n\n## Done when\n\n- [ ] tests pass\n- [x] docs there\n\n## Phase 1\n\n- [ ] begin\n"
    )
    assert [(each.text, each.form) for each in sentences(text)] == [
        ("tests pass", "box"), ("docs there", "box"),
    ]  # fmt: skip


def test_boxes_bind_in_any_script(sentences: Read) -> None:
    assert len(sentences("# DoD\n\n- [ ] \u6e2c\u8a66\u901a\u904e\n- [ ] 1\n")) == 1


def test_rows_of_a_table_of_rules_bind(sentences: Read) -> None:
    text = "# X\n\n| Date | Change |\n|---|---|\n| 1 | begun |\n"
    text += "\n| Rule | Fix |\n|---|---|\n| a | b |\n"
    assert [(each.text, each.line) for each in sentences(text)] == [("a | b", 9)]


def test_row_that_gives_an_order_binds_in_any_table(sentences: Read) -> None:
    text = "# X\n\n| File | Note |\n|---|---|\n| a.py | never edit |\n| b.py | fast |\n"
    assert [each.line for each in sentences(text)] == [5]


def test_limits_bind_in_lists(sentences: Read) -> None:
    text = (
        "# X\n\n- Functions under 50 lines\n- Line length: 100 characters max\n- About 50 files\n"
    )
    assert [each.line for each in sentences(text)] == [3, 4]


def test_heading_that_is_a_rule_binds(sentences: Read) -> None:
    text = "# X\n\n### Rule 2: No relative imports\n\n### What you must do\n\n### Never Do\n"
    assert [(each.text, each.form) for each in sentences(text)] == [
        ("Rule 2: No relative imports", "heading")
    ]


def test_commands_bind_where_they_have_to_pass(sentences: Read) -> None:
    text = (
        "# X\n\n## Usage\n\n```bash\nmake demo\n```\n\nBefore submitting code, run:\n\n```bash\n"
        "cd backend\npytest -q  # all\n```\n"
    )
    found = [each for each in sentences(text) if each.form == "command"]
    assert [(each.text, each.line) for each in found] == [("pytest -q", 13)]


def test_lines_with_marks_are_sentences_of_their_own(sentences: Read) -> None:
    text = "# X\n\n## What it cannot do\n\n\u274c **Cannot** start alone\n\u274c **Cannot** wait\n"
    assert [each.line for each in sentences(text)] == [5, 6]


def test_rationale_does_not_bind(sentences: Read) -> None:
    text = "# Constitution\n\n## Principles\n\n**Rationale**: Errors must be seen.\nNever mind.\n"
    assert sentences(text) == []


def test_paragraphs_of_a_constitution_bind_also_without_a_verb(sentences: Read) -> None:
    text = "# Team Constitution\n\n## Security\n\nRate limits on all endpoints. It works well.\n"
    assert _texts(sentences(text)) == ["Rate limits on all endpoints."]


def test_front_matter_and_comments_are_passed_over(sentences: Read) -> None:
    text = "---\ndescription: must not\n---\n\n<!-- never -->\n\nNever print.\n"
    assert [(each.text, each.line) for each in sentences(text)] == [("Never print.", 7)]


def test_split_sentences_keeps_lines_code_and_abbreviations() -> None:
    text = "Use e.g. `a. B`. Then\nstop v1. Never print."
    assert list(split_sentences(text, 7)) == [
        ("Use e.g. `a. B`.", 7), ("Then stop v1.", 7), ("Never print.", 8),
    ]  # fmt: skip
