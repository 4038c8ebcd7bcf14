"""Routes of Django and Django REST framework."""

from __future__ import annotations

from tests.model.backend.backends import backend, guards, listing, route


def test_routes_url_patterns_are_followed_from_the_root() -> None:
    model = backend(
        {
            "site/__init__.py": "",
            "site/settings.py": "ROOT_URLCONF = 'site.urls'",
            "site/urls.py": """
                from django.conf import settings
                from django.contrib import admin
                from django.urls import include, path, re_path
                from site.shop import views
                extra = [path("extra/", views.orders)]
                urlpatterns = [
                    path("admin/", admin.site.urls),
                    path("shop/", include("site.shop.urls", namespace="shop")),
                    re_path(r"^old/(?P<year>[0-9]{4})/$", views.orders, name="old"),
                    path("in/", include((extra, "extra"))),
                ]
                if settings.DEBUG:
                    urlpatterns += [path("debug/", views.orders)]
            """,
            "site/shop/__init__.py": "",
            "site/shop/urls.py": """
                from django.contrib.auth.decorators import login_required
                from django.urls import path
                from site.shop.views import Orders, orders
                urlpatterns = [
                    path("<int:pk>/", login_required(Orders.as_view()), name="order"),
                ]
            """,
            "site/shop/views.py": """
                from django.contrib.auth.mixins import LoginRequiredMixin
                from django.views import View
                from django.views.decorators.http import require_POST

                @require_POST
                def orders(request): ...

                class Orders(LoginRequiredMixin, View):
                    def get(self, request, pk): ...
                    async def post(self, request, pk): ...
            """,
        }
    )
    assert listing(model) == [
        "GET /shop/<int:pk>/ -> site.shop.views.Orders.get",
        "POST /debug/ -> site.shop.views.orders",
        "POST /in/extra/ -> site.shop.views.orders",
        "POST /old/(?P<year>[0-9]{4})/ -> site.shop.views.orders",
        "POST /shop/<int:pk>/ -> site.shop.views.Orders.post",
    ]
    assert [each.url for each in model.routes if each.conditional] == ["/debug/"]
    found = route(model, "Orders.post")
    assert guards(found) == [
        "django.contrib.auth.decorators.login_required route",
        "django.contrib.auth.mixins.LoginRequiredMixin class",
    ]
    assert (found.app, found.name, found.is_async) == ("site.urls", "order", True)
    assert (found.path, found.line) == ("site/shop/urls.py", 6)


def test_routes_view_sets_actions_and_permissions_are_read() -> None:
    model = backend(
        {
            "conf/settings.py": """
                ROOT_URLCONF = "urls"
                REST_FRAMEWORK = {
                    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
                }
            """,
            "urls.py": """
                from django.urls import include, path
                from rest_framework.routers import DefaultRouter
                from views import Items, Orders, Ping, ping
                router = DefaultRouter()
                router.register("orders", Orders, basename="order")
                router.register(r"items", Items)
                urlpatterns = [
                    path("api/", include(router.urls)),
                    path("ping/", ping),
                    path("pong/", Ping.as_view()),
                    path("one/", Items.as_view({"get": "list"})),
                    path("two/", include("more")),
                ]
            """,
            "more.py": """
                from rest_framework.routers import SimpleRouter
                from views import Items
                router = SimpleRouter()
                router.register("things", Items)
                urlpatterns = router.urls
            """,
            "views.py": """
                from rest_framework import mixins, permissions, viewsets
                from rest_framework.decorators import action, api_view, permission_classes
                from rest_framework.generics import ListAPIView

                class Orders(viewsets.ModelViewSet):
                    @action(detail=True, methods=["post"], url_path="pay-now")
                    def pay(self, request, pk=None): ...

                class Items(mixins.ListModelMixin, viewsets.GenericViewSet):
                    permission_classes = [permissions.AllowAny]
                    lookup_field = "slug"
                    def destroy(self, request, slug): ...

                class Ping(ListAPIView):
                    permission_classes = []

                @api_view(["GET", "PUT"])
                @permission_classes([permissions.IsAdminUser])
                def ping(request): ...
            """,
        }
    )
    assert listing(model) == [
        "DELETE /api/items/{slug}/ -> views.Items.destroy",
        "DELETE /api/orders/{pk}/ -> views.Orders.destroy",
        "DELETE /two/things/{slug}/ -> views.Items.destroy",
        "GET /api/items/ -> views.Items.list",
        "GET /api/orders/ -> views.Orders.list",
        "GET /api/orders/{pk}/ -> views.Orders.retrieve",
        "GET /one/ -> views.Items.list",
        "GET /pong/ -> views.Ping.get",
        "GET /two/things/ -> views.Items.list",
        "GET,PUT /ping/ -> views.ping",
        "PATCH /api/orders/{pk}/ -> views.Orders.partial_update",
        "POST /api/orders/ -> views.Orders.create",
        "POST /api/orders/{pk}/pay-now/ -> views.Orders.pay",
        "PUT /api/orders/{pk}/ -> views.Orders.update",
    ]
    assert guards(route(model, "Orders.pay")) == [
        "rest_framework.permissions.IsAuthenticated settings"
    ]
    for each in model.routes:
        if each.handler == "views.Items.destroy":
            assert guards(each) == ["rest_framework.permissions.AllowAny class"]
    assert guards(route(model, "Ping.get")) == []
    assert guards(route(model, "views.ping")) == [
        "rest_framework.permissions.IsAdminUser decorator"
    ]


def test_routes_patterns_that_are_made_are_reported() -> None:
    model = backend(
        """
        from django.urls import include, path
        def made(name): ...
        urlpatterns = [
            path("x/", include(made("x"))),
            path("y/", made("y")),
            *made("z"),
        ]
        """
    )
    assert listing(model) == []
    assert {each.kind for each in model.unresolved} == {"url"}
    assert len(model.unresolved) == 3


def test_routes_name_that_includes_what_it_held_is_read_once() -> None:
    model = backend(
        """
        from django.urls import include, path
        def orders(request): ...
        shop = [path("orders/", orders)]
        shop = [path("shop/", include(shop))]
        urlpatterns = [path("x/", include(shop))]
        """
    )
    assert [each.url for each in model.routes] == ["/x/orders/"]
