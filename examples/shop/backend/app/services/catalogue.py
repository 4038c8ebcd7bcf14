"""What the shop window shows."""

from __future__ import annotations

from app.errors import NotFoundError
from app.repositories.products import ProductRepository
from app.schemas import ProductOut

WINDOW: dict[int, ProductOut] = {}


class CatalogueService:
    """Finds products for visitors."""

    def __init__(self, products: ProductRepository) -> None:
        self.products = products

    def product(self, product_id: int) -> ProductOut:
        """One product.

        Raises:
            NotFoundError: there is none.
        """
        product = self.products.get(product_id)
        if product is None:
            raise NotFoundError(f"no product {product_id}")
        return ProductOut.model_validate(product)
