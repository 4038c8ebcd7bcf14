"""Routes of FastAPI and Starlette: paths, parameters and dependencies across modules."""

from __future__ import annotations

from tests.model.backend.backends import backend, guards, listing, route


def test_routes_nested_routers_join_their_prefixes() -> None:
    model = backend(
        {
            "app/__init__.py": "",
            "app/users.py": """
                from fastapi import APIRouter
                router = APIRouter(prefix="/users")

                @router.get("/{user_id}")
                async def read_user(user_id: int, full: bool = False): ...
            """,
            "app/api.py": """
                from fastapi import APIRouter
                from app import users
                api = APIRouter(prefix="/v1")
                api.include_router(users.router, prefix="/org/{org}")
            """,
            "app/settings.py": "PREFIX = '/api'",
            "app/main.py": """
                from fastapi import FastAPI
                from app.api import api
                from app.settings import PREFIX
                app = FastAPI()
                app.include_router(api, prefix=f"{PREFIX}/x")
            """,
        }
    )
    assert listing(model) == ["GET /api/x/v1/org/{org}/users/{user_id} -> app.users.read_user"]
    found = route(model, "read_user")
    assert found.app == "app.main.app"
    assert found.router == "app.users.router"
    assert (found.path, found.line) == ("app/users.py", 5)
    assert [(each.name, each.source, each.required) for each in found.parameters] == [
        ("user_id", "path", True),
        ("full", "query", False),
    ]


def test_routes_dependencies_come_from_every_level_and_are_transitive() -> None:
    model = backend(
        """
        from typing import Annotated
        from fastapi import APIRouter, Depends, FastAPI, Security

        def tenant(): ...
        def limit(): ...
        def session(): ...
        def user(db=Depends(session)): ...
        def admin(who=Depends(user)): ...
        def scoped(): ...
        class Audit:
            def __init__(self, who=Depends(user)): ...
        class Allowed:
            def __call__(self): ...

        Db = Annotated[object, Depends(session)]
        router = APIRouter(dependencies=[Depends(limit)])

        @router.post("/a", dependencies=[Depends(admin), Depends(Allowed())])
        def a(db: Db, audit: Audit = Depends(), s=Security(scoped, scopes=["x"])): ...

        app = FastAPI(dependencies=[Depends(tenant)])
        app.include_router(router, dependencies=[Depends(session)])
        """
    )
    assert guards(route(model, ".a")) == [
        "app.tenant app",
        "app.session include",
        "app.limit router",
        "app.admin route",
        "app.user dependency",
        "app.Allowed route",
        "app.Audit parameter",
        "app.scoped parameter",
    ]
    assert route(model, ".a").dependencies[-1].scopes == ("x",)


def test_routes_mounted_application_inherits_nothing() -> None:
    model = backend(
        """
        from fastapi import Depends, FastAPI

        def user(): ...
        inner = FastAPI()

        @inner.get("/x")
        def x(): ...

        app = FastAPI(dependencies=[Depends(user)])
        app.mount("/inner", inner)

        @app.get("/y")
        def y(): ...
        """
    )
    assert listing(model) == ["GET /inner/x -> app.x", "GET /y -> app.y"]
    assert guards(route(model, ".x")) == []
    assert guards(route(model, ".y")) == ["app.user app"]


def test_routes_router_class_of_our_own_brings_its_dependencies() -> None:
    model = backend(
        """
        from fastapi import APIRouter, Depends, FastAPI

        def user(): ...

        class UserRouter(APIRouter):
            def __init__(self, prefix: str = "", **kwargs):
                super().__init__(prefix=prefix, dependencies=[Depends(user)], **kwargs)

        router = UserRouter(prefix="/me")

        @router.delete("")
        def gone(): ...

        app = FastAPI()
        app.include_router(router)
        """
    )
    assert listing(model) == ["DELETE /me -> app.gone"]
    assert guards(route(model, "gone")) == ["app.user router"]


def test_routes_application_made_in_a_function_is_followed() -> None:
    model = backend(
        {
            "shop/__init__.py": "",
            "shop/orders.py": """
                from fastapi import APIRouter
                def build():
                    router = APIRouter(prefix="/orders")
                    @router.get("/")
                    def orders(): ...
                    return router
            """,
            "shop/wiring.py": """
                from fastapi import FastAPI
                from shop.orders import build
                def wire(app: FastAPI, prefix):
                    app.include_router(build(), prefix="/api")
            """,
            "shop/main.py": """
                from fastapi import FastAPI
                from shop.wiring import wire
                def create_app():
                    app = FastAPI()
                    wire(app, "")
                    @app.get("/health", include_in_schema=False)
                    def health(): ...
                    return app
                app = create_app()
            """,
        }
    )
    assert listing(model) == [
        "GET /api/orders/ -> shop.orders.build.orders",
        "GET /health -> shop.main.create_app.health",
    ]
    assert not route(model, "health").in_schema
    assert route(model, "orders").app == "shop.main.create_app.app"


def test_routes_added_by_call_and_by_list_are_found() -> None:
    model = backend(
        """
        from fastapi import APIRouter, FastAPI, status

        def one() -> int: ...
        async def live(ws): ...
        router = APIRouter()
        router.add_api_route("/one", one, methods=["POST", "PUT"], status_code=201)

        @router.websocket("/live")
        async def socket(ws): ...

        @router.api_route("/two", methods=["PATCH"], status_code=status.HTTP_202_ACCEPTED)
        def two() -> list[str]: ...

        ROUTERS = [router]
        app = FastAPI()
        for each in ROUTERS:
            app.include_router(each, prefix="/r")
        """
    )
    assert listing(model) == [
        "PATCH /r/two -> app.two",
        "POST,PUT /r/one -> app.one",
        "websocket /r/live -> app.socket",
    ]
    assert route(model, "one").status_code == 201
    assert route(model, "two").status_code == 202
    assert route(model, "two").response_model == "list[str]"


def test_routes_what_cannot_be_followed_is_reported_and_not_invented() -> None:
    model = backend(
        """
        from fastapi import FastAPI
        from elsewhere import plugin_router
        app = FastAPI()
        app.include_router(plugin_router)

        def routers():
            yield from ()

        for each in routers():
            app.include_router(each)

        class Server:
            def __init__(self):
                self.app = FastAPI()
                @self.app.get("/x")
                def x(): ...
        """
    )
    assert listing(model) == []
    assert [(each.kind, each.what, each.line) for each in model.unresolved] == [
        ("route", "self.app.get", 16),
        ("router", "each", 11),
        ("router", "plugin_router", 5),
    ]


def test_routes_starlette_lists_and_mounts_are_read() -> None:
    model = backend(
        """
        from starlette.applications import Starlette
        from starlette.endpoints import HTTPEndpoint
        from starlette.routing import Mount, Route, WebSocketRoute

        async def home(request): ...
        async def feed(ws): ...
        class Orders(HTTPEndpoint):
            async def get(self, request): ...
            async def post(self, request): ...

        admin = [Route("/users", home, methods=["DELETE"])]
        routes = [
            Route("/", home),
            Route("/orders", Orders),
            WebSocketRoute("/feed", feed),
            Mount("/admin", routes=admin),
        ]
        app = Starlette(routes=routes)
        """
    )
    assert listing(model) == [
        "DELETE /admin/users -> app.home",
        "GET / -> app.home",
        "GET,POST /orders -> app.Orders",
        "websocket /feed -> app.feed",
    ]


def test_routes_body_form_and_context_parameters_are_told_apart() -> None:
    model = backend(
        """
        from typing import Annotated, Optional
        from fastapi import Body, FastAPI, Form, Header, Query, Request, UploadFile
        from pydantic import BaseModel
        class Order(BaseModel): ...
        class Out(BaseModel): ...
        app = FastAPI()

        @app.post("/o/{shop}", response_model=list[Out])
        def make(shop: str, order: Order, maybe: Optional[Order], request: Request,
                 page: int = Query(1), token: str = Header(...), f: UploadFile = None,
                 q: Annotated[str, Form()] = ""): ...
        """
    )
    found = route(model, "make")
    assert [(each.name, each.source, each.required) for each in found.parameters] == [
        ("shop", "path", True),
        ("order", "body", True),
        ("maybe", "body", True),
        ("request", "context", True),
        ("page", "query", False),
        ("token", "header", True),
        ("f", "file", False),
        ("q", "form", False),
    ]
    assert [model.project.class_name(each) for each in found.models] == ["app.Out"]
