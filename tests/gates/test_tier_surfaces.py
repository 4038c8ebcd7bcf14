"""``tier_of``: each surface of a change, from the model of both sides."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.gates.shop import SHOP, edited, shop, surfaces, tiering, whys
from tests.source.scratch_git import commit, git, write

from bylaw.gates.tier.surfaces import HIGH, LOW, MEDIUM

EDITS = {
    "formatting is style": (
        "app/pricing.py", "len(lines)", "len( lines )", LOW, "style", "code is the same"),
    "a comment is style": (
        "app/pricing.py", "RATE = 3", "RATE = 3  # percent", LOW, "style", "comments"),
    "a comment that tools obey": (
        "app/pricing.py", "RATE = 3", "RATE = 3  # type: ignore", LOW, "tooling", "type: ignore"),
    "a docstring nobody sees": (
        "app/pricing.py", "def _sum(lines):", 'def _sum(lines):\n    """Counts."""', LOW, "docs",
        "docstrings"),
    "the docstring of a route": (
        "app/routes.py", "Places an order.", "Takes an order.", MEDIUM, "contract",
        "describes POST /orders"),
    "a test": ("tests/test_orders.py", "True", "1", LOW, "test", "a test"),
    "the README": ("README.md", "# Shop", "# Store", LOW, "docs", "documentation"),
    "a helper that a route reaches": (
        "app/pricing.py", "return len(lines)", "return len(lines) + 1", MEDIUM, "behaviour",
        "reached by POST /orders via app.routes.create_order, app.service.place, app.pricing"),
    "a constant that a route reads": (
        "app/pricing.py", "RATE = 3", "RATE = 4", MEDIUM, "behaviour", "read by POST /orders"),
    "a private function nobody names": (
        "app/service.py", "return value", "return [value]", LOW, "local", "nothing is known"),
    "annotations only": (
        "app/pricing.py", "def _sum(lines):", "def _sum(lines: list) -> int:", LOW, "style",
        "only its annotations"),
    "an answer's field": (
        "app/schemas.py", "    total: int\n", "    total: int\n    tax: int\n", HIGH, "contract",
        "answer of POST /orders: tax is another"),
    "a field of a field of a body": (
        "app/schemas.py", "sku: str", "sku: str | None", HIGH, "contract", "body of POST /orders"),
    "a validator of a body": (
        "app/schemas.py", "    sku: str\n",
        "    sku: str\n\n    def check(self):\n        return 1\n", HIGH, "contract",
        "how its fields are checked"),
    "a new route": (
        "app/routes.py", "router = APIRouter()\n",
        'router = APIRouter()\n\n\n@router.get("/new")\ndef fresh():\n    return 1\n', HIGH,
        "contract", "GET /new is new"),
    "a route that is gone": (
        "app/routes.py", '@router.get("/quotes")\n', "", HIGH, "contract", "GET /quotes is gone"),
    "a parameter of a route": (
        "app/routes.py", "sku: str) -> int", "sku: str, size: int = 1) -> int", HIGH, "contract",
        "parameter size is new"),
    "a prefix for every route": (
        "app/main.py", "include_router(routes.router)",
        'include_router(routes.router, prefix="/v2")', HIGH, "contract", "POST /v2/orders is new"),
    "a guard that is gone": (
        "app/routes.py", ", user: str = Depends(current_user)", "", HIGH, "security",
        "POST /orders: no longer guarded by current_user"),
    "what a guard does": (
        "app/auth.py", "return name", "return name.lower()", HIGH, "security", "guard"),
    "what a guard calls": (
        "app/tokens.py", "token.strip()", "token", HIGH, "security", "reached by guard"),
    "a new column": (
        "app/models.py", "    sku = Column(String)\n",
        "    sku = Column(String)\n    note = Column(String)\n", HIGH, "persistence",
        "column note is new"),
    "a column that is another": (
        "app/models.py", "sku = Column(String)", "sku = Column(String, index=True)", HIGH,
        "persistence", "column sku is another"),
    "what is written": (
        "app/store.py", "    session.commit()\n", "    session.flush()\n", HIGH, "persistence",
        "writes to the database"),
    "what is awaited": (
        "app/service.py", "return await look_up(sku)", "return 1", HIGH, "async", "no longer"),
    "a coroutine that becomes a function": (
        "app/service.py", "async def look_up", "def look_up", HIGH, "async", "no coroutine"),
    "a task": ("app/tasks.py", "return days", "return days + 1", HIGH, "messaging", "task"),
    "a setting with a default": (
        "app/settings.py", '"sqlite://"', '"sqlite://"\n    debug: bool = False', MEDIUM,
        "settings", "variable DEBUG is new"),
    "a setting that must be set": (
        "app/settings.py", '"sqlite://"', '"sqlite://"\n    key: str', HIGH, "settings",
        "KEY must be set"),
    "a dependency": (
        "pyproject.toml", "fastapi>=0.100", "fastapi>=0.110", MEDIUM, "dependency",
        "fastapi allows other versions"),
    "a dependency of developers": (
        "pyproject.toml", '["pytest"]', '["pytest", "mypy"]', LOW, "tooling", "mypy is new"),
    "the linter": (
        "pyproject.toml", "line-length = 100", "line-length = 90", LOW, "tooling", "tool.ruff"),
    "the version": ("pyproject.toml", '"1.0"', '"1.1"', LOW, "docs", "project.version"),
    "the image": (
        "Dockerfile", "python:3.12", "python:3.13", HIGH, "deploy", "how the service is run"),
    "a middleware on import": (
        "app/main.py", "app = FastAPI()\n",
        'app = FastAPI()\napp.add_middleware(CORSMiddleware, allow_origins=["*"])\n', HIGH,
        "security", "CORSMiddleware"),
    "what a computed name leads to": (
        "app/pricing.py", "_sum(lines) * RATE", "getattr(lines, kind)() * RATE", HIGH,
        "unresolved", "WARN-RISK-TIER-UNRESOLVED"),
    "a file that does not parse": (
        "app/pricing.py", "return len(lines)", "return len(lines", HIGH, "unresolved",
        "does not parse after the change"),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_tier_of_one_edit_names_surface_and_reason(tmp_path: Path, name: str) -> None:
    path, old, new, tier, surface, why = EDITS[name]
    told = edited(tmp_path, path, old, new)
    assert (told.tier, bool(told.errors)) == (tier, surface == "unresolved"), told.reasons
    assert why in whys(told, surface), told.reasons


def test_tier_of_a_renamed_router_is_contract(tmp_path: Path) -> None:
    base = shop(tmp_path)
    git(tmp_path, "mv", "app/routes.py", "app/web.py")
    write(tmp_path, {"app/main.py": SHOP["app/main.py"].replace("routes", "web")})
    told = tiering(tmp_path, base)
    assert told.tier == HIGH
    assert "POST /orders: registered here, was in app/routes.py" in whys(told, "contract")
    assert "is gone" not in whys(told, "contract")


def test_tier_of_a_renamed_module_of_tasks_is_messaging(tmp_path: Path) -> None:
    base = shop(tmp_path)
    git(tmp_path, "mv", "app/tasks.py", "app/jobs.py")
    assert "queued under the old name" in whys(tiering(tmp_path, base), "messaging")


def test_tier_of_a_deleted_module_sees_what_it_was_reached_by(tmp_path: Path) -> None:
    base = shop(tmp_path)
    (tmp_path / "app/pricing.py").unlink()
    told = tiering(tmp_path, base)
    assert told.tier == MEDIUM
    assert "app.pricing.total: reached by POST /orders" in whys(told, "behaviour")


def test_tier_of_a_deleted_router_names_its_routes(tmp_path: Path) -> None:
    base = shop(tmp_path)
    (tmp_path / "app/routes.py").unlink()
    assert "POST /orders is gone" in whys(tiering(tmp_path, base), "contract")


def test_tier_of_a_new_migration_is_high(tmp_path: Path) -> None:
    base = shop(tmp_path)
    text = "revision = 'a'\ndown_revision = None\n\n\ndef upgrade():\n    pass\n"
    write(tmp_path, {"migrations/versions/a_first.py": text})
    told = tiering(tmp_path, base)
    assert (told.tier, surfaces(told)) == (HIGH, {"migration"})
    assert "migrations-reversible" in told.obligations


def test_tier_of_a_module_nothing_uses_is_low(tmp_path: Path) -> None:
    base = shop(tmp_path)
    write(tmp_path, {"app/apart.py": "def one():\n    return 1\n"})
    told = tiering(tmp_path, base)
    assert (told.tier, surfaces(told)) == (LOW, {"local"})


def test_tier_of_a_generated_file_is_obliged_to_stay_untouched(tmp_path: Path) -> None:
    base = shop(tmp_path)
    write(tmp_path, {"app/order_pb2.py": "# Generated by the compiler. DO NOT EDIT!\nX = 1\n"})
    told = tiering(tmp_path, base)
    assert (told.tier, "generated" in surfaces(told)) == (HIGH, True)
    assert "generated-untouched" in told.obligations


def test_tier_of_a_bumped_lock_tells_developers_packages_apart(tmp_path: Path) -> None:
    lock = '[[package]]\nname = "{}"\nversion = "{}"\n'
    for name, tier in (("pytest", LOW), ("fastapi", MEDIUM)):
        folder = tmp_path / name
        shop(folder)
        write(folder, {"uv.lock": lock.format(name, "1")})
        git(folder, "add", "-A")
        git(folder, "commit", "-qm", "x")
        write(folder, {"uv.lock": lock.format(name, "2")})
        assert tiering(folder, "HEAD").tier == tier


def test_tier_of_a_script_that_starts_services_is_deploy(tmp_path: Path) -> None:
    base = shop(tmp_path)
    write(tmp_path, {"install.sh": "cat > x.service <<E\nExecStart=/bin/app\nE\n"})
    told = tiering(tmp_path, base)
    assert (told.tier, surfaces(told)) == (HIGH, {"deploy"})


def test_tier_of_a_private_helper_in_use_is_not_local(tmp_path: Path) -> None:
    base = shop(tmp_path)
    text = SHOP["app/service.py"] + "\n\nTABLE = {1: _alone}\n"
    write(tmp_path, {"app/service.py": text})
    git(tmp_path, "commit", "-qam", "x")
    base = git(tmp_path, "rev-parse", "HEAD")
    write(tmp_path, {"app/service.py": text.replace("return value", "return [value]")})
    told = tiering(tmp_path, base)
    assert (told.tier, surfaces(told)) == (MEDIUM, {"public"})


SERIALIZER = """
from rest_framework import serializers


class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        fields = ("id",)

    def get_total(self, order):
        return 1
"""
TABLE = """
from django.db import models


class Order(models.Model):
    KINDS = 1
    name = models.CharField(max_length=10)

    class Meta:
        ordering = ["name"]
        unique_together = [("name",)]
"""


@pytest.mark.parametrize(
    ("text", "old", "new", "tier", "why"),
    [
        (SERIALIZER, '("id",)', '("id", "name")', HIGH, "options are others: fields"),
        (SERIALIZER, "return 1", "return 2", HIGH, "how its fields are checked or given"),
        (TABLE, "max_length=10", "max_length=20", HIGH, "the model of table"),
        (TABLE, '[("name",)]', "[]", HIGH, "options of table"),
        (TABLE, "KINDS = 1", "KINDS = 2", MEDIUM, "KINDS is another"),
    ],
)
def test_tier_of_django_classes(
    tmp_path: Path, text: str, old: str, new: str, tier: str, why: str
) -> None:
    shop(tmp_path)
    write(tmp_path, {"app/django/models.py": text, "app/django/__init__.py": ""})
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "x")
    write(tmp_path, {"app/django/models.py": text.replace(old, new)})
    told = tiering(tmp_path, "HEAD")
    assert told.tier == tier, told.reasons
    assert any(why in each.why for each in told.reasons), told.reasons


def test_tier_of_a_renamed_module_that_something_loads_by_name(tmp_path: Path) -> None:
    base = shop(tmp_path)
    git(tmp_path, "mv", "app/store.py", "app/stores.py")
    told = tiering(tmp_path, base)
    assert (told.tier, surfaces(told)) == (MEDIUM, {"public"})


@pytest.mark.parametrize(
    ("path", "old", "new", "tier"),
    [
        ("package.json", '{"version": "1"}', '{"version": "2"}', LOW),
        ("package.json", '{"dependencies": {"a": "1"}}', '{"dependencies": {"a": "2"}}', MEDIUM),
        ("setup.cfg", "[metadata]\nversion = 1\n", "[metadata]\nversion = 2\n", LOW),
        ("setup.cfg", "[bumpver]\na = 1\n", "[bumpver]\na = 2\n", LOW),
        ("setup.cfg", "[options]\ninstall_requires = a\n", "[options]\n", MEDIUM),
        ("uv.lock", '[[package]]\nname = "shop"\nversion = "1"\nsource = { virtual = "." }\n',
         '[[package]]\nname = "shop"\nversion = "2"\nsource = { virtual = "." }\n', LOW),
        ("web/charts/pie.tsx", "1", "2", MEDIUM),
        ("helm/charts/web/values.yaml", "a: 1", "a: 2", HIGH),
        ("docs/conf.py", "version = 1", "version = 2", LOW),
        (".github/workflows/test.yml", "on: push", "on: pull_request", LOW),
        (".github/workflows/release.yml", "on: push", "on: pull_request", HIGH),
        ("app/templates/mail.html", "a", "b", MEDIUM),
        ("openapi.json", "{}", "[]", HIGH),
        ("app/words.json", '{"a":1}', '{"a": 1}', LOW),
        ("app/words.json", '{"a":1}', '{"a": 2}', MEDIUM),
        ("data.sql", "select 1", "select 2", HIGH),
        (".env", "A=1", "A=2", MEDIUM),
        (".env.example", "A=1", "A=2", LOW),
        ("setup.cfg", "[a]\nb=1\n", "[a\n", HIGH),
        ("pyproject.toml", "[a]\nb=1\n", "[a\n", HIGH),
    ],
)  # fmt: skip
def test_tier_of_files_that_are_no_code(
    tmp_path: Path, path: str, old: str, new: str, tier: str
) -> None:
    shop(tmp_path)
    write(tmp_path, {path: old})
    git(tmp_path, "add", "-Af")
    git(tmp_path, "commit", "-qm", "x")
    write(tmp_path, {path: new})
    told = tiering(tmp_path, "HEAD")
    assert told.tier == tier, told.reasons


DRF = """
from django.urls import path
from rest_framework.permissions import IsAuthenticated
from rest_framework.views import APIView


class Orders(APIView):
    permission_classes = [IsAuthenticated]

    def get(self, request):
        return 1


urlpatterns = [path("orders/", Orders.as_view())]
"""
DJANGO = """
from django.contrib.auth.mixins import LoginRequiredMixin
from django.urls import path
from django.views import View


class Orders(LoginRequiredMixin, View):
    def get(self, request):
        return 1


urlpatterns = [path("orders/", Orders.as_view())]
"""
FLASK = """
from flask import Flask
from flask_login import login_required

app = Flask(__name__)


@app.route("/orders")
@login_required
def orders():
    return "1"
"""
ROUTER = """
from fastapi import APIRouter, Depends, FastAPI

from app.auth import current_user

router = APIRouter(dependencies=[Depends(current_user)])


@router.get("/orders")
def orders():
    return 1


app = FastAPI()
app.include_router(router)
"""


@pytest.mark.parametrize(
    ("text", "old"),
    [
        (DRF, "    permission_classes = [IsAuthenticated]\n"),
        (DJANGO, "LoginRequiredMixin, "),
        (FLASK, "@login_required\n"),
        (ROUTER, "dependencies=[Depends(current_user)]"),
    ],
)
def test_tier_of_a_guard_that_is_gone_in_each_framework(
    tmp_path: Path, text: str, old: str
) -> None:
    auth = {path: SHOP[path] for path in ("app/__init__.py", "app/auth.py", "app/tokens.py")}
    commit(tmp_path, {**auth, "app/web.py": text})
    write(tmp_path, {"app/web.py": text.replace(old, "")})
    told = tiering(tmp_path, "HEAD")
    assert told.tier == HIGH, told.reasons
    assert "no longer guarded by" in whys(told, "security"), told.reasons


def test_tier_of_never_shows_texts_of_calls(tmp_path: Path) -> None:
    told = edited(
        tmp_path, "app/tokens.py", "return token.strip()",
        'return jwt.decode(token, "hunter2", algorithms=["HS256"])',
    )  # fmt: skip
    assert "now jwt.decode(token, '...'" in whys(told, "security")
    assert not any("hunter2" in each.why for each in told.reasons)
