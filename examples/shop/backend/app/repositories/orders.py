"""Orders in the database."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Order


class OrderRepository:
    """Reads and writes orders through one session."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def of_user(self, user_id: int) -> list[Order]:
        """A customer's orders, newest first."""
        query = select(Order).where(Order.user_id == user_id).order_by(Order.id.desc())
        return list(self.session.scalars(query))

    def get(self, order_id: int) -> Order | None:
        """One order."""
        return self.session.get(Order, order_id)

    def add(self, order: Order) -> Order:
        """Store an order and give it an id."""
        self.session.add(order)
        self.session.flush()
        return order
