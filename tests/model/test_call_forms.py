"""Forms of calls: construction, decorators, context managers, callables, nested functions."""

from __future__ import annotations

import textwrap

import pytest
from tests.model.linked import Linked, callees

HEAD = """
from __future__ import annotations
import asyncio, contextlib, dataclasses, enum, functools, threading, typing
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pydantic import BaseModel, Field, field_validator, model_validator
def low(): ...
class Repo:
    def find(self): ...
"""

FORMS = {
    "__init__": """
        class K:
            def __init__(self): ...
        def run(): K()
        > app.K.__init__""",
    "__new__ and __init__": """
        class K:
            def __new__(cls): ...
            def __init__(self): ...
        def run(): K()
        > app.K.__new__ app.K.__init__""",
    "__post_init__": """
        @dataclass
        class K:
            a: int
            def __post_init__(self): ...
        def run(): K(1)
        > app.K.__post_init__""",
    "dataclass field": """
        @dataclass
        class K:
            r: Repo
        def run(k: K): k.r.find()
        > app.Repo.find?""",
    "default_factory": """
        @dataclass
        class K:
            a: list = dataclasses.field(default_factory=low)
        def run(): K()
        > app.low?""",
    "pydantic default_factory": """
        class K(BaseModel):
            a: int = Field(default_factory=low)
        def run(): K()
        > app.low?""",
    "pydantic validators": """
        class K(BaseModel):
            a: int
            @field_validator("a")
            @classmethod
            def check(cls, value): ...
            @model_validator(mode="after")
            def whole(self): ...
            def plain(self): ...
        def run(): K(a=1)
        > app.K.check? app.K.whole?""",
    "pydantic method": """
        class K(BaseModel):
            r: Repo
            def go(self): ...
        def run(k: K):
            k.go()
            k.r.find()
        > app.K.go? app.Repo.find?""",
    "NamedTuple": """
        class K(typing.NamedTuple):
            r: Repo
            def go(self): ...
        def run(k: K):
            k.go()
            k.r.find()
        > app.K.go? app.Repo.find?""",
    "Enum member": """
        class Color(enum.Enum):
            RED = 1
            def text(self): ...
            @classmethod
            def first(cls): return cls.RED
        def run():
            Color.RED.text()
            Color.first().text()
            Color("x").text()
        > app.Color.text app.Color.first""",
    "callable instance": """
        class K:
            def __call__(self): ...
        k = K()
        def run():
            k()
            K()()
        > app.K.__call__""",
    "decorated by a wrapper": """
        def deco(f):
            @functools.wraps(f)
            def wrapper(*a): return f(*a)
            return wrapper
        @deco
        def run(): low()
        > app.low app.deco.wrapper?""",
    "decorator factory": """
        def deco(name):
            def outer(f):
                def wrapper(*a): return f(*a)
                return wrapper
            return outer
        @deco("x")
        def run(): low()
        > app.low app.deco.outer.wrapper?""",
    "decorator that gives back": """
        def deco(f): return f
        @deco
        def run(): low()
        > app.low""",
    "decorating context manager": """
        @contextmanager
        def held(): yield
        @held()
        def run(): low()
        > app.low app.held?""",
    "decorating class": """
        class Deco:
            def __init__(self, f): ...
            def __call__(self): ...
        @Deco
        def run(): low()
        > app.low app.Deco.__call__?""",
    "context manager class": """
        class Lock:
            def __enter__(self) -> Repo: ...
            def __exit__(self, *a): ...
        def run():
            with Lock() as r: r.find()
        > app.Lock.__enter__ app.Lock.__exit__ app.Repo.find?""",
    "context manager by name": """
        class Lock:
            def __enter__(self): return self
            def __exit__(self, *a): ...
            def go(self): ...
        lock = Lock()
        def run():
            with lock as l: l.go()
        > app.Lock.__enter__ app.Lock.__exit__ app.Lock.go""",
    "contextmanager": """
        class Session:
            def __enter__(self): ...
            def __exit__(self, *a): ...
            def go(self): ...
        @contextmanager
        def opened() -> typing.Iterator[Session]: yield Session()
        def run():
            with opened() as s: s.go()
        > app.opened app.Session.go?""",
    "async context manager": """
        class Lock:
            async def __aenter__(self): return self
            async def __aexit__(self, *a): ...
            def go(self): ...
        async def run():
            async with Lock() as l: l.go()
        > app.Lock.__aenter__ app.Lock.__aexit__ app.Lock.go""",
    "asynccontextmanager": """
        @asynccontextmanager
        async def opened(): yield Repo()
        async def run():
            async with opened() as s: s.find()
        > app.opened app.Repo.find""",
    "nested function": """
        def run():
            def inner(): low()
            inner()
        > app.run.inner""",
    "nested function not called": """
        def run():
            def inner(): low()
            return inner
        > """,
    "closure variable": """
        def run():
            r = Repo()
            def inner(): r.find()
            return inner
        > """,
    "lambda called": """
        def run():
            f = lambda: low()
            f()
        > app.run.<lambda>""",
    "recursion": """
        def run(): run()
        > app.run""",
    "global variable": """
        conn = None
        def connect():
            global conn
            conn = Repo()
        def run(): low()
        > app.low""",
    "generic class called": """
        T = typing.TypeVar("T")
        class Box(typing.Generic[T]):
            def __init__(self): ...
            def go(self): ...
        def run(): Box[int]().go()
        > app.Box.__init__ app.Box.go""",
    "class in a function": """
        def run():
            class K:
                def go(self): ...
            K().go()
        > app.run.K.go""",
    "static method": """
        class K:
            @staticmethod
            def go(): ...
        def run():
            K.go()
            K().go()
        > app.K.go""",
    "del and subscript": """
        def run(x): del x[0]; x[1] = low()
        > app.low""",
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_call_forms_each_reaches_what_runs(name: str) -> None:
    source, _, expected = FORMS[name].rpartition("        > ")
    linked = Linked(HEAD + textwrap.dedent(source))

    assert linked.calls("app.run") == callees(expected)


def test_closure_variable_keeps_its_class() -> None:
    source = "class R:\n    def f(self): ...\ndef run():\n    r = R()\n    def inner(): r.f()\n"

    assert Linked(source).calls("app.run.inner") == {"app.R.f"}


def test_mutual_recursion_ends() -> None:
    linked = Linked("def a(): return b()\ndef b(): return a()\ndef run(): a().x()\n")

    assert linked.calls("app.run") == {"app.a"}
    assert linked.graph.unresolved == 1


def test_class_decorator_runs_where_the_class_stands() -> None:
    linked = Linked("def deco(k): return k\n@deco\nclass K: pass\n")

    assert linked.calls("app") == {"app.deco"}


def test_default_value_runs_where_the_function_stands() -> None:
    linked = Linked("def low(): ...\ndef run(x=low()): ...\n")

    assert linked.calls("app") == {"app.low"}
    assert linked.calls("app.run") == set()


def test_partial_passed_on_reaches_its_function() -> None:
    source = "import asyncio, functools\ndef low(x): ...\n" \
        "async def run(): await asyncio.to_thread(functools.partial(low, 1))\n"  # fmt: skip

    assert Linked(source).calls("app.run") == {"app.low|"}


def test_celery_task_methods_are_the_task_s_own() -> None:
    source = """
    from celery import Celery, shared_task
    app = Celery()
    @app.task(bind=True)
    def one(self): ...
    @shared_task
    def two(): ...
    def run():
        one.delay()
        two.apply_async()
    """

    assert Linked(source).sinks("app.run") == {"celery.Task.delay", "celery.Task.apply_async"}


def test_class_made_by_a_factory_is_known_by_its_annotation() -> None:
    source = """
    from fastapi import APIRouter
    def make() -> type[APIRouter]: ...
    Own = make()
    router = Own()
    @router.get("/")
    def run(): ...
    """

    assert Linked(source).graph.unresolved == 0


def test_property_accessors_and_known_decorators_are_resolved() -> None:
    source = """
    import fastapi
    router = fastapi.APIRouter()
    class K:
        @property
        def p(self): ...
        @p.setter
        def p(self, value): ...
    @router.post("/")
    def run(): ...
    """

    assert Linked(source).graph.unresolved == 0
