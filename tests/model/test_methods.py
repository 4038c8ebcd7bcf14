"""Method calls: which class a receiver has, and how sure that is."""

from __future__ import annotations

import pytest
from tests.model.linked import Linked, callees

HEAD = """
from __future__ import annotations
import abc, functools, typing
from typing import Annotated, Optional, Protocol, Self, Union
from fastapi import Depends
class Base:
    def hook(self): ...
    def shared(self): ...
class Repo(Base):
    table: str
    @classmethod
    def build(cls): return cls()
    @classmethod
    def typed(cls) -> Self: return cls()
    def find(self): ...
    def chained(self) -> Self: return self
    def silent(self): return self
    def __getitem__(self, key): ...
class Other:
    def find(self): ...
def make() -> Repo: ...
def make_silently(): return Repo()
def get_repo():
    repo = Repo()
    yield repo
def get_typed() -> typing.Iterator[Repo]: yield Repo()
RepoDep = Annotated[Repo, Depends(get_repo)]
Repos = list[Repo]
Maybe = Optional[Repo]
REPO = Repo()
TABLE: dict[str, Repo] = {}
"""

CASES = {
    "annotation": ("def run(r: Repo): r.find()", "app.Repo.find?"),
    "quoted": ("def run(r: 'Repo'): r.find()", "app.Repo.find?"),
    "quoted union": ("def run(r: 'Repo | None'): r.find()", "app.Repo.find?"),
    "Optional": ("def run(r: Optional[Repo] = None): r.find()", "app.Repo.find?"),
    "None first": ("def run(r: None | Repo): r.find()", "app.Repo.find?"),
    "Union": ("def run(r: Union[Repo, None]): r.find()", "app.Repo.find?"),
    "Annotated": ("def run(r: Annotated[Repo, 'x']): r.find()", "app.Repo.find?"),
    "alias Annotated": ("def run(r: RepoDep): r.find()", "app.Repo.find?"),
    "alias list": ("def run(r: Repos):\n    for x in r: x.find()", "app.Repo.find?"),
    "alias Optional": ("def run(r: Maybe): r.find()", "app.Repo.find?"),
    "list element": ("def run(r: list[Repo]): r[0].find()", "app.Repo.find?"),
    "list loop": ("def run(r: list[Repo]):\n    for x in r: x.find()", "app.Repo.find?"),
    "list pop": ("def run(r: list[Repo]): r.pop().find()", "app.Repo.find?"),
    "dict value": ("def run(r: dict[str, Repo]): r['x'].find()", "app.Repo.find?"),
    "dict get": ("def run(r: dict[str, Repo]): r.get('x').find()", "app.Repo.find?"),
    "dict values": ("def run(r: dict[str, Repo]):\n    for x in r.values(): x.find()",
                    "app.Repo.find?"),
    "dict of module": ("def run(): TABLE['x'].find()", "app.Repo.find?"),
    "nested containers": ("def run(r: dict[str, list[Repo]]):\n    for x in r['a']: x.find()",
                          "app.Repo.find?"),
    "type": ("def run(r: type[Repo]): r.build()", "app.Repo.build?"),
    "constructor": ("def run():\n    r = Repo()\n    r.find()", "app.Repo.find"),
    "chain": ("def run(): Repo().find()", "app.Repo.find"),
    "annotated variable": ("def run(x):\n    r: Repo = x\n    r.find()", "app.Repo.find?"),
    "module instance": ("def run(): REPO.find()", "app.Repo.find"),
    "return annotation": ("def run(): make().find()", "app.make app.Repo.find?"),
    "inferred return": ("def run(): make_silently().find()", "app.make_silently app.Repo.find"),
    "Self": ("def run(): Repo().chained().find()", "app.Repo.chained app.Repo.find?"),
    "return self": ("def run(): Repo().silent().find()", "app.Repo.silent app.Repo.find"),
    "classmethod": ("def run(): Repo.build().find()", "app.Repo.build app.Repo.find"),
    "classmethod Self": ("def run(): Repo.typed().find()", "app.Repo.typed app.Repo.find?"),
    "classmethod of a subclass": (
        "class Deep(Repo):\n    def own(self): ...\ndef run(): Deep.build().own()",
        "app.Repo.build app.Deep.own"),
    "Self of a subclass": (
        "class Deep(Repo):\n    def own(self): ...\ndef run(): Deep().chained().own()",
        "app.Repo.chained app.Deep.own?"),
    "Self keeps overrides": (
        "class Deep(Repo):\n    def find(self): ...\ndef run(): Deep.typed().find()",
        "app.Repo.typed app.Deep.find?"),
    "TypeVar of the class": (
        "T = typing.TypeVar('T')\nclass B:\n    @classmethod\n    def new(cls: type[T]) -> T: "
        "return cls()\nclass C(B):\n    def own(self): ...\ndef run(): C.new().own()",
        "app.B.new app.C.own"),
    "inherited": ("def run(): Repo().shared()", "app.Base.shared"),
    "super": ("class D(Repo):\n    def find(self): super().find()\ndef run(): D().find()",
              "app.D.find"),
    "Depends default": ("def run(r=Depends(get_repo)): r.find()", "app.Repo.find"),
    "Depends typed default": ("def run(r: Repo = Depends(get_repo)): r.find()", "app.Repo.find?"),
    "Depends Annotated": ("def run(r: Annotated[Repo, Depends(get_typed)]): r.find()",
                          "app.Repo.find?"),
    "Depends on a class": ("def run(r=Depends(Repo)): r.find()", "app.Repo.find"),
    "Depends bare class": ("def run(r: Annotated[Repo, Depends()]): r.find()", "app.Repo.find?"),
    "generator dependency": ("def run(r=Depends(get_typed)): r.find()", "app.Repo.find?"),
    "walrus": ("def run():\n    if (r := Repo()): r.find()", "app.Repo.find"),
    "tuple assignment": ("def run():\n    a, b = REPO, 1\n    a.find()", "app.Repo.find"),
    "conditional": ("def run(x):\n    r = Repo() if x else None\n    r.find()", "app.Repo.find"),
    "or": ("def run(r: Repo = None):\n    (r or Repo()).find()", "app.Repo.find?"),
    "comprehension": ("def run(rs: list[Repo]): return [r.find() for r in rs]", "app.Repo.find?"),
    "lambda": ("def run(): return (lambda: Repo().find())", ""),
    "star args": ("def run(*args, **kw): Repo().find(*args, **kw)", "app.Repo.find"),
    "unknown parameter": ("def run(r): r.find()", ""),
    "Any": ("def run(r: typing.Any): r.find()", ""),
    "two classes, one name": ("def run(r: Other): r.find()", "app.Other.find?"),
    "unbound method": ("def run(): Repo.find(REPO)", "app.Repo.find"),
    "bound method kept": ("def run():\n    f = REPO.find\n    f()", "app.Repo.find"),
    "partial": ("def run():\n    f = functools.partial(make)\n    f().find()",
                "app.make app.Repo.find?"),
    "NewType": ("Own = typing.NewType('Own', Repo)\ndef run(r: Own): r.find()", "app.Repo.find?"),
    "cached factory": (
        "@functools.cache\ndef one() -> Repo: ...\n"
        "@functools.lru_cache()\ndef two(): return Repo()\n"
        "def run():\n    one().find()\n    two().hook()",
        "app.one app.Repo.find? app.two app.Base.hook"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_methods_receiver_by_evidence_reaches_the_method(name: str) -> None:
    source, expected = CASES[name]
    linked = Linked(HEAD + source)
    wanted = callees(expected)

    assert linked.calls("app.run") - {"app.Base.__init__"} == wanted


SELF = {
    "in __init__": ("def __init__(self): self.r = Repo()", "app.Repo.find"),
    "in another method": ("def setup(self): self.r = Repo()", "app.Repo.find"),
    "from a parameter": ("def __init__(self, r: Repo): self.r = r", "app.Repo.find?"),
    "annotated": ("def __init__(self, r): self.r: Repo = r", "app.Repo.find?"),
    "class level": ("r: Repo", "app.Repo.find?"),
    "class level Optional": ("r: Optional[Repo] = None", "app.Repo.find?"),
    "class level value": ("r = Repo()", "app.Repo.find"),
    "property": ("@property\n    def r(self) -> Repo: ...", "app.Repo.find? app.K.r"),
    "cached property": (
        "@functools.cached_property\n    def r(self): return Repo()", "app.Repo.find app.K.r"),
    "unknown": ("def __init__(self, r): self.r = r", ""),
}  # fmt: skip


@pytest.mark.parametrize("heir", [False, True], ids=["own", "inherited"])
@pytest.mark.parametrize("name", SELF)
def test_self_attribute_set_somewhere_reaches_the_method(name: str, heir: bool) -> None:
    body, expected = SELF[name]
    source = f"{HEAD}\nclass K:\n    {body}\n    def run(self): self.r.find()\n"
    symbol = "app.K.run"
    if heir:
        source = f"{HEAD}\nclass K:\n    {body}\nclass L(K):\n    def run(self): self.r.find()\n"
        symbol = "app.L.run"

    assert Linked(source).calls(symbol) == callees(expected)


def test_property_read_alone_is_a_call() -> None:
    source = "class K:\n    @property\n    def p(self): ...\ndef run():\n    return K().p\n"

    assert Linked(source).calls("app.run") == {"app.K.p"}


def test_property_in_the_middle_of_a_chain_is_a_call() -> None:
    source = """
    class Deep:
        def go(self): ...
        value = 1
    class K:
        @property
        def p(self) -> Deep: ...
    def run(): K().p.go()
    def read(): return K().p.value
    """
    linked = Linked(source)

    assert linked.calls("app.run") == {"app.K.p", "app.Deep.go?"}
    assert linked.calls("app.read") == {"app.K.p"}


def test_property_setter_reads_run_the_getter() -> None:
    source = """
    class K:
        @property
        def p(self): ...
        @p.setter
        def p(self, value): ...
    def run(): return K().p
    """
    linked = Linked(source)
    (edge,) = linked.graph.edges[linked.function("app.run")]

    assert linked.project.functions[edge.callee][1] == 4
