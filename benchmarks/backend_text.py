"""Text of the generated backend's files; DD stands for a domain, other capitals for variants."""

from __future__ import annotations

CORE = {
    "app/__init__.py": "",
    "app/core/__init__.py": "from app.core.errors import NotFound as NotFound\n",
    "app/core/errors.py": '''\
"""Errors the whole backend shares."""


class BackendError(Exception):
    status = 500

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.details = details


class NotFound(BackendError):
    status = 404


class Conflict(BackendError):
    status = 409
''',
    "app/core/settings.py": '''\
"""Settings, read from the environment when asked for."""

import os
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class Settings:
    database_url: str
    partner_url: str
    timeout: float


@lru_cache
def get_settings() -> Settings:
    return Settings(
        database_url=os.environ["DATABASE_URL"],
        partner_url=os.environ.get("PARTNER_URL", "http://localhost"),
        timeout=float(os.getenv("TIMEOUT", "5")),
    )
''',
    "app/core/database.py": '''\
"""One engine and one session for each unit of work."""

from collections.abc import Iterator

from sqlalchemy import create_engine
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app.core.settings import get_settings


def make_engine() -> Engine:
    return create_engine(get_settings().database_url)


def get_session() -> Iterator[Session]:
    with Session(make_engine()) as session:
        yield session
''',
    "app/core/clock.py": '''\
"""Time as a dependency."""

from datetime import datetime, timezone
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime: ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(timezone.utc)
''',
}

_SCHEMAS = '''\
"""What goes in and out of domain DD."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class StateDD(str, Enum):
    DRAFT = "draft"
    ACTIVE = "active"
    CLOSED = "closed"


@dataclass
class LineDD:
    name: str
    quantity: int
    price: int

    @property
    def total(self) -> int:
        return self.quantity * self.price


@dataclass
class OrderIn:
    customer: str
    lines: list[LineDD] = field(default_factory=list)
    state: StateDD = StateDD.DRAFT

    def total(self) -> int:
        return sum(line.total for line in self.lines)

    def is_empty(self) -> bool:
        return not any(line.quantity for line in self.lines)


@dataclass
class OrderOut(OrderIn):
    id: int = 0
    created_at: datetime | None = None

    @classmethod
    def of(cls, row: dict[str, object]) -> OrderOut:
        known = {key: value for key, value in row.items() if key in cls.__dataclass_fields__}
        return cls(**known)
'''

_MODELS = '''\
"""Tables of domain DD."""

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Integer, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from .schemas import StateDD


class BaseDD(DeclarativeBase):
    pass


class OrderRow(BaseDD):
    __tablename__ = "order_DD"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    customer: Mapped[str] = mapped_column(String(80), index=True)
    state: Mapped[str] = mapped_column(String(20), default=StateDD.DRAFT.value)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    lines: Mapped[list["LineRow"]] = relationship(back_populates="order")

    def as_dict(self) -> dict[str, object]:
        return {"id": self.id, "customer": self.customer, "state": self.state}


class LineRow(BaseDD):
    __tablename__ = "line_DD"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order_DD.id"))
    name: Mapped[str] = mapped_column(String(80))
    quantity: Mapped[int] = mapped_column(Integer)
    order: Mapped[OrderRow] = relationship(back_populates="lines")
'''

_REPOSITORY = '''\
"""Reads and writes the tables of domain DD."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import Conflict, NotFound

from .models import LineRow, OrderRow
from .schemas import OrderIn


class OrderRepository:
    def __init__(self, session: Session) -> None:
        self.session = session

    def get(self, order_id: int) -> OrderRow:
        row = self.session.get(OrderRow, order_id)
        if row is None:
            raise NotFound("no such order", id=order_id)
        return row

    def find(self, customer: str, limit: int = 20, offset: int = 0) -> Sequence[OrderRow]:
        query = select(OrderRow).where(OrderRow.customer == customer)
        return self.session.scalars(query.limit(limit).offset(offset)).all()

    def count(self) -> int:
        return self.session.scalar(select(func.count()).select_from(OrderRow)) or 0

    def add(self, order: OrderIn) -> OrderRow:
        row = OrderRow(customer=order.customer, state=order.state.value)
        row.lines = [LineRow(name=line.name, quantity=line.quantity) for line in order.lines]
        self.session.add(row)
        try:
            self.session.flush()
        except IntegrityError as error:
            raise Conflict("order exists", customer=order.customer) from error
        return row

    def remove(self, order_id: int) -> None:
        self.session.execute(delete(LineRow).where(LineRow.order_id == order_id))
        self.session.delete(self.get(order_id))
'''

_CLIENT = '''\
"""Talks to the partner of domain DD."""

import logging
import time

import httpx

from app.core.settings import get_settings

logger = logging.getLogger(__name__)


class PartnerClient:
    retries = 3

    def __init__(self, base_url: str, timeout: float) -> None:
        self.base_url = base_url
        self.timeout = timeout

    async def fetch(self, path: str, **params: str) -> dict[str, object]:
        async with httpx.AsyncClient(base_url=self.base_url, timeout=self.timeout) as client:
            for attempt in range(self.retries):
                try:
                    response = await client.get(f"/DD/{path}", params=params)
                    response.raise_for_status()
                except httpx.HTTPError as error:
                    logger.warning("attempt %s failed: %s", attempt, error)
                else:
                    return dict(response.json())
        return {}

    def fetch_now(self, path: str) -> dict[str, object]:
        for attempt in range(self.retries):
            response = httpx.get(f"{self.base_url}/{path}", timeout=self.timeout)
            if response.status_code < 500:
                return dict(response.json())
            time.sleep(2**attempt)
        return {}


def make_client() -> PartnerClient:
    settings = get_settings()
    return PartnerClient(settings.partner_url, settings.timeout)
'''

_SERVICE = '''\
"""What domain DD does."""

import asyncio
from functools import partial

from app.core.clock import Clock
from app.core.errors import Conflict
UPSTREAM_IMPORTS
from .client import PartnerClient
from .models import OrderRow
from .repository import OrderRepository
from .schemas import OrderIn, StateDD


class OrderService:
    def __init__(self, repository: OrderRepository, client: PartnerClient, clock: Clock) -> None:
        self.repository = repository
        self.client = client
        self.clock = clock

    def create(self, order: OrderIn) -> OrderRow:
        if order.is_empty():
            raise Conflict("an order needs a line")
        row = self.repository.add(order)
        row.created_at = self.clock.now()
        return row

    def close(self, order_id: int) -> OrderRow:
        row = self.repository.get(order_id)
        if row.state == StateDD.CLOSED.value:
            raise Conflict("closed already", id=order_id)
        row.state = StateDD.CLOSED.value
        self.refresh(order_id)
        return row

    def refresh(self, order_id: int) -> int:
        answer = self.client.fetch_now(f"orders/{order_id}")
        return len(answer) + UPSTREAM_SCORE

    async def enrich(self, order_id: int) -> dict[str, object]:
        load = partial(self.repository.get, order_id)
        row = await asyncio.to_thread(load)
        prices = await self.client.fetch("prices", customer=row.customer)
        return {**row.as_dict(), "prices": prices}


def score(order_id: int) -> int:
    weights = [weight * (index + 1) for index, weight in enumerate((3, 1, 4, 1, 5))]
    return sum(weights) % (order_id + 1) + UPSTREAM_SCORE
'''

_TASKS = '''\
"""Work of domain DD that runs beside requests."""

import asyncio
import contextlib
import logging
TASK_IMPORTS
from .client import make_client
from .service import score

logger = logging.getLogger(__name__)
TASK_STATE

async def synchronise(batch: list[int]) -> list[dict[str, object]]:
    client = make_client()
    answers = await asyncio.gather(*(client.fetch(f"orders/{number}") for number in batch))
    TASK_WAIT
    return [answer for answer in answers if answer]


async def score_all(batch: list[int]) -> dict[int, int]:
    results: dict[int, int] = {}
    for number in batch:
        with contextlib.suppress(ZeroDivisionError):
            results[number] = score(number)
    return results


def report(results: dict[int, int]) -> str:
    lines = []
    for number, value in sorted(results.items()):
        match value % 3:
            case 0:
                lines.append(f"{number}: even")
            case 1 | 2 as rest:
                lines.append(f"{number}: {rest} over")
    try:
        worst = max(results.values())
    except TASK_CAUGHT:
        TASK_HANDLER
    else:
        lines.append(f"worst {worst}")
    return "\\n".join(lines)
'''

_ROUTES = '''\
"""HTTP face of domain DD."""

from fastapi import APIRouter, Depends, HTTPException
from sqlalchemy.orm import Session

from app.core.clock import SystemClock
from app.core.database import get_session
from app.core.errors import BackendError

from .client import make_client
from .repository import OrderRepository
from .schemas import OrderIn, OrderOut
from .service import OrderService
from .tasks import synchronise

router = APIRouter(prefix="/DD", tags=["DD"])


def get_service(session: Session = Depends(get_session)) -> OrderService:
    return OrderService(OrderRepository(session), make_client(), SystemClock())


@router.post("/orders")
def create_order(order: OrderIn, service: OrderService = Depends(get_service)) -> OrderOut:
    try:
        return OrderOut.of(service.create(order).as_dict())
    except BackendError as error:
        raise HTTPException(error.status, str(error)) from error


@router.get("/orders/{order_id}")
async def show_order(
    order_id: int, service: OrderService = Depends(get_service)
) -> dict[str, object]:
    return await service.enrich(order_id)


@router.post("/orders/{order_id}/close")
HOW_CLOSEDdef close_order(
    order_id: int, service: OrderService = Depends(get_service)
) -> OrderOut:
    return OrderOut.of(service.close(order_id).as_dict())


@router.post("/synchronise")
async def start(batch: list[int]) -> int:
    return len(await synchronise(batch))
'''

_TESTS = '''\
"""Tests of domain DD."""

import datetime

import pytest

from app.DD.schemas import LineDD, OrderIn, StateDD
from app.DD.tasks import report


class FixedClock:
    def now(self) -> datetime.datetime:
        return datetime.datetime(2024, 1, 2, tzinfo=datetime.timezone.utc)


@pytest.fixture
def order() -> OrderIn:
    return OrderIn(customer="ada", lines=[LineDD("tea", 2, 3)])


@pytest.mark.parametrize(("quantity", "total"), [(0, 0), (1, 3), (4, 12)])
def test_total_of_one_line_multiplies(quantity: int, total: int) -> None:
    assert LineDD("tea", quantity, 3).total == total


def test_order_starts_as_draft(order: OrderIn) -> None:
    assert order.state is StateDD.DRAFT
    assert order.total() == 6


def test_report_names_the_worst() -> None:
    assert "worst 7" in report({1: 7, 2: 3})


def test_clock_stands_still() -> None:
    assert TEST_NOW.year >= 2024
'''

PARTS = (
    ("app/DD/__init__.py", ""),
    ("app/DD/schemas.py", _SCHEMAS),
    ("app/DD/models.py", _MODELS),
    ("app/DD/repository.py", _REPOSITORY),
    ("app/DD/client.py", _CLIENT),
    ("app/DD/service.py", _SERVICE),
    ("app/DD/tasks.py", _TASKS),
    ("app/DD/routes.py", _ROUTES),
    ("tests/test_DD.py", _TESTS),
)
