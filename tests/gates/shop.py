"""A small backend in a scratch repository, and what ``tier_of`` says about changes to it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.source.scratch_git import commit, write

from bylaw.rules.selection import Options
from bylaw.tiering import Tiering, tier_of

SHOP: Mapping[str, str] = {
    "app/__init__.py": "",
    "app/main.py": """
from fastapi import FastAPI

from app import routes

app = FastAPI()
app.include_router(routes.router)
""",
    "app/schemas.py": """
from pydantic import BaseModel


class Line(BaseModel):
    sku: str


class OrderIn(BaseModel):
    lines: list[Line]


class OrderOut(BaseModel):
    id: int
    total: int
""",
    "app/auth.py": """
from fastapi import Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer

from app.tokens import decode

scheme = OAuth2PasswordBearer(tokenUrl="token")


def current_user(token: str = Depends(scheme)) -> str:
    name = decode(token)
    if not name:
        raise HTTPException(status_code=401)
    return name
""",
    "app/tokens.py": """
def decode(token: str) -> str:
    return token.strip()
""",
    "app/routes.py": '''
from fastapi import APIRouter, Depends

from app.auth import current_user
from app.schemas import OrderIn, OrderOut
from app.service import place, quote

router = APIRouter()


@router.post("/orders", response_model=OrderOut)
def create_order(order: OrderIn, user: str = Depends(current_user)):
    """Places an order."""
    return place(order)


@router.get("/quotes")
async def read_quote(sku: str) -> int:
    return await quote(sku)
''',
    "app/service.py": """
from app.pricing import total


def place(order):
    return {"id": 1, "total": total(order.lines)}


async def quote(sku):
    return await look_up(sku)


async def look_up(sku):
    return len(sku)


def _alone(value):
    return value
""",
    "app/pricing.py": """
RATE = 3


def total(lines):
    return _sum(lines) * RATE


def _sum(lines):
    return len(lines)
""",
    "app/models.py": """
from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    sku = Column(String)
""",
    "app/store.py": """
from app.models import Order


def keep(session, sku):
    session.add(Order(sku=sku))
    session.commit()
""",
    "app/settings.py": """
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    url: str = "sqlite://"
""",
    "app/tasks.py": """
from celery import shared_task


@shared_task
def tidy(days):
    return days
""",
    "tests/test_orders.py": "def test_order():\n    assert True\n",
    "README.md": "# Shop\n",
    "pyproject.toml": """
[project]
name = "shop"
version = "1.0"
dependencies = ["fastapi>=0.100"]

[dependency-groups]
dev = ["pytest"]

[tool.ruff]
line-length = 100
""",
    "Dockerfile": "FROM python:3.12\nCMD uvicorn app.main:app\n",
}


def shop(folder: Path) -> str:
    """Commits the backend; the hash of its commit."""
    return commit(folder, SHOP)


def tiering(folder: Path, base: str) -> Tiering:
    """The tier of what differs from a commit, without the user's cache."""
    return tier_of(str(folder), base, Options(use_cache=False, jobs=1))


def edited(folder: Path, path: str, old: str, new: str) -> Tiering:
    """The tier of one replacement in one file of the backend."""
    base = shop(folder)
    text = SHOP[path]
    assert old in text
    write(folder, {path: text.replace(old, new)})
    return tiering(folder, base)


def surfaces(told: Tiering) -> set[str]:
    """What a change touches."""
    return {each.surface for each in told.reasons}


def whys(told: Tiering, surface: str) -> str:
    """All that is said about one surface."""
    return "\n".join(f"{each.path} {each.symbol}: {each.why}" for each in told.reasons
                     if each.surface == surface)  # fmt: skip
