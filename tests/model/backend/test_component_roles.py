"""Roles that were wrong on real backends."""

from __future__ import annotations

from tests.model.backend.backends import backend


def _roles(files: dict[str, str]) -> dict[str, str]:
    return {each.name: each.role for each in backend(files).components if each.primary}


def test_components_decorator_of_handlers_is_no_service() -> None:
    found = _roles(
        {
            "shop/modes.py": """
                from functools import wraps

                from flask import abort

                def only_open(view):
                    @wraps(view)
                    def wrapper(*args, **kwargs):
                        if kwargs:
                            raise ValueError(kwargs)
                        return view(*args, **kwargs)
                    return wrapper
            """,
            "shop/web.py": """
                from flask import Flask

                from shop.modes import only_open

                app = Flask(__name__)

                @app.route("/")
                @only_open
                def index():
                    return "ok"
            """,
        }
    )
    assert "shop.modes" not in found


def test_components_inherited_queries_are_a_repository() -> None:
    found = _roles(
        {
            "shop/base.py": """
                from sqlalchemy.orm import Session

                class Base:
                    def __init__(self, session: Session) -> None:
                        self.session = session

                    def first(self, query):
                        return self.session.execute(query)
            """,
            "shop/orders.py": """
                from shop.base import Base

                class Orders(Base):
                    def newest(self):
                        query = make(self).order(1).limit(2)
                        return query.fine()
            """,
            "shop/web.py": """
                from fastapi import FastAPI

                from shop.orders import Orders

                app = FastAPI()

                @app.get("/orders")
                def orders():
                    return Orders(None).newest()
            """,
        }
    )
    assert found["shop.orders"] == "repository"


def test_components_marshmallow_classes_are_schemas() -> None:
    found = _roles(
        {
            "shop/shapes.py": """
                from marshmallow import Schema, fields

                class OrderShape(Schema):
                    name = fields.Str()

                    def check(self, data):
                        if not data:
                            raise ValueError(data)
            """,
            "shop/web.py": """
                from flask import Flask

                from shop.shapes import OrderShape

                app = Flask(__name__)

                @app.route("/")
                def index():
                    OrderShape().check({})
                    return "ok"
            """,
        }
    )
    assert found["shop.shapes"] == "schema"
