from __future__ import annotations

from collections.abc import Callable

import pytest

from bylaw.packs.own.document import Document

Read = Callable[..., Document]


def _with(block: str) -> str:
    return f"# Rules\n\nServices MUST NOT wait.\n\n```bylaw\n{block}\n```\n"


def test_block_binds_the_sentence_before_it(document: Read) -> None:
    text = "# Rules\n\n- Never print. Services MUST NOT import FastAPI.\n  ```bylaw\n"
    text += '  forbid-import: {from: "a.*", to: [fastapi]}\n  ```\n- Never sleep.\n'
    first, second, third = document(text).clauses
    assert not first.bindings
    assert not third.bindings
    [binding] = second.bindings
    assert (binding.kind, binding.line, binding.at) == ("forbid-import", 3, 5)
    assert binding.patterns("from") == ("a.*",)
    assert binding.patterns("to") == ("fastapi",)


def test_block_binds_a_sentence_that_no_word_marks(document: Read) -> None:
    text = "# X\n\nWe like small functions.\n```bylaw\nrule: function-too-long {limit: 80}\n```\n"
    [clause] = document(text).clauses
    [binding] = clause.bindings
    assert clause.sentence.text == "We like small functions."
    assert dict(binding.get("options")) == {"limit": 80}


def test_block_gives_its_sentence_a_name(document: Read) -> None:
    [clause] = document(_with("id: SVC-1\nmanual: reviewer")).clauses
    assert clause.id == "SVC-1"
    assert clause.bindings[0].clause == "SVC-1"


def test_clauses_are_named_by_section(document: Read) -> None:
    text = "# Team Rules\n\nNever a.\n\n## Data: *all* of it\n\nNever b. Never c.\n"
    names = [each.id for each in document(text, "docs/team.md").clauses]
    assert names == ["team/team-rules.1", "team/data-all-of-it.1", "team/data-all-of-it.2"]


def test_several_entries_and_commands_as_they_are_written(document: Read) -> None:
    block = 'command: ruff check --select "A: B"\nforbid-call: {to: print}\nmanual'
    block = block.removesuffix("\nmanual")
    [clause] = document(_with(block)).clauses
    assert [each.kind for each in clause.bindings] == ["command", "forbid-call"]
    assert clause.bindings[0].get("text") == 'ruff check --select "A: B"'


@pytest.mark.parametrize(
    ("block", "message", "hint"),
    [
        ("forbid-imprt: {to: x}", "unknown kind of binding `forbid-imprt`", "`forbid-import`"),
        ("rule: function-to-long", "unknown rule `function-to-long`", "`function-too-long`"),
        ("rule: function-too-long {limt: 3}", "unknown key `limt` in `rule`", "`limit`"),
        ("rule: function-too-long {limit: x}", "must be an integer", "limit = 1"),
        ("rule: [a]", "`rule` names no rule", "NAME"),
        ("forbid-import: {from: x}", "has no `to`", "add `to`"),
        ("forbid-import: {to: x, form: y}", "unknown key `form`", "`from`"),
        ("forbid-effect: {scope: x, effect: netwrk}", "must be one of", "`network`"),
        ("naming: {in: x}", "says of nothing", "classes"),
        ('naming: {classes: "("}', "no regular expression", "mend"),
        ("layers: [a]", "must be a table", ""),
        ("a: [", "the block is not YAML", "docs"),
        ("", "the block binds nothing", "rule"),
    ],
)
def test_broken_block_is_told_with_its_line(
    document: Read, block: str, message: str, hint: str
) -> None:
    found = document(_with(block))
    assert not found.bindings
    problem = found.problems[0]
    assert message in problem.message
    assert hint in problem.hint
    assert (problem.path, problem.line, problem.exit_code) == ("rules.md", 6, 2)


def test_block_without_a_sentence_is_told(document: Read) -> None:
    [problem] = document("```bylaw\nmanual: us\n```\n").problems
    assert (problem.message, problem.line) == ("no sentence stands before this block", 1)


def test_two_sentences_of_one_name_are_told(document: Read) -> None:
    text = "# X\n\nNever a.\n```bylaw\nid: A-1\nmanual: us\n```\n"
    [problem] = document(text + text[4:]).problems
    assert (problem.message, problem.line) == ("A-1 is there twice: line 6 has it already", 12)
