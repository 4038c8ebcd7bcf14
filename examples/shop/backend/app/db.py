"""The shop's database: nothing is opened before the first request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session, sessionmaker

from app.config import get_settings

SessionFactory = sessionmaker(expire_on_commit=False)


def make_engine(url: str) -> Engine:
    """An engine with the pool sizes all our services use."""
    return create_engine(url, pool_size=5, max_overflow=5, pool_pre_ping=True)


@lru_cache
def get_engine() -> Engine:
    """The engine of the primary database."""
    return make_engine(get_settings().database_url)


@contextmanager
def session_scope() -> Iterator[Session]:
    """A session that commits when its block ends well."""
    with SessionFactory(bind=get_engine()) as session, session.begin():
        yield session


def get_session() -> Iterator[Session]:
    """Dependency: one session for one request."""
    with session_scope() as session:
        yield session
