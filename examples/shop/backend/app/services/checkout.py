"""From a basket to a paid order."""

from __future__ import annotations

import logging
from datetime import datetime
from decimal import Decimal

from fastapi.concurrency import run_in_threadpool

from app.errors import NotFoundError
from app.integrations import mailer, payments
from app.models import Order, OrderLine
from app.repositories.orders import OrderRepository
from app.repositories.products import ProductRepository
from app.schemas import OrderIn
from app.services import promotions
from app.services.pricing import discounted

logger = logging.getLogger(__name__)


class CheckoutService:
    """Prices a basket, takes the money, stores the order."""

    def __init__(self, orders: OrderRepository, products: ProductRepository) -> None:
        self.orders = orders
        self.products = products

    async def place(self, user_id: int, basket: OrderIn, now: datetime) -> Order:
        """Sell a basket to a customer."""
        total = await run_in_threadpool(self._total, basket, now)
        await payments.charge(basket.card_token, total)
        lines = [
            OrderLine(product_id=line.product_id, quantity=line.quantity) for line in basket.lines
        ]
        order = Order(user_id=user_id, status="paid", total=total, lines=lines)
        return await run_in_threadpool(self.orders.add, order)

    def _total(self, basket: OrderIn, now: datetime) -> Decimal:
        products = self.products.by_ids(line.product_id for line in basket.lines)
        total = Decimal(0)
        for line in basket.lines:
            if line.product_id not in products:
                raise NotFoundError(f"no product {line.product_id}")
            total += products[line.product_id].price * line.quantity
        return discounted(total, promotions.coupon(basket.coupon), now)


def send_receipt(recipient: str, order: Order) -> None:
    """Tell the customer that we got the money."""
    try:
        mailer.send(recipient, f"Order {order.id}", f"We received {order.total} EUR.")
    except Exception:
        logger.exception("no receipt for order %s", order.id)
