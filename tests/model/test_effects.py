"""Effects: who reaches which, by which road, how surely, and what holds them up."""

from __future__ import annotations

import pytest
from tests.model.linked import Linked, own_stubs

from bylaw.model.effects import MOST_SINKS, reach

STUBS = own_stubs(
    call={
        "lib.net": "network blocking",
        "lib.anet": "network",
        "lib.sleep": "sleep blocking",
        "lib.rand": "random:unseeded",
        "lib.open": "filesystem-read:mode",
        "lib.Client.get": "network",
        "lib.Client.__enter__": "database",
        "lib.Query.__iter__": "database",
        "lib.Query.filter": "",
    },
    value={"lib.environ": "env-read"},
    returns={"lib.Query.filter": "lib.Query"},
    invokes={"lib.to_thread": "0 thread", "lib.run": "0", "lib.later": "0 later"},
)
HEAD = "import lib\n"


def linked(source: str) -> Linked:
    return Linked(HEAD + source, stubs=STUBS)


REACHED = {
    "itself": ("def run(): lib.net()", "network blocking"),
    "one call away": ("def low(): lib.anet()\ndef run(): low()", "network"),
    "cycle": ("def a(): b()\ndef b():\n    a()\n    lib.anet()\ndef run(): a()", "network"),
    "itself again": ("def run():\n    run()\n    lib.anet()", "network"),
    "probable": ("class K:\n    def m(self): lib.anet()\ndef run(k: K): k.m()", "network?"),
    "probable stays probable": (
        "class K:\n    def m(self): lib.anet()\ndef low(k: K): k.m()\ndef run(): low(1)",
        "network?"),
    "instance of a library": ("def run(c: lib.Client): c.get()", "network?"),
    "constructed instance": ("def run(): lib.Client().get()", "network"),
    "with": ("def run():\n    with lib.Client() as c: c.get()", "database network"),
    "value": ("def run(): return lib.environ['A']", "env-read"),
    "value kept by a module": ("E = lib.environ\ndef run(): return 1", ""),
    "loop over a lazy query": (
        "def run():\n    for x in lib.Query().filter(): pass", "database"),
    "comprehension over a lazy query": ("def run(): return [x for x in lib.Query()]", "database"),
    "list of a lazy query": ("def run(): return list(lib.Query())", "database"),
    "lazy query alone": ("def run(): return lib.Query().filter()", ""),
    "seeded": ("def run(): lib.rand(1)", ""),
    "unseeded": ("def run(): lib.rand()", "random"),
    "sleep of nothing": ("async def run(): await lib.sleep(0)", ""),
    "open to read": ("def run(): lib.open('x')", "filesystem-read"),
    "open to write": ("def run(): lib.open('x', 'w')", "filesystem-write"),
    "awaited is not blocking": ("async def run(): await lib.net()", "network"),
    "coroutine not awaited": ("async def low(): lib.anet()\ndef run(): low()", ""),
    "coroutine run": ("async def low(): lib.anet()\ndef run(): lib.run(low())", "network"),
    "coroutine awaited": ("async def low(): lib.anet()\nasync def run(): await low()", "network"),
    "generator made at import": ("def low():\n    yield lib.anet()\nG = low()", ""),
    "generator consumed at import": (
        "def low():\n    yield lib.anet()\nfor x in low(): pass", "network"),
    "generator in a function": ("def low():\n    yield lib.anet()\ndef run(): low()", "network"),
    "passed by name": ("def low(): lib.anet()\ndef run(): lib.run(low)", "network"),
    "passed for later": ("def low(): lib.anet()\ndef run(): lib.later(low)", ""),
    "decorator's wrapper": (
        "def deco(f):\n    def inner(): lib.anet()\n    return inner\n@deco\ndef run(): ...",
        "network?"),
    "class body": ("class K:\n    x = lib.anet()\ndef run(): K()", ""),
    "validator": ("class K:\n    def __init__(self): lib.anet()\ndef run(): K()", "network"),
    "unknown": ("def run(x): x.get()\ndef other(): lib.nothing()", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", REACHED)
def test_effects_function_reaches_exactly(name: str) -> None:
    source, expected = REACHED[name]
    symbol = "app.run" if "def run" in source else "app"

    assert linked(source).effects(symbol) == set(expected.split())


def test_effects_class_body_belongs_to_the_module() -> None:
    assert linked("class K:\n    x = lib.anet()\n").effects("app") == {"network"}


def test_effects_witness_is_the_shortest_road() -> None:
    source = """
def sink(): lib.anet()
def c(): sink()
def b(): c()
def a(): b()
def run():
    a()
    c()
"""

    assert linked(source).witness("app.run", "network") == ["app.run", "app.c", "app.sink"]


def test_effects_definite_road_is_preferred_to_a_shorter_probable_one() -> None:
    source = """
class K:
    def m(self): lib.anet()
def b(): K().m()
def a(): b()
def run(k: K):
    k.m()
    a()
"""
    project = linked(source)

    assert project.effects("app.run") == {"network"}
    assert project.witness("app.run", "network") == ["app.run", "app.a", "app.b", "app.K.m"]


def test_effects_confidence_is_the_weakest_step() -> None:
    source = """
class P:
    def m(self): raise NotImplementedError
class A(P):
    def m(self): lib.anet()
class B(P):
    def m(self): lib.anet()
def low(p: P): p.m()
def mid(): low(1)
def run(): mid()
"""

    assert linked(source).effects("app.run") == {"network??"}


def test_effects_many_sinks_are_capped_and_the_nearest_kept() -> None:
    lows = "".join(f"def low{i}(): lib.anet()\n" for i in range(40))
    mids = "def mid():\n" + "".join(f"    low{i}()\n" for i in range(40))
    project = linked(f"{lows}{mids}def run():\n    mid()\n    lib.anet()\n")
    number = project.function("app.run")
    found = project.reach("app.run").of(number)

    assert len(found) == MOST_SINKS + 1
    assert found[0].holder == number


def test_effects_own_sinks_are_never_capped() -> None:
    calls = "".join("    lib.anet()\n" for _ in range(MOST_SINKS * 2))
    project = linked(f"def run():\n{calls}")

    assert len(project.reach("app.run").of(project.function("app.run"))) == MOST_SINKS * 2


def test_effects_thread_marks_the_edge_and_the_seed() -> None:
    project = linked("""
def low(): lib.net()
async def run():
    await lib.to_thread(low)
    await lib.to_thread(lib.net)
""")

    assert project.calls("app.run") == {"app.low|"}
    assert project.sinks("app.run") == {"lib.net|"}


def test_effects_stop_keeps_the_effect_from_callers() -> None:
    project = linked("def low(): lib.net()\ndef mid(): low()\ndef run(): mid()\n")
    low, mid, run = (project.function(f"app.{name}") for name in ("low", "mid", "run"))
    answer = reach(
        project.graph,
        [run],
        lambda _, seed: True,
        lambda _, edge: True,
        stops=lambda caller, edge, seed: caller == mid and seed.kind == "blocking",
    )

    assert {each.seed.kind for each in answer.of(low)} == {"network", "blocking"}
    assert {each.seed.kind for each in answer.of(run)} == {"network"}


def test_effects_other_road_round_a_stop_is_found() -> None:
    project = linked("""
def low(): lib.anet()
def left(): low()
def right(): low()
def run():
    left()
    right()
""")
    left, run = project.function("app.left"), project.function("app.run")
    answer = reach(
        project.graph,
        [run],
        lambda _, seed: True,
        lambda _, edge: True,
        stops=lambda caller, edge, seed: caller == left,
    )

    assert [step.symbol for step in answer.witness(run, answer.of(run)[0])] == [
        "app.run",
        "app.right",
        "app.low",
    ]


def test_effects_edges_not_followed_reach_nothing() -> None:
    project = linked("def low(): lib.anet()\ndef run(): low()\n")
    number = project.function("app.run")
    answer = reach(project.graph, [number], lambda _, seed: True, lambda _, edge: False)

    assert answer.of(number) == []


def test_effects_answer_is_the_same_whatever_the_order_of_files() -> None:
    files = {
        "a.py": "from b import f\ndef run(): f()\n",
        "b.py": "import lib\nfrom c import g\ndef f():\n    g()\n    lib.net()\n",
        "c.py": "import lib\nimport b\ndef g():\n    b.f()\n    lib.anet()\n",
    }
    one = Linked(files, stubs=STUBS)
    other = Linked(dict(reversed(files.items())), stubs=STUBS)

    assert one.graph.edges == other.graph.edges
    assert one.witness("a.run", "network") == other.witness("a.run", "network")
