"""Figures for the office, read from the replica."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import make_engine
from app.models import Order

REPLICA_URL = "postgresql+psycopg://reader@replica.kiln.example/shop"

_replica = make_engine(REPLICA_URL)


class ReportRepository:
    """Reads totals; never writes."""

    def revenue(self, since: date) -> Decimal:
        """Money taken since a day."""
        query = select(func.sum(Order.total)).where(Order.created_at >= since)
        with Session(_replica) as session:
            return session.scalar(query) or Decimal(0)
