from __future__ import annotations

import pytest

from bylaw.finding import Finding
from bylaw.mends.context import MendContext
from bylaw.mends.edit import Mend, apply_edits
from bylaw.mends.future_annotations import future_annotations

LINE = "from __future__ import annotations"


def _mend(text: str) -> tuple[str, str]:
    """Grade, and the file afterwards."""
    finding = Finding(
        "missing-future-annotations", (), "warning", "definite", "a.py", 1, 1, 1, "a", "missing"
    )
    data = text.encode()
    context = MendContext(
        None, None, lambda path: data, {}, (), {}, frozenset(), frozenset(), True, {}, {}  # type: ignore[arg-type]
    )  # fmt: skip
    made = future_annotations(context, finding)
    if not isinstance(made, Mend):
        return "", text
    return made.grade, apply_edits(data, made.edits).decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import os\n", f"{LINE}\n\nimport os\n"),
        ("\nx = 1\n", f"{LINE}\n\nx = 1\n"),
        ('"""Doc."""\n\nimport os\n', f'"""Doc."""\n\n{LINE}\n\nimport os\n'),
        ('"""Doc."""\nimport os\n', f'"""Doc."""\n\n{LINE}\n\nimport os\n'),
        ('"""Doc.\n\nMore.\n"""  # c\n\n\nx = 1\n',
         f'"""Doc.\n\nMore.\n"""  # c\n\n{LINE}\n\nx = 1\n'),
        ('"""Doc."""', f'"""Doc."""\n\n{LINE}\n'),
        ("#!/usr/bin/env python\n# coding: utf-8\nimport os\n",
         f"#!/usr/bin/env python\n# coding: utf-8\n{LINE}\n\nimport os\n"),
        ("# Licence.\n# More.\n\nimport os\n", f"# Licence.\n# More.\n\n{LINE}\n\nimport os\n"),
        ("# about os\nimport os\n", f"{LINE}\n\n# about os\nimport os\n"),
        ("from __future__ import division\nimport os\n",
         f"{LINE}\nfrom __future__ import division\nimport os\n"),
        ('"""Doc."""\n\nfrom __future__ import division\n',
         f'"""Doc."""\n\n{LINE}\nfrom __future__ import division\n'),
        ("import os\r\nx = 1\r\n", f"{LINE}\r\n\r\nimport os\r\nx = 1\r\n"),
    ],
)  # fmt: skip
def test_future_annotations_place_is_above_all_code(before: str, after: str) -> None:
    grade, text = _mend(before)

    assert (grade, text) == ("safe", after)
    compile(text, "a.py", "exec")


@pytest.mark.parametrize("text", ["", "# only a comment\n", '"""Doc."""; import os\n'])
def test_future_annotations_without_a_place_there_is_no_mend(text: str) -> None:
    assert _mend(text) == ("", text)


@pytest.mark.parametrize(
    "text",
    [
        "from sqlmodel import SQLModel\n",
        "def f():\n    class Local: ...\n    def g(x: Local): ...\n    return g\n",
        "def f(kind):\n    class Model:\n        x: kind\n    return Model\n",
        "x = f.__annotations__\n",
    ],
)
def test_future_annotations_read_as_values_is_unsafe(text: str) -> None:
    assert _mend(text)[0] == "unsafe"


def test_future_annotations_local_functions_with_outer_names_are_safe() -> None:
    grade, text = _mend("from a import B\n\ndef f():\n    def g(x: B) -> int: ...\n    return g\n")

    assert grade == "safe"
    compile(text, "a.py", "exec")
