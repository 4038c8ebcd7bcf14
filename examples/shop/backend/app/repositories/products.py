"""Products in the database."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Product


class ProductRepository:
    """Reads products through one session."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def get(self, product_id: int) -> Product | None:
        """One product."""
        return self.session.get(Product, product_id)

    def by_ids(self, ids: Iterable[int]) -> dict[int, Product]:
        """The products with these ids."""
        rows = self.session.scalars(select(Product).where(Product.id.in_(list(ids))))
        return {product.id: product for product in rows}
