"""Orders: place, list, show."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, HTTPException

from app.api.dependencies import CurrentUserId, get_checkout_service, get_order_service
from app.errors import NotFoundError, PaymentError
from app.models import Order
from app.schemas import OrderIn, OrderOut
from app.services.checkout import CheckoutService, send_receipt
from app.services.orders import OrderService

router = APIRouter(prefix="/v1/orders", tags=["orders"])

Orders = Annotated[OrderService, Depends(get_order_service)]
Checkout = Annotated[CheckoutService, Depends(get_checkout_service)]


@router.get("", response_model=list[OrderOut])
async def list_orders(user_id: CurrentUserId, orders: Orders) -> list[Order]:
    """The customer's orders, newest first."""
    return await orders.history(user_id)


@router.get("/{order_id}", response_model=OrderOut)
def show_order(order_id: int, user_id: CurrentUserId, orders: Orders) -> Order:
    """One of the customer's orders."""
    try:
        return orders.order(order_id, user_id)
    except NotFoundError as error:
        raise HTTPException(404, "no such order") from error


@router.post("", response_model=OrderOut, status_code=201)
async def place_order(
    basket: OrderIn, user_id: CurrentUserId, checkout: Checkout, background: BackgroundTasks
) -> Order:
    """Sell a basket."""
    try:
        order = await checkout.place(user_id, basket, datetime.now(UTC))
    except NotFoundError as error:
        raise HTTPException(404, "the basket holds an unknown product") from error
    except PaymentError as error:
        raise HTTPException(402, "the card was refused") from error
    background.add_task(send_receipt, basket.receipt_to, order)
    return order
