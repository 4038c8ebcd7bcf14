"""The extractor on anything: it says why it cannot, or gives facts that hold together."""

from __future__ import annotations

import ast
import marshal
import os
import sysconfig
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bylaw.facts import schema as F
from bylaw.facts.extract import NotParsedError, PreparedInterpreter, extract
from bylaw.facts.newer_syntax import rewrite_newer_syntax

STANDARD_LIBRARY = sysconfig.get_path("stdlib")
GROUPS = 8

MODULES = [
    os.path.join(STANDARD_LIBRARY, name)
    for name in ("contextlib.py", "abc.py", "sched.py", "this.py", "tty.py", "asyncio/timeouts.py")
]

PIECES = st.sampled_from(
    [
        "x", "os", "environ", "self", ".", ",", ":", ";", "=", ":=", "(", ")", "[", "]", "{", "}",
        "\n", "\n    ", "\n        ", "\t", " ", "\\\n", "\r", "\r\n", "\f", "\0", "#", "# noqa",
        "# bylaw: ignore[x] y", "'", '"', '"""', "f'{x}'", "b''", "é", "\U0001d51b", "\ud800",
        "def ", "async ", "await ", "class ", "lambda ", "yield ", "return ", "raise ", "from ",
        "import ", "with ", "as ", "try:", "except ", "except* ", "finally:", "if ", "elif ",
        "else:", "for ", "in ", "while ", "match ", "case ", "global ", "nonlocal ", "del ",
        "assert ", "pass", "type ", "lazy ", "not ", "and ", "*", "**", "@", "->", "1", "0x", "...",
        "__name__", "'__main__'", "==", "TYPE_CHECKING", "super()", "partial", "T[", "t'", "|",
    ]
)  # fmt: skip
FUZZ = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


def line_count(source: bytes) -> int:
    return source.replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") + 1


def positions(facts: tuple[Any, ...]) -> Iterator[tuple[int, int, int]]:
    """Every (line, column, last line) that facts speak of."""
    for function in facts[F.FUNCTIONS]:
        yield function[F.F_LINE], function[F.F_COL], function[F.F_END]
        for field, first in (
            (F.F_CALLS, F.C_LINE), (F.F_LOADS, F.L_LINE), (F.F_RAISES, F.R_LINE),
            (F.F_WRITES, F.W_LINE), (F.F_HANDLERS, F.H_LINE),
        ):  # fmt: skip
            for each in function[field]:
                yield each[first], each[first + 1], each[first + 2]
    for each in facts[F.CLASSES]:
        yield each[F.K_LINE], each[F.K_COL], each[F.K_END]
    for each in facts[F.IMPORTS]:
        yield each[F.I_LINE], each[F.I_COL], each[F.I_END]
    for each in facts[F.BINDINGS]:
        yield each[F.B_LINE], 1, each[F.B_LINE]
    for line, column, _, _ in facts[F.COMMENTS]:
        yield line, column, line


def facts_or_reason(source: bytes) -> tuple[Any, ...] | NotParsedError:
    with PreparedInterpreter():
        try:
            return extract(source)
        except NotParsedError as error:
            return error


def assert_sound(source: bytes) -> None:
    """Facts survive marshal, are the same twice, and point into the file; or the reason does."""
    lines = line_count(source)
    facts = facts_or_reason(source)
    if isinstance(facts, NotParsedError):
        assert facts.code in ("syntax", "encoding", "null-bytes", "too-deep")
        assert 1 <= facts.line <= lines
        assert str(facts)
        return
    assert marshal.loads(marshal.dumps(facts, 4)) == facts == facts_or_reason(source)
    for first, column, last in positions(facts):
        assert 1 <= first <= last <= lines
        assert column >= 1


@FUZZ
@given(st.binary(max_size=400))
def test_extract_any_bytes_is_sound(source: bytes) -> None:
    assert_sound(source)


@FUZZ
@given(st.text(st.characters(), max_size=400))
def test_extract_any_text_is_sound(text: str) -> None:
    assert_sound(text.encode("utf-8", "surrogatepass"))


@FUZZ
@given(st.lists(PIECES, max_size=40).map("".join))
def test_extract_any_mix_of_python_is_sound(text: str) -> None:
    source = text.encode("utf-8", "surrogatepass")
    assert_sound(source)
    rewritten = rewrite_newer_syntax(source)
    if rewritten is not None:
        assert rewritten.count(b"\n") == source.count(b"\n")
        assert_sound(rewritten)


@FUZZ
@given(st.sampled_from(MODULES), st.data())
def test_extract_mutated_module_is_sound(path: str, data: st.DataObject) -> None:
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()[:120]
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        kind = data.draw(st.sampled_from(["drop", "double", "swap", "insert", "cut"]))
        if kind == "drop":
            lines[at] = ""
        elif kind == "double":
            lines.insert(at, lines[at])
        elif kind == "swap":
            other = data.draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], lines[at]
        else:
            cut = data.draw(st.integers(0, len(lines[at])))
            piece = data.draw(PIECES) if kind == "insert" else ""
            lines[at] = lines[at][:cut] + piece + (lines[at][cut:] if kind == "insert" else "")
    end = data.draw(st.sampled_from(["\n", "\r\n", "\r"]))
    assert_sound(end.join(lines).encode("utf-8", "surrogatepass"))


@FUZZ
@given(st.sampled_from(MODULES), st.data())
def test_extract_rearranged_valid_module_is_sound_and_parses(
    path: str, data: st.DataObject
) -> None:
    with open(path, "rb") as file:
        tree = ast.parse(file.read())
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    expressions = [node for node in ast.walk(tree) if isinstance(node, ast.Assign | ast.Expr)]
    holders = [node for node in statements if isinstance(getattr(node, "body", None), list)]
    for _ in range(data.draw(st.integers(1, 3))):
        if holders:
            holder = data.draw(st.sampled_from(holders))
            holder.body.insert(0, data.draw(st.sampled_from(expressions)))  # type: ignore[attr-defined]
    source = ast.unparse(tree).encode()

    assert_sound(source)


@pytest.mark.parametrize("group", range(GROUPS))
def test_extract_whole_standard_library_never_crashes(group: int) -> None:
    paths = [
        os.path.join(folder, name)
        for folder, _, names in os.walk(STANDARD_LIBRARY)
        if "site-packages" not in folder
        for name in names
        if name.endswith(".py")
    ]
    refused = 0
    for path in sorted(paths)[group::GROUPS]:
        with open(path, "rb") as file:
            source = file.read()
        facts = facts_or_reason(source)
        lines = line_count(source)
        if isinstance(facts, NotParsedError):
            assert 1 <= facts.line <= lines, path
            refused += 1
            continue
        wrong = [each for each in positions(facts) if not 1 <= each[0] <= each[2] <= lines]
        assert not wrong, path
        marshal.dumps(facts, 4)

    # Only the broken samples of its own tests.
    assert refused < 12


@pytest.mark.parametrize(
    ("source", "code", "line"),
    [
        (b"x = (\n", "syntax", 1),
        (b"a = 1\n\nx = '\xe9'\n", "encoding", 3),
        (b"x = '\xff'\n", "encoding", 1),
        (b"# coding: nope\nx = 1\n", "encoding", 1),
        (b"#!/bin/python\n# coding: rot13\nx = 1\n", "encoding", 2),
        (b"# coding: ascii\n\nx = '\xc3\xa9'\n", "encoding", 3),
        ("x = 1\n".encode("utf-16"), "encoding", 1),
        (b"x = 1\n\ny = '\0'\n", "null-bytes", 3),
        (b"x = '\\N{no such name}'\n", "syntax", 1),
        (b"# coding and encoding\nx = = codec\n", "syntax", 2),
        (b"x = " + b"(" * 10_000 + b"1" + b")" * 10_000, "too-deep", 1),
        (b"x = " + b" + ".join([b"a"] * 20_000), "too-deep", 1),
        (b"x = " + b"not " * 20_000 + b"a", "too-deep", 1),
        (b"".join(b" " * n + b"if a:\n" for n in range(500)) + b" " * 500 + b"pass", "too-deep", 0),
        (b"".join(b" " * n + b"def f():\n" for n in range(500)) + b" " * 500 + b"x", "too-deep", 0),
        (b"x = 1\rif x:\r", "syntax", 2),
    ],
    ids=lambda value: repr(value)[:30] if isinstance(value, bytes) else str(value),
)
def test_extract_bad_file_says_what_and_where(source: bytes, code: str, line: int) -> None:
    with PreparedInterpreter(), pytest.raises(NotParsedError) as caught:
        extract(source)

    assert caught.value.code == code
    assert caught.value.line == line or not line


@pytest.mark.parametrize("tail", [b".b" * 3000, b".b()" * 2000, b"()" * 2000, b"[0]" * 2000])
def test_extract_long_chain_keeps_facts_small(tail: bytes) -> None:
    facts: Any = facts_or_reason(b"import os\nx = os" + tail + b"\ny = os.getcwd()\n")
    if isinstance(facts, NotParsedError):  # 3.12 allows its parser less
        assert facts.code == "too-deep"
        return

    assert len(marshal.dumps(facts, 4)) < 200_000
    assert facts[F.FUNCTIONS][0][F.F_CALLS][-1][F.C_PATH] == "os.getcwd"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_extract_any_line_end_gives_the_same_facts(end: str) -> None:
    text = "import os\n\ndef f():\n    '''two\n    lines'''\n    g(os)  # bylaw: ignore[x] y\n"

    assert extract(text.replace("\n", end).encode()) == extract(text.encode())


@pytest.mark.parametrize(
    ("head", "encoding"),
    [("", "utf-8"), ("", "utf-8-sig"), ("# coding: latin-1\n", "latin-1"),
     ("# coding: cp1252\n", "cp1252"), ("# -*- coding: utf-8 -*-\n", "utf-8")],
)  # fmt: skip
def test_extract_any_encoding_counts_columns_in_characters(head: str, encoding: str) -> None:
    facts = extract(f"{head}é = 'ééé'; go(é)\n".encode(encoding))

    call = facts[F.FUNCTIONS][0][F.F_CALLS][0]
    assert (call[F.C_LINE], call[F.C_COL]) == (1 + head.count("\n"), 12)


def test_prepared_interpreter_leaves_the_process_as_it_was() -> None:
    import gc
    import sys
    import warnings

    before = (sys.getrecursionlimit(), gc.isenabled(), list(warnings.filters))
    with PreparedInterpreter():
        assert sys.getrecursionlimit() > before[0]

    assert (sys.getrecursionlimit(), gc.isenabled(), list(warnings.filters)) == before


BRANCHES = b"""
def read(a, b):
    f0()
    if a:
        return f1()
    elif b:
        f2()
    f1(b and f2() and f2(), f1())
    if b:
        sys.exit()
    for each in a:
        f3()
    f2(f3() if b else f3())
"""


def test_extract_calls_behind_branches_counts_them() -> None:
    facts = extract(BRANCHES)
    counted = {call[F.C_PATH]: set[int]() for call in facts[F.FUNCTIONS][1][F.F_CALLS]}
    for call in facts[F.FUNCTIONS][1][F.F_CALLS]:
        flags = facts[F.SITUATIONS][call[F.C_SITUATION]][F.S_FLAGS]
        counted[call[F.C_PATH]].add((flags & F.BRANCHES) // F.ONE_BRANCH)
    del counted["sys.exit"]
    assert counted == {"f0": {0}, "f1": {1}, "f2": {2}, "f3": {3}}


def _function(source: str, name: str) -> tuple[Any, ...]:
    facts = extract(source.encode())
    return next(each for each in facts[F.FUNCTIONS] if each[F.F_NAME] == name)


def test_extract_assert_in_function_tells_what_it_is_about() -> None:
    source = "def test(m):\n    assert m.total == 3\n    assert not m.called\n"
    assert _function(source, "test")[F.F_ASSERTS] == ((2, 2, False), (3, 3, True))


@pytest.mark.parametrize(
    ("head", "flag"),
    [
        ("(**rest)", F.UNTYPED_KEYWORDS),
        ("(**rest: int)", 0),
        ("() -> dict", F.RETURNS_DICT),
        ("() -> list[dict] | None", F.RETURNS_DICT),
        ("() -> dict[str, Any]", F.RETURNS_ANY_DICT),
        ("() -> dict[str, int]", 0),
        ("() -> tuple[int, str]", F.RETURNS_TUPLE),
        ("() -> tuple[int, ...]", 0),
    ],
)
def test_extract_signature_tells_what_is_left_untyped(head: str, flag: int) -> None:
    loose = F.UNTYPED_KEYWORDS | F.RETURNS_DICT | F.RETURNS_ANY_DICT | F.RETURNS_TUPLE
    function = _function(f"def each{head}:\n    return 1\n", "each")
    assert function[F.F_FLAGS] & loose == flag


@pytest.mark.parametrize("mark", ["", "# bylaw: ignore[x] y\n"])
def test_extract_type_ignore_keeps_the_comment_above(mark: str) -> None:
    source = f"a = 1\n# the stub is wrong\nb = a  # type: ignore[misc]  # noqa: E501\n{mark}"
    texts = [each[2] for each in extract(source.encode())[F.COMMENTS]]
    expected = ["# the stub is wrong", "# type: ignore[misc]"]
    assert [text.split("  # noqa")[0] for text in texts][:2] == expected


def test_extract_patterns_of_every_kind_in_a_function_that_is_looked_at_twice() -> None:
    source = b"""
def f(password, value):
    log(password)
    match value:
        case True | None | -1 | 2.5 | b"x" | "y":
            return 1
        case {"a": [first, *rest], **others} | Point(x=0, y=first):
            return first
        case _:
            return 2
"""
    assert len(extract(source)[F.FUNCTIONS]) == 2
