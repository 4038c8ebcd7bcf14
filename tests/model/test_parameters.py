"""Parameters without annotations: what callers pass decides, where they agree."""

from __future__ import annotations

import pytest
from tests.model.linked import Linked, callees

HEAD = """
class R:
    def find(self): ...
class Other:
    def find(self): ...
    def more(self): ...
class K:
    def __init__(self, r): r.find()
    def method(self, r): r.find()
    @staticmethod
    def static(r): r.find()
    @classmethod
    def made(cls, r): r.find()
def run(r): r.find()
"""

CASES = {
    "by position": ("def a(): run(R())", "app.run", "app.R.find?"),
    "by keyword": ("def a(): run(r=R())", "app.run", "app.R.find?"),
    "annotated at the caller": ("def a(r: R): run(r)", "app.run", "app.R.find?"),
    "two that agree": ("def a(): run(R())\ndef b(r: R): run(r)", "app.run", "app.R.find?"),
    "two that disagree": ("def a(): run(R())\ndef b(): run(Other())", "app.run", ""),
    "one unknown": ("def a(): run(R())\ndef b(x): run(x)", "app.run", "app.R.find??"),
    "None besides": ("def a(): run(R())\ndef b(): run(None)", "app.run", "app.R.find?"),
    "nobody calls": ("", "app.run", ""),
    "star": ("def a(x): run(*x)", "app.run", ""),
    "passed on": ("def b(r): run(r)\ndef a(): b(R())", "app.run", "app.R.find?"),
    "passed on and round": (
        "def b(r):\n    b(r)\n    run(r)\ndef a(): b(R())", "app.run", "app.R.find??"),
    "found late": (
        "def low(x): x.find()\nclass Deep:\n    def go(self, x): low(x)\n"
        "def mid(d): d.go(R())\ndef a(): mid(Deep())", "app.low", "app.R.find?"),
    "constructor": ("def a(): K(R())", "app.K.__init__", "app.R.find?"),
    "method": ("def a(): K(R()).method(R())", "app.K.method", "app.R.find?"),
    "method through the class": ("def a(k): K.method(k, R())", "app.K.method", "app.R.find?"),
    "static": ("def a(): K.static(R())", "app.K.static", "app.R.find?"),
    "classmethod": ("def a(): K.made(R())", "app.K.made", "app.R.find?"),
    "callback": ("def go(f): f()\ndef low(): ...\ndef a(): go(low)", "app.go", "app.low?"),
    "nested function": (
        "def outer(r):\n    def inner(): r.find()\n    inner()\ndef a(): outer(R())",
        "app.outer.inner", "app.R.find?"),
    "chain": (
        "class S:\n    def r(self) -> R: ...\ndef go(s): s.r().find()\ndef a(): go(S())",
        "app.go", "app.S.r? app.R.find?"),
    "module level": ("R2 = R()\nrun(R2)", "app.run", "app.R.find?"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_parameters_callers_that_agree_decide(name: str) -> None:
    source, symbol, expected = CASES[name]

    assert Linked(HEAD + source).calls(symbol) >= callees(expected)
    if not expected:
        assert Linked(HEAD + source).calls(symbol) == set()


def test_parameters_doubles_of_tests_do_not_count() -> None:
    test = "from app import Other, run\ndef test_it(): run(Other())\n"

    assert Linked({"app.py": HEAD + "def a(): run(R())", "tests/test_a.py": test}).calls(
        "app.run"
    ) == {"app.R.find?"}


def test_parameters_resolved_calls_are_counted_once() -> None:
    linked = Linked("class R:\n    def find(self): ...\ndef run(r): r.find()\ndef a(): run(R())\n")

    assert (linked.graph.resolved, linked.graph.unresolved) == (3, 0)
    assert len(linked.graph.edges[linked.function("app.run")]) == 1
