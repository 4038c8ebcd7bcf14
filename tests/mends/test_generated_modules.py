"""On modules nobody wrote: mending changes its edits only, and a second time nothing at all."""

from __future__ import annotations

import difflib
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.mends.conftest import Backend

RULES = (
    "relative-import", "unused-suppression", "import-time-env-read", "blocking-call-in-async",
)  # fmt: skip
_LINES = st.sampled_from(
    [
        "from .names import a",
        "from . import names  # keep",
        "from .names import (  # b\n    a,\n)",
        "x = 1  # bylaw: ignore[import-time-env-read] gone",
        "# bylaw: ignore[no-such-rule] ö",
        's = "\\\n  from .names import a # bylaw: ignore[x] y"',
        'T = os.getenv("T")',
        'U: str = os.getenv("U", "ü")',
        "def f():\n\treturn T",
        "def g():\n    return U, 'ä'   ",
        "async def h(u):\n    x = 'é'; requests.get(u)",
        "async def i(u):\n    return requests.get(\n        u,\n    ).text",
        "async def j():\n    time.sleep(1) ; pass",
        "class C :\n  y=( 1,2 )",
        "",
        "\t# just a comment   ",
    ]
)
_MODULES = st.tuples(
    st.sampled_from(["", '"""Doc."""\n', "#!/bin/python\n", "# coding: utf-8\n\n"]),
    st.lists(_LINES, max_size=12),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.booleans(),
)


def _content(parts: tuple[str, list[str], str, bool, bool]) -> bytes:
    head, lines, newline, mark, ended = parts
    text = head + "\n".join(["import os, time", "import requests", *lines]) + "\n" * ended
    return b"\xef\xbb\xbf" * mark + text.replace("\n", newline).encode()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_MODULES, min_size=1, max_size=3))
def test_mend_generated_modules_changes_edits_only_and_once(
    modules: list[tuple[str, list[str], str, bool, bool]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        backend = Backend(Path(folder).resolve() / "repository")
        contents = {f"app/m{number}.py": _content(each) for number, each in enumerate(modules)}
        names = {"app/__init__.py": "", "app/names.py": "a = 1\n", "run.py": "import app.m0\n"}
        backend.write({"bylaw.toml": "", **names, **contents})
        before = backend.state()

        first = backend.mend(*RULES, unsafe=True)
        after = backend.state()
        second = backend.mend(*RULES, unsafe=True)

        assert first.result.mends is not None
        assert second.result.mends is not None
        assert backend.state() == after
        assert second.result.mends.mended == 0
        assert second.result.findings == first.result.findings
        assert bool(first.result.mends.mended) == (before != after)
        assert set(before) == set(after)
        for path, data in contents.items():
            _only_edits(data, after[path])


def _only_edits(before: bytes, after: bytes) -> None:
    """Line by line: what was not mended is the same, byte for byte."""
    marks = (
        b"from .",
        b"bylaw:",
        b"getenv",
        b"requests.get",
        b"time.sleep",
        b" T",
        b"U, ",
        b"u,",
        b").text",
    )
    if after == before:
        return
    compile(after, "after.py", "exec")
    mark = b"\xef\xbb\xbf"
    assert before.startswith(mark) == after.startswith(mark)
    old, new = before.removeprefix(mark).split(b"\n"), after.removeprefix(mark).split(b"\n")
    for tag, start, end, _, _ in difflib.SequenceMatcher(None, old, new, False).get_opcodes():
        if tag in ("replace", "delete"):
            assert all(any(mark in row for mark in marks) for row in old[start:end])
    bare = after.count(b"\n") - after.count(b"\r\n")
    assert bare == (0 if b"\r\n" in before else after.count(b"\n"))
