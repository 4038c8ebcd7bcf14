"""Orders of one customer."""

from __future__ import annotations

from app.errors import NotFoundError
from app.models import Order
from app.repositories.orders import OrderRepository


class OrderService:
    """Reads orders for their customer."""

    def __init__(self, repo: OrderRepository) -> None:
        self.repo = repo

    async def history(self, user_id: int) -> list[Order]:
        """A customer's orders, newest first."""
        return self.repo.of_user(user_id)

    def order(self, order_id: int, user_id: int) -> Order:
        """One order of this customer.

        Raises:
            NotFoundError: there is none, or it is somebody else's.
        """
        order = self.repo.get(order_id)
        if order is None or order.user_id != user_id:
            raise NotFoundError(f"no order {order_id}")
        return order
