"""Routes of Flask: blueprints, method views, resources, hooks and decorators."""

from __future__ import annotations

from tests.model.backend.backends import backend, guards, listing, route


def test_routes_blueprints_nest_and_registration_replaces_their_prefix() -> None:
    model = backend(
        {
            "shop/__init__.py": "",
            "shop/orders.py": """
                from flask import Blueprint
                bp = Blueprint("orders", __name__, url_prefix="/orders")
                inner = Blueprint("inner", __name__, url_prefix="/inner")
                bp.register_blueprint(inner)

                @bp.route("/<int:order_id>", methods=["PUT", "get"])
                def order(order_id): ...

                @inner.post("/x")
                def x(): ...
            """,
            "shop/main.py": """
                from flask import Flask
                from shop import orders

                def register(app):
                    app.register_blueprint(orders.bp, url_prefix="/api/orders")

                def create_app():
                    app = Flask(__name__)
                    register(app)

                    @app.route("/health")
                    def health(): ...
                    return app
            """,
        }
    )
    assert listing(model) == [
        "GET /health -> shop.main.create_app.health",
        "GET,PUT /api/orders/<int:order_id> -> shop.orders.order",
        "POST /api/orders/inner/x -> shop.orders.x",
    ]
    assert route(model, "orders.order").app == "shop.main.create_app.app"
    assert [each.source for each in route(model, "orders.order").parameters] == ["path"]


def test_routes_guards_are_hooks_class_lists_and_decorators_below_the_route() -> None:
    model = backend(
        """
        from flask import Blueprint, Flask
        from flask.views import MethodView
        from flask_login import login_required

        def admin(f): ...
        app = Flask(__name__)
        bp = Blueprint("a", __name__)

        @bp.before_request
        def check(): ...

        @login_required
        @bp.route("/late")
        @admin
        def late(): ...

        class Orders(MethodView):
            decorators = [login_required]
            def get(self): ...
            @admin
            def post(self): ...

        bp.add_url_rule("/orders", view_func=Orders.as_view("orders"))
        app.register_blueprint(bp)
        """
    )
    assert guards(route(model, "late")) == ["app.check router", "app.admin decorator"]
    assert guards(route(model, "Orders.post")) == [
        "app.check router",
        "flask_login.login_required class",
        "app.admin decorator",
    ]
    assert route(model, "Orders.get").url == "/orders"


def test_routes_resources_of_restful_and_restx_are_read() -> None:
    model = backend(
        """
        from flask import Blueprint, Flask
        from flask_restful import Api, Resource
        from flask_restx import Api as XApi, Namespace, Resource as XResource

        class Pings(Resource):
            def get(self): ...

        class Ext(Api):
            def add_own_resource(self, resource, *urls):
                return self.add_resource(resource, *urls)

        api = Ext(prefix="/r")
        api.add_own_resource(Pings, "/ping", "/pong")
        ns = Namespace("items")

        @ns.route("/<key>")
        class Item(XResource):
            def delete(self, key): ...

        bp = Blueprint("v1", __name__, url_prefix="/v1")
        xapi = XApi(bp)
        xapi.add_namespace(ns)
        app = Flask(__name__)
        app.register_blueprint(bp)
        api.init_app(app)
        """
    )
    assert listing(model) == [
        "DELETE /v1/items/<key> -> app.Item.delete",
        "GET /r/ping -> app.Pings.get",
        "GET /r/pong -> app.Pings.get",
    ]


def test_routes_of_a_blueprint_made_elsewhere_are_reported() -> None:
    model = backend(
        """
        from flask import Flask
        from elsewhere import views
        app = Flask(__name__)
        for each in views():
            app.register_blueprint(each)
        def plug(target):
            target.add_url_rule("/x", view_func=views)
        """
    )
    assert listing(model) == []
    assert [(each.kind, each.what) for each in model.unresolved] == [
        ("include", "target.add_url_rule"),
        ("router", "each"),
    ]


def test_routes_a_rule_that_is_made_from_itself_ends() -> None:
    model = backend(
        """
        from flask import Blueprint, Flask
        app = Flask(__name__)
        base = f"{base}/items"
        @app.route(base)
        def items():
            return []
        """
    )
    assert listing(model) == ["GET ${base}/items -> app.items"]
