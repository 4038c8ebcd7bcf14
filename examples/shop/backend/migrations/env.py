"""Alembic's entry point."""

from __future__ import annotations

from alembic import context

from app.db import get_engine
from app.models import Base


def run_migrations() -> None:
    """Bring the database to the newest revision."""
    with get_engine().connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata)
        with context.begin_transaction():
            context.run_migrations()


run_migrations()
