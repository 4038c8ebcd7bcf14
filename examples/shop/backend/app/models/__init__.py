"""All tables, so that Alembic sees them."""

from __future__ import annotations

from app.models.base import Base
from app.models.order import Order, OrderLine, OutboxMail
from app.models.product import Product
from app.models.user import User

__all__ = ["Base", "Order", "OrderLine", "OutboxMail", "Product", "User"]
