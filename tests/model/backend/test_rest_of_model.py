"""Settings, roles, tests and exceptions of a backend."""

from __future__ import annotations

import json

from tests.model.backend.backends import backend

from bylaw.model.backend.backend_model import BackendModel
from bylaw.report.model_report import render_model

_SHOP = {
    "shop/__init__.py": "",
    "shop/models.py": """
        from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
        class Base(DeclarativeBase): ...
        class Order(Base):
            __tablename__ = "orders"
            id: Mapped[int] = mapped_column(primary_key=True)
    """,
    "shop/queries.py": """
        from sqlalchemy.orm import Session
        from shop.models import Order
        def load(db: Session, key):
            return db.get(Order, key)
    """,
    "shop/rules.py": """
        from sqlalchemy.orm import Session
        from shop.errors import Missing, Refused
        from shop.queries import load
        def find(db: Session, key):
            order = load(db, key)
            if order is None:
                raise Missing(key)
            return order
    """,
    "shop/errors.py": """
        class ShopError(Exception): ...
        class Missing(ShopError): ...
        class Refused(Exception): ...
    """,
    "shop/shapes.py": """
        from pydantic import BaseModel
        class OrderOut(BaseModel): ...
        class Inner(BaseModel): ...
    """,
    "shop/web.py": """
        from fastapi import APIRouter
        from shop.rules import find
        from shop.shapes import OrderOut
        router = APIRouter(prefix="/orders")

        @router.get("/mine")
        def mine(): ...

        @router.get("/{key}", response_model=OrderOut)
        def order(key: int):
            return find(None, key)
    """,
    "shop/main.py": """
        from fastapi import FastAPI
        from shop.errors import ShopError
        from shop.web import router
        app = FastAPI()
        app.include_router(router, prefix="/api")

        @app.exception_handler(ShopError)
        def answer(request, error): ...
    """,
    "tests/conftest.py": """
        import pytest
        from fastapi.testclient import TestClient
        from shop.main import app

        @pytest.fixture
        def client():
            return TestClient(app)
    """,
    "tests/test_orders.py": """
        from shop.rules import find
        PREFIX = "/api"

        def test_mine(client):
            assert client.get("/api/orders/mine").status_code == 200

        def test_order(client):
            key = 1
            answer = client.get(f"{PREFIX}/orders/{key}?full=1")
            assert answer

        def test_find():
            assert find(None, 1)
    """,
}


def test_components_are_proved_by_what_modules_do() -> None:
    model = backend(_SHOP)
    found = {each.name: (each.role, each.line) for each in model.components if each.primary}
    assert found == {
        "shop.main": ("entry", 5),
        "shop.models": ("model", 4),
        "shop.queries": ("repository", 5),
        "shop.rules": ("service", 6),
        "shop.shapes": ("schema", 3),
        "shop.web": ("router", 8),
        "conftest": ("test", 1),
        "test_orders": ("test", 1),
    }
    reason = next(each.reason for each in model.components if each.name == "shop.rules")
    assert reason == "shop.web.order calls it, and shop.rules.find calls what queries"


def test_tests_requests_are_matched_with_handlers() -> None:
    model = backend(_SHOP)
    found = {each.name.rpartition(".")[2]: each for each in model.tests}
    names = {
        name: (each.kind, [model.project.symbol(one) for one in each.handlers])
        for name, each in found.items()
    }
    assert names == {
        "test_mine": ("http", ["shop.web.mine"]),
        "test_order": ("http", ["shop.web.order"]),
        "test_find": ("unit", []),
    }
    assert [model.project.symbol(each) for each in found["test_find"].exercises] == [
        "shop.rules.find"
    ]
    assert [model.project.symbol(each) for each in found["test_mine"].fixtures] == [
        "conftest.client"
    ]


def test_exceptions_know_their_raises_and_handlers() -> None:
    model = backend(_SHOP)
    found = {
        each.name: ([one.symbol for one in each.raised], [one.handler for one in each.handlers])
        for each in model.exceptions
    }
    assert found == {
        "shop.errors.ShopError": ([], ["shop.main.answer"]),
        "shop.errors.Missing": (["shop.rules.find"], ["shop.main.answer"]),
        "shop.errors.Refused": ([], []),
    }


def test_exception_handlers_are_read_from_calls_and_dictionaries() -> None:
    model = backend(
        """
        from fastapi import FastAPI
        from flask import Flask
        class One(Exception): ...
        class Two(Exception): ...
        class Three(Exception): ...
        def on_one(request, error): ...
        def on_two(request, error): ...
        app = FastAPI(exception_handlers={One: on_one})
        app.add_exception_handler(Two, on_two)
        site = Flask(__name__)

        @site.errorhandler(Three)
        def on_three(error): ...
        """
    )
    found = {each.name: [one.handler for one in each.handlers] for each in model.exceptions}
    assert found == {"app.One": ["app.on_one"], "app.Two": ["app.on_two"],
                     "app.Three": ["app.on_three"]}  # fmt: skip


def variables(model: BackendModel) -> dict[str, list[tuple[str, tuple[str, ...], bool]]]:
    return {
        f"{each.kind} {each.name}": [
            (field.name, field.variables, field.required) for field in each.fields
        ]
        for each in model.settings
    }


def test_settings_classes_know_their_variables() -> None:
    model = backend(
        """
        from pydantic import AliasChoices, BaseModel, Field
        from pydantic_settings import BaseSettings, SettingsConfigDict
        class Database(BaseModel):
            url: str
        class Base(BaseSettings):
            debug: bool = False
        class Settings(Base):
            model_config = SettingsConfigDict(env_prefix="APP_", env_nested_delimiter="__")
            name: str
            key: str = Field(validation_alias=AliasChoices("KEY", "OLD_KEY"))
            size: int = Field(default=3)
            folder: str = str(__file__).strip().title
            database: Database
        """
    )
    assert variables(model) == {
        "pydantic app.Base": [("debug", ("DEBUG",), False)],
        "pydantic app.Settings": [
            ("debug", ("APP_DEBUG",), False),
            ("name", ("APP_NAME",), True),
            ("key", ("KEY", "OLD_KEY"), True),
            ("size", ("APP_SIZE",), False),
            ("folder", ("APP_FOLDER",), False),
            ("url", ("APP_DATABASE__URL",), True),
        ],
    }


def test_settings_modules_know_their_variables() -> None:
    model = backend(
        {
            "conf.py": """
                import os
                from starlette.config import Config
                from decouple import config as setting
                config = Config(".env")
                ONE = config("ONE", cast=str)
                TWO = config("TWO", default="2")
                THREE = os.environ["THREE"]
                FOUR = os.getenv("FOUR")
                FIVE = setting("FIVE", default=5)
            """,
        }
    )
    assert variables(model) == {
        "starlette conf": [("ONE", ("ONE",), True), ("TWO", ("TWO",), False)],
        "environment conf": [("THREE", ("THREE",), True), ("FOUR", ("FOUR",), False)],
        "decouple conf": [("FIVE", ("FIVE",), False)],
    }


def test_render_model_holds_every_part_with_path_and_line() -> None:
    model = backend(_SHOP)
    document = json.loads(render_model(model, "/r", [""], [], "json", "0"))
    assert list(document) == [
        "schema", "tool", "root", "routes", "tables", "settings", "roles", "tests", "exceptions",
        "handlers", "unresolved", "errors",
    ]  # fmt: skip
    assert document["schema"] == "bylaw.model/1"
    for part in ("routes", "tables", "roles", "tests", "exceptions", "handlers"):
        assert document[part]
        assert all(each["path"] and each["line"] for each in document[part])
    assert document["routes"][1]["models"] == ["shop.shapes.OrderOut"]


def test_render_model_one_path_text_shows_that_path_alone() -> None:
    model = backend(_SHOP)
    text = render_model(model, "/r", ["shop/web.py"], [], "text", "0")
    assert "2 routes (2 fastapi), 0 tables" in text
    assert "/api/orders/{key}  shop.web.order" in text
