"""What a rule of a plug-in may ask, question by question."""

from __future__ import annotations

import textwrap

import pytest

from bylaw.facts.extract import extract
from bylaw.model.call_graph import CallGraph
from bylaw.model.graph_building import build_call_graph
from bylaw.model.project import link
from bylaw.model.stub_table import load_stubs
from bylaw.plugin import Call, Context, Function, Module, Option, RuleInfo
from bylaw.rules.context import RuleContext

LIMIT = Option("limit", 3, "most")
INFO = RuleInfo("acme-x", "One.", "Two.", options=(LIMIT,), clauses=("A-1",))


def asked(files: dict[str, str], **options: object) -> Context:
    paths = sorted(files)
    facts = [extract(textwrap.dedent(files[path]).encode()) for path in paths]
    graph: CallGraph = build_call_graph(link(paths, facts, load_stubs("", "")))
    return Context(RuleContext("/root", graph.project, graph, {}, {"acme-x": options}, {}), INFO)


def module(context: Context, name: str) -> Module:
    [found] = [each for each in context.modules if each.name == name]
    return found


def function(context: Context, symbol: str) -> Function:
    [found] = [each for each in context.functions if each.symbol == symbol]
    return found


def calls(found: Function) -> dict[str, Call]:
    return {each.name: each for each in found.calls}


def test_module_says_what_it_is() -> None:
    context = asked(
        {
            "app/__init__.py": "",
            "app/main.py": "x = 1\n",
            "tests/test_main.py": "def test_one(): ...\n",
        }
    )
    main = module(context, "app.main")
    assert (main.path, main.role, main.is_package) == ("app/main.py", "code", False)
    assert module(context, "app").is_package
    assert [each.role for each in context.modules if each.path.startswith("tests")] == ["test"]
    assert main == module(context, "app.main")
    assert len({main, module(context, "app.main")}) == 1
    assert main.place == ("app/main.py", 1, 1, 1)


def test_function_says_what_it_is() -> None:
    context = asked(
        {
            "app.py": """\
            import functools
            from uuid import UUID

            class Base: ...

            class Shop(Base):
                open: bool = True

                @functools.cache
                async def sell(self, key: UUID, *, count=1):
                    def inner():
                        yield 1
                    return inner

                @property
                def name(self): return ""
            """
        }
    )
    sell = function(context, "app.Shop.sell")
    assert (sell.name, sell.is_async, sell.is_generator, sell.is_nested) == (
        "sell", True, False, False,
    )  # fmt: skip
    assert sell.line_count == 4
    assert (sell.place.line, sell.place.end_line) == (10, 10)
    assert sell.decorators == ("functools.cache",)
    assert [tuple(each) for each in sell.parameters] == [
        ("self", "", False), ("key", "uuid.UUID", False), ("count", "", True),
    ]  # fmt: skip
    assert sell.owner is not None
    assert (sell.owner.symbol, sell.owner.name, sell.owner.bases) == (
        "app.Shop", "Shop", ("app.Base",),
    )  # fmt: skip
    assert sell.owner.attributes == ("open",)
    assert [each.name for each in sell.owner.methods] == ["sell", "name"]
    assert [each.name for each in sell.owner.methods if each.is_property] == ["name"]
    [inner] = [each for each in context.functions if each.name == "inner"]
    assert (inner.is_nested, inner.is_generator) == (True, True)
    body = module(context, "app").body
    assert (body.is_module_body, body.name, body.symbol) == (True, "", "app")
    assert [each.name for each in context.classes] == ["Base", "Shop"]


def test_calls_are_resolved_by_name() -> None:
    context = asked(
        {
            "app/__init__.py": "",
            "app/db.py": "def connect(url, timeout=1): ...\n\nclass Pool: ...\n",
            "app/main.py": """\
            from requests import get as fetch
            from app import db
            from app.db import Pool

            async def work(given):
                for each in range(3):
                    fetch("https://x", timeout=5, verify=False, headers=given)
                await other()
                db.connect(*given, **{})
                Pool()
                given.anything()

            async def other(): ...
            """,
        }
    )
    work = function(context, "app.main.work")
    found = calls(work)
    get = found["requests.get"]
    assert (get.in_loop, get.is_awaited, get.spreads, get.target) == (True, False, False, None)
    first, verify, headers = get.argument(0), get.argument("verify"), get.argument("headers")
    assert first is not None
    assert (first.constant, first.value) == (True, "https://x")
    assert get.argument("timeout") == (True, 5, "")
    assert verify == (True, False, "")
    assert headers is not None
    assert not headers.constant
    assert (get.argument(1), get.argument("json")) == (None, None)
    assert found["app.main.other"].is_awaited
    assert found["app.main.other"].target == function(context, "app.main.other")
    assert found["app.db.connect"].spreads
    assert found["app.db.connect"].argument(0) is None
    pool = found["app.db.Pool"].target
    assert pool is not None
    assert pool.symbol == "app.db.Pool"
    assert "" in found
    assert get.place.path == "app/main.py"
    assert get.symbol == "app.main.work"


@pytest.mark.parametrize(
    ("names", "lines"),
    [
        (("requests.get",), [4, 7]),
        (("app.send",), [8]),
        (("builtins.print",), [9]),
        (("requests.get", "builtins.print"), [4, 7, 9]),
        (("requests.post",), []),
    ],
)
def test_calls_of_finds_every_spelling(names: tuple[str, ...], lines: list[int]) -> None:
    context = asked(
        {
            "app.py": """\
            import requests
            from requests import get as fetch
            def send():
                requests.get("x")

            def main():
                fetch("y")
                send()
                print()
            """
        }
    )
    assert [each.place.line for each in context.calls_of(*names)] == lines


def test_imports_say_what_and_when() -> None:
    context = asked(
        {
            "app/__init__.py": "",
            "app/a.py": """\
            from typing import TYPE_CHECKING
            import os.path
            from . import b
            from .b import thing as other

            if TYPE_CHECKING:
                from app.c import Kind

            def late():
                import app.c
            """,
            "app/b.py": "thing = 1\n",
            "app/c.py": "class Kind: ...\n",
        }
    )
    found = [
        (each.target_name, each.alias, each.when, each.target and each.target.name)
        for each in module(context, "app.a").imports
    ]
    assert found == [
        ("typing.TYPE_CHECKING", "TYPE_CHECKING", "load", None),
        ("os.path", "os", "load", None),
        ("app.b", "b", "load", "app.b"),
        ("app.b.thing", "other", "load", "app.b"),
        ("app.c.Kind", "Kind", "typing", "app.c"),
        ("app.c", "app", "deferred", "app.c"),
    ]
    last = module(context, "app.a").imports[-1]
    assert (last.symbol, last.place.line) == ("app.a.late", 10)


EFFECTS = {
    "app.py": """\
    import os
    import asyncio
    from tools import read

    KEY = read("KEY")

    async def work():
        await asyncio.to_thread(write)

    def write():
        with open("x", "w"):
            pass

    if __name__ == "__main__":
        os.remove("y")
    """,
    "tools.py": """\
    import os

    def read(name):
        return os.environ[name]
    """,
}


def test_effects_give_the_road() -> None:
    context = asked(EFFECTS)
    body = module(context, "app").body
    [found] = context.effects([body], {"env-read"}, at_import=True)
    assert (found.scope, found.distance, found.confidence) == (body, 1, "definite")
    assert found.holder == function(context, "tools.read")
    assert found.name == "os.environ"
    assert (found.place.path, found.place.line, found.symbol) == ("app.py", 5, "app")
    assert [(step.path, step.line) for step in found.witness] == [("app.py", 5), ("tools.py", 4)]


def test_effects_at_import_leave_out_the_main_guard() -> None:
    context = asked(EFFECTS)
    body = module(context, "app").body
    assert not list(context.effects([body], {"filesystem-write"}, at_import=True))
    assert [each.name for each in context.effects([body], {"filesystem-write"})] == ["os.remove"]


def test_effects_across_threads_are_left_out_where_asked() -> None:
    context = asked(EFFECTS)
    work = function(context, "app.work")
    assert [each.text for each in context.effects([work], {"filesystem-write"})]
    assert not list(context.effects([work], {"filesystem-write"}, across_threads=False))


def test_effects_of_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(ValueError, match="no kind of effect: magic"):
        list(asked(EFFECTS).effects([], {"magic"}))


def test_routes_name_their_handlers() -> None:
    context = asked(
        {
            "app.py": """\
            from fastapi import Depends, FastAPI

            app = FastAPI()

            def user(): ...

            @app.post("/items/{key}", dependencies=[Depends(user)])
            def add(key: int): ...
            """
        }
    )
    [route] = context.routes
    assert (route.framework, route.methods, route.url) == ("fastapi", ("POST",), "/items/{key}")
    assert route.handler == function(context, "app.add")
    assert route.dependencies == ("app.user",)
    assert (route.place.path, route.symbol) == ("app.py", "app.add")


def test_option_gives_what_is_set_else_the_default() -> None:
    assert asked({}).option(LIMIT) == 3
    assert asked({}, limit=7).option(LIMIT) == 7
    with pytest.raises(LookupError, match="declares no option other"):
        asked({}).option(Option("other", 1, ""))


def test_make_finding_stands_where_it_is_told() -> None:
    context = asked({"app.py": "def one():\n    print(\n        1\n    )\n"})
    [call] = context.calls_of("builtins.print")
    found = context.make_finding(call, "No.", sink="print", severity="note")
    assert (found.rule, found.clauses, found.severity, found.mend) == (
        "acme-x", ("A-1",), "note", "Two.",
    )  # fmt: skip
    assert (found.path, found.line, found.column, found.end_line) == ("app.py", 2, 5, 4)
    assert (found.symbol, found.help_url) == ("app.one", "")
    with pytest.raises(ValueError, match="is no severity and confidence"):
        context.make_finding(call, "No.", confidence="sure")
